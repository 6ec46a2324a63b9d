"""A cluster of the kit comes up nearly as fast as one that kind makes alone."""

import tempfile
from pathlib import Path

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding
from harness import nodeimage
from harness.build import kindcli
from harness.cluster import cluster as clusters
from harness.cluster import kindconfig
from harness.core import process
from harness.core.progress import Progress
from harness.engine.engine import Engine

ROUNDS = 3
BARE = "breakfix-bench-bare"  # `breakfix stop` deletes what has a name like this


def measure(engine: Engine, progress: Progress) -> Finding:
    """Make the kit's cluster and a bare one in turn, each deleted before the next; the node image is there already."""
    image, kind = nodeimage.ensure(engine, progress, consent=lambda _: True), kindcli.binary(progress)
    remove(engine)
    with tempfile.TemporaryDirectory(prefix="breakfix-bench-") as folder:
        ours, theirs = stopwatch.alternating(
            ROUNDS,
            lambda: clusters.ensure(engine, progress, consent=lambda _: True, variant=subject.VARIANT),
            lambda: make_bare(engine, kind, image, Path(folder)),
            after_each=lambda: remove(engine),
        )
    return Finding(
        claim="a cluster comes up in at most 1.15 x what `kind create cluster` takes",
        measured=ours.median / theirs.median,
        limit=1.15,
        unit="x",
        detail=f"{ours}; kind alone, same image, configuration and wait for the node: {theirs}",
    )


def make_bare(engine: Engine, kind: Path, image: str, folder: Path) -> None:
    """Have kind make a cluster of the same image and configuration, and wait for its node as the kit does."""
    config = kindconfig.text(kindconfig.of(clusters.NOTHING))
    command: list[str | Path] = [
        kind,
        "create",
        "cluster",
        "--name",
        BARE,
        "--image",
        image,
        "--config",
        "-",
        "--wait",
        "60s",
    ]
    process.run(
        [*command, "--kubeconfig", folder / "kubeconfig"],
        timeout=clusters.CREATE_SECONDS,
        env=engine.environment,
        stdin=config.encode(),
    )


def remove(engine: Engine) -> None:
    """Delete both clusters; nothing where there is none."""
    subject.remove_cluster(engine)
    clusters.delete(engine, BARE)
