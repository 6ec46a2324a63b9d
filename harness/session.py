"""From nothing to a cluster that can run an exercise: engine, cluster, images, API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from harness import cluster as clusters
from harness import gpupool, gpus, imagebuild, images, simulation
from harness.cluster import Cluster
from harness.engine import Engine, connect
from harness.errors import InputError
from harness.exercise import Exercise
from harness.kube import Kube
from harness.progress import Progress
from harness.run import PROBER_IMAGE, sweep


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
    """Give a cluster on which the exercises' images and GPUs are present; an engine started for it ends with it.

    Raises: EnvironmentBrokenError with what failed and what to do about it.
    """
    pools = exercise.gpus
    if any(one.gpus != pools for one in others):
        raise InputError("exercises with different GPU pools cannot share a cluster; take them one after the other")
    with connect(force) as engine:
        workers = 0 if exercise.simulated else len(gpus.nodes(pools))
        variant = clusters.chosen_variant()
        cluster = clusters.ensure(
            engine, progress, consent=consent, variant=variant, workers=workers, simulated=exercise.simulated
        )
        listed = [name for one in (exercise, *others) for name in one.images]
        if pools:
            listed.append(imagebuild.KWOK if exercise.simulated else imagebuild.GPU_NODE)
        wanted = images.ensure(engine, [*listed, PROBER_IMAGE], progress)
        images.load(engine, cluster, list(wanted.values()), progress)
        digests = {image.name: image.id for image in wanted.values()}
        with closing(Kube(cluster.kubeconfig)) as admin:
            if exercise.simulated:
                simulation.install(admin, wanted[imagebuild.KWOK], progress)
            elif pools:
                gpupool.install(admin, cluster, pools, wanted[imagebuild.GPU_NODE], progress)
            sweep(admin)
            yield Session(engine, cluster, admin, digests)
