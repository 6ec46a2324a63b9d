"""Fake GPUs are there as soon as their nodes are, and cost the node next to nothing."""

import re
from contextlib import AbstractContextManager

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding
from harness import cluster as clusters
from harness import exercise as exercises
from harness import gpupool, gpus, imagebuild
from harness.cluster import Cluster
from harness.engine import Engine
from harness.images import Image
from harness.kube import Kube
from harness.progress import Progress

SLUG = "nothing-schedules"
ROUNDS = 3
PLUGIN = "nvidia-device-plugin"
STATUS = re.compile(r"VmHWM:\s+(\d+) kB")  # the most that a process ever held, of proc(5)


def allocatable(engine: Engine, progress: Progress) -> Finding:
    """Time what stands between nodes that are ready, the image on them, and GPUs that pods can be given."""
    pools = exercises.load(SLUG).gpus
    spent = []
    for _ in range(ROUNDS):
        remove(engine)
        with bare(engine, progress) as (admin, cluster, image):
            spent.append(stopwatch.seconds(lambda: gpupool.install(admin, cluster, pools, image, progress)))
    times = stopwatch.Times(tuple(spent))
    return Finding(
        claim="GPUs are allocatable within 5 s of their nodes being ready",
        measured=times.median,
        limit=5.0,
        unit="s",
        detail=f"{times}; {len(gpus.nodes(pools))} nodes, whole and MIG, plugin's image on them",
    )


def memory(engine: Engine, progress: Progress) -> Finding:
    """Read the most memory that each device plugin held."""
    pools = exercises.load(SLUG).gpus
    with bare(engine, progress) as (admin, cluster, image):
        gpupool.install(admin, cluster, pools, image, progress)
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


def bare(engine: Engine, progress: Progress) -> AbstractContextManager[tuple[Kube, Cluster, Image]]:
    """Give the cluster of the benchmarks whose workers are to be GPU nodes, and the plugin's image, which they have."""
    workers = len(gpus.nodes(exercises.load(SLUG).gpus))
    return subject.cluster(engine, imagebuild.GPU_NODE, progress, workers=workers)


def remove(engine: Engine) -> None:
    """Delete the cluster of the benchmarks that has GPU nodes; nothing where there is none."""
    subject.remove_cluster(engine, clusters.GPUS)
