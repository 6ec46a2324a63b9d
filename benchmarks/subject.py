"""What is measured: the installed breakfix command, on the kit's first exercise, on a cluster of its own."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks import stopwatch
from harness import cluster as clusters
from harness import clusterrecord, images, process
from harness import exercise as exercises
from harness.cluster import Cluster
from harness.engine import Engine, connect
from harness.errors import InputError
from harness.images import Image
from harness.kube import Kube
from harness.progress import Progress

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
            for kind in ("", clusters.GPUS, clusters.SIMULATED):
                remove_cluster(found, kind)


@contextmanager
def cluster(
    engine: Engine, image: str, progress: Progress, *, workers: int = 0, simulated: bool = False
) -> Iterator[tuple[Kube, Cluster, Image]]:
    """Give the cluster of the benchmarks of this kind, made where it is missing, and an image that its nodes have."""
    made = clusters.ensure(
        engine, progress, consent=lambda _: True, variant=VARIANT, workers=workers, simulated=simulated
    )
    wanted = images.ensure(engine, [image], progress)[image]
    images.load(engine, made, [wanted], progress)
    with closing(Kube(made.kubeconfig)) as admin:
        yield admin, made, wanted


def remove_cluster(engine: Engine, kind: str = "") -> None:
    """Delete the cluster of the benchmarks of this kind; nothing where there is none."""
    for name in clusterrecord.names((VARIANT + kind,), engine.kind):
        clusters.delete(engine, name)


def start(keep: Callable[[float], object] = lambda _: None) -> None:
    """Start the exercise in a new folder, tell `keep` the seconds it took, and clear the namespaces again."""
    with tempfile.TemporaryDirectory(prefix="breakfix-bench-") as folder:
        keep(stopwatch.seconds(lambda: breakfix("start", SLUG, "--yes", "--dir", Path(folder) / SLUG)))
    breakfix("stop", "--keep-cluster")
