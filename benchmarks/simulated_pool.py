"""A large pool of simulated nodes is ready for pods soon."""

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding
from harness.cluster import simulation
from harness.core.progress import Progress
from harness.engine.engine import Engine
from harness.exercises import gpus
from harness.exercises.needs import Needs
from harness.runs import session

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
    wanted = Needs(POOLS)
    subject.remove_cluster(engine, wanted.variant)
    with subject.cluster(engine, wanted, progress) as (admin, made, held):

        def make() -> None:
            session.install(admin, made, wanted, held, progress)
            simulation.ensure(admin, POOLS, simulation.GRADES, progress)

        return stopwatch.seconds(make)
