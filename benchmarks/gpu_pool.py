"""Fake GPUs are there as soon as their nodes are, and cost the node next to nothing."""

import re

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding
from harness.cluster import gpupool
from harness.core.progress import Progress
from harness.engine.engine import Engine
from harness.exercises import exercise as exercises
from harness.exercises import needs
from harness.kube.kube import Kube
from harness.runs import session

SLUG = "nothing-schedules"
ROUNDS = 3
PLUGIN = "nvidia-device-plugin"
STATUS = re.compile(r"VmHWM:\s+(\d+) kB")  # the most that a process ever held, of proc(5)


def allocatable(engine: Engine, progress: Progress) -> Finding:
    """Time what stands between nodes that are ready, the image on them, and GPUs that pods can be given."""
    wanted = needs.of(exercises.load(SLUG))
    spent = []
    for _ in range(ROUNDS):
        remove(engine)
        with subject.cluster(engine, wanted, progress) as (admin, cluster, held):
            spent.append(stopwatch.seconds(lambda: session.install(admin, cluster, wanted, held, progress)))
    times = stopwatch.Times(tuple(spent))
    return Finding(
        claim="GPUs are allocatable within 5 s of their nodes being ready",
        measured=times.median,
        limit=5.0,
        unit="s",
        detail=f"{times}; {wanted.workers} nodes, whole and MIG, plugin's image on them",
    )


def memory(engine: Engine, progress: Progress) -> Finding:
    """Read the most memory that each device plugin held."""
    wanted = needs.of(exercises.load(SLUG))
    with subject.cluster(engine, wanted, progress) as (admin, cluster, found):
        session.install(admin, cluster, wanted, found, progress)
        held = [peak(admin, gpupool.plugin_of(admin, node)) for node in cluster.workers]
    return Finding(
        claim="a device plugin holds less than 60 MB of memory",
        measured=max(held),
        limit=60.0,
        unit="MB",
        detail=f"peak resident memory of {len(held)} plugins, {min(held):.3g} to {max(held):.3g} MB",
    )


def peak(admin: Kube, pod: str) -> float:
    """Return the most megabytes that the first process of a plugin's container ever held."""
    status = admin.execute(gpupool.NAMESPACE, pod, PLUGIN, ["cat", "/proc/1/status"])
    found = STATUS.search(status)
    if found is None:
        raise ValueError(f"no VmHWM in {status!r}")
    return int(found[1]) * 1024 / 1e6


def remove(engine: Engine) -> None:
    """Delete the cluster of the benchmarks that has GPU nodes; nothing where there is none."""
    subject.remove_cluster(engine, needs.of(exercises.load(SLUG)).variant)
