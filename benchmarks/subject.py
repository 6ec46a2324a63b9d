"""What is measured: the installed breakfix command, on the kit's first exercise, on a cluster of its own."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks import stopwatch
from harness.cluster import cluster as clusters
from harness.cluster.cluster import Cluster
from harness.containers import images
from harness.containers.images import Image
from harness.core import process
from harness.core.errors import InputError
from harness.core.progress import Progress
from harness.engine import clusterrecord
from harness.engine.engine import Engine, connect
from harness.exercises import exercise as exercises
from harness.exercises.needs import Needs
from harness.kube.kube import Kube

SLUG = "serving-never-ready"
VARIANT = "bench"  # beside the usual cluster, whose practice namespaces may be in use
LONGEST = 300.0  # seconds that one command may take


def breakfix(*words: str | Path, cwd: Path | None = None, on_line: Callable[[str], None] | None = None) -> str:
    """Run the breakfix command as a person would, against the cluster of the benchmarks; `on_line` sees its progress."""
    program = Path(sys.executable).with_name("breakfix")
    return process.run([program, *words], timeout=LONGEST, env={"BREAKFIX_CLUSTER": VARIANT}, cwd=cwd, on_line=on_line)


def do_nothing() -> str:
    """Run the least that any Python program costs."""
    return process.run([sys.executable, "-c", "pass"], timeout=LONGEST)


def reference() -> Path:
    """Return the folder of the exercise's reference solution.

    Raises: InputError where the solutions are not here.
    """
    solution = exercises.load(SLUG).solution
    if solution is None:
        raise InputError("the benchmarks grade the reference, and solutions/ is not here")
    return solution / "reference"


@contextmanager
def engine() -> Iterator[Engine]:
    """Give the container engine, and delete the cluster of the benchmarks afterwards."""
    with connect() as found:
        try:
            yield found
        finally:
            for variant in clusterrecord.variants():
                if variant == VARIANT or variant.startswith(f"{VARIANT}+"):
                    remove_cluster(found, variant.removeprefix(VARIANT))


@contextmanager
def cluster(engine: Engine, needs: Needs, progress: Progress) -> Iterator[tuple[Kube, Cluster, Mapping[str, Image]]]:
    """Give the cluster of the benchmarks that has what is needed, made where it is missing, and its components' images.

    The nodes have the images; the components are not installed.
    """
    made = clusters.ensure(engine, progress, consent=lambda _: True, variant=VARIANT, needs=needs)
    wanted = images.ensure(engine, [name for part in needs.parts for name in part.images], progress)
    images.load(engine, made, list(wanted.values()), progress)
    with closing(Kube(made.kubeconfig)) as admin:
        yield admin, made, wanted


def remove_cluster(engine: Engine, sort: str = "") -> None:
    """Delete the cluster of the benchmarks of this sort (see Needs.variant); nothing where there is none."""
    for name in clusterrecord.names((VARIANT + sort,), engine.kind):
        clusters.delete(engine, name)


def start(keep: Callable[[float], object] = lambda _: None) -> None:
    """Start the exercise in a new folder, tell `keep` the seconds it took, and clear the namespaces again."""
    with tempfile.TemporaryDirectory(prefix="breakfix-bench-") as folder:
        keep(stopwatch.seconds(lambda: breakfix("start", SLUG, "--yes", "--dir", Path(folder) / SLUG)))
    breakfix("stop", "--keep-cluster")
