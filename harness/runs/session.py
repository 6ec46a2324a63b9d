"""From nothing to a cluster that can run an exercise: engine, cluster, images, API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass

from harness.cluster import cluster as clusters
from harness.cluster import gpupool, installation, simulation
from harness.cluster.cluster import Cluster
from harness.containers import images
from harness.containers.images import Image
from harness.core import artifacts
from harness.core.errors import InputError
from harness.core.progress import Progress
from harness.engine.engine import Engine, connect
from harness.exercises.exercise import Exercise
from harness.exercises.needs import GPU_POOL, KWOK, Needs
from harness.exercises.needs import of as needs_of
from harness.kube.kube import Kube
from harness.runs.run import PROBER_IMAGE, sweep


@dataclass(frozen=True)
class Session:
    """A cluster in use: `admin` is the harness's identity; `digests` maps image names to the IDs on the node."""

    engine: Engine
    cluster: Cluster
    admin: Kube
    digests: Mapping[str, str]


@contextmanager
def open_session(
    exercise: Exercise,
    progress: Progress,
    *,
    force: str | None,
    consent: Callable[[str], bool],
    others: Sequence[Exercise] = (),
) -> Iterator[Session]:
    """Give a cluster on which the exercises' images, nodes and components are present; an engine started for it ends with it.

    Raises: EnvironmentBrokenError with what failed and what to do about it.
    """
    needs = needs_of(exercise)
    if any(needs_of(other) != needs for other in others):
        raise InputError("exercises with different needs cannot share a cluster; take them one after the other")
    with connect(force) as engine:
        variant = clusters.chosen_variant()
        cluster = clusters.ensure(engine, progress, consent=consent, variant=variant, needs=needs)
        listed = [name for one in (exercise, *others) for name in one.images]
        listed += [one.traffic.caller for one in (exercise, *others) if one.traffic and one.traffic.caller]
        listed += [name for part in needs.parts for name in part.images]
        wanted = images.ensure(engine, [*listed, PROBER_IMAGE], progress)
        images.load(engine, cluster, list(wanted.values()), progress)
        digests = {image.name: image.id for image in wanted.values()}
        with closing(Kube(cluster.kubeconfig)) as admin, _pools_stay(cluster, needs, progress):
            install(admin, cluster, needs, wanted, progress)
            sweep(admin)
            yield Session(engine, cluster, admin, digests)


def _pools_stay(cluster: Cluster, needs: Needs, progress: Progress) -> AbstractContextManager[None]:
    """Keep others from making other GPU nodes of this cluster's workers; exercises with as many of them share it."""
    if not needs.gpu_workers:
        return nullcontext()
    path = cluster.kubeconfig.with_name("pools.lock")
    pools = artifacts.digest([*map(repr, needs.pools)])
    return artifacts.shared(
        path, pools, lambda: progress("waiting for another breakfix that has other GPUs on these nodes")
    )


def install(admin: Kube, cluster: Cluster, needs: Needs, held: Mapping[str, Image], progress: Progress) -> None:
    """Make sure that the components run, and that the nodes of real GPU pools have their devices.

    Raises: EnvironmentBrokenError where one does not get ready.
    """
    for part in needs.parts:
        if part.name == GPU_POOL:
            gpupool.install(admin, cluster, needs.pools, component=part, images=held, progress=progress)
            continue
        if part.name == KWOK:
            simulation.keep_system_pods(admin)
        installation.install(admin, part, held, progress)
