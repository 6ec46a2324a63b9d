"""A large pool of simulated nodes is ready for pods soon."""

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding
from harness import cluster as clusters
from harness import gpus, imagebuild, simulation
from harness.engine import Engine
from harness.progress import Progress

ROUNDS = 3
POOLS = gpus.read({"gpus": [{"profile": "h100-80gb", "count": 8, "nodes": 1000, "simulated": True}]})


def measure(engine: Engine, progress: Progress) -> Finding:
    """Time what stands between a new cluster, KWOK's image on it, and a thousand nodes that take pods."""
    times = stopwatch.Times(tuple(once(engine, progress) for _ in range(ROUNDS)))
    return Finding(
        claim="a pool of 1,000 simulated nodes with 8 GPUs each is ready for pods within 60 s",
        measured=times.median,
        limit=60.0,
        unit="s",
        detail=f"{times}; on a new cluster each time, KWOK's start included",
    )


def once(engine: Engine, progress: Progress) -> float:
    """Return the seconds that it takes on a new cluster."""
    subject.remove_cluster(engine, clusters.SIMULATED)
    with subject.cluster(engine, imagebuild.KWOK, progress, simulated=True) as (admin, _, image):

        def make() -> None:
            simulation.install(admin, image, progress)
            simulation.ensure(admin, POOLS, simulation.GRADES, progress)

        return stopwatch.seconds(make)
