"""How much shared memory a container has. Sources: containerd's default spec (64 MiB), Kubernetes documentation on emptyDir."""

from pathlib import PurePosixPath

from grader.checks.pods import SCRATCH
from grader.checks.view import View
from harness.files.quantity import quantity

SHM = "/dev/shm"  # noqa: S108 - the place itself
DEFAULT = 64 * 1024 * 1024


def lacks_room(pod: View, container: View, needed: int) -> View | None:
    """Return the place that leaves less than `needed` bytes of shared memory, None where there is enough."""
    mounts = [one for one in container.at("volumeMounts").items() if _is_shm(one)]
    if not mounts:
        return None if needed <= DEFAULT else container.at("volumeMounts")
    volume = pod.at("volumes").named(mounts[-1].at("name").text())
    if volume is None or not any(volume.at(kind).present for kind in SCRATCH):
        return mounts[-1]
    size = volume.at("emptyDir", "sizeLimit")
    if size.present and (quantity(size.value) or 0) < needed:
        return size
    memory = container.at("resources", "limits", "memory")  # what is written there counts towards it
    in_memory = volume.at("emptyDir", "medium").text() == "Memory"
    return memory if in_memory and memory.present and (quantity(memory.value) or 0) < needed else None


def _is_shm(mount: View) -> bool:
    return PurePosixPath(mount.at("mountPath").text()) == PurePosixPath(SHM)
