"""What this machine has and lacks for the kit, each with the exact remedy."""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from harness.build import kindcli
from harness.cluster import cluster
from harness.core import paths, process, versions
from harness.core.errors import EnvironmentBrokenError
from harness.engine import engine, podman
from harness.engine.engine import Engine
from harness.nodeimage import build, choice

GIB = 1 << 30
MEMORY_GIB = 4
DISK_GIB = 8
BUILD_GIB = 12  # with what building the node image leaves in caches; see nodeimage.choice.COST
INOTIFY = {"max_user_watches": 65536, "max_user_instances": 128}  # one node; kind's page on known issues
MACHINES = ("x86_64", "amd64", "aarch64", "arm64")
NEEDED_CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_CHROOT": 18, "CAP_SYS_ADMIN": 21, "CAP_MKNOD": 27}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, whether it will do, and what to do where it will not."""

    name: str
    found: str
    ok: bool
    required: bool
    remedy: str


def examine(force: str | None, *, clusters: bool = True) -> list[Finding]:
    """Return what was found on this machine; changes nothing and creates no cluster.

    `force` is "docker", "podman" or None, as for engine.connect. Without `clusters`, what only a cluster needs is left out:
    a pipeline is played in a container.
    """
    findings = [check() for check in CHECKS if clusters or check not in OF_CLUSTERS]
    try:
        with engine.connect(force) as found:
            of_clusters = (_command(found), _image(found), _cluster(found)) if clusters else ()
            return [_engine(found), *of_clusters, *findings]
    except EnvironmentBrokenError as problem:
        return [Finding("engine", "none", ok=False, required=True, remedy=str(problem)), *findings]


def _engine(found: Engine) -> Finding:
    return Finding("engine", f"{found.kind} {found.version} at {found.url}", ok=True, required=True, remedy="")


def _command(found: Engine) -> Finding:
    """Look for the engine's own command line, which kind calls."""
    path = shutil.which(found.kind)
    remedy = "" if path else f"install the {found.kind} command line: kind drives the engine with it"
    return Finding(f"{found.kind} command", path or "none", ok=path is not None, required=True, remedy=remedy)


def _image(found: Engine) -> Finding:
    with closing(found.client()) as client:
        for reference in (versions.KIND_NODE, build.reference()):
            if build.is_present(client, reference):
                return Finding("node image", reference, ok=True, required=False, remedy="")
    if choice.registry_was_missing():
        remedy = f"allow access to an image registry, or let the kit build the image ({choice.COST})"
        return Finding("node image", "none, and no registry", ok=False, required=False, remedy=remedy)
    remedy = "it is pulled when the first cluster is made"
    return Finding("node image", "not here yet", ok=True, required=False, remedy=remedy)


def _cluster(_: Engine) -> Finding:
    current = cluster.current()
    found = f"{current.name} at {current.server}" if current else "none yet"
    return Finding("cluster", found, ok=True, required=False, remedy="")


def _kind() -> Finding:
    path = kindcli.present() or kindcli.compiled()
    found = str(path) if path else f"not here yet; the kit compiles {versions.KIND} itself"
    return Finding("kind", found, ok=True, required=False, remedy="")


def _memory() -> Finding:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    remedy = f"the cluster and an exercise need {MEMORY_GIB} GiB; on a Mac give the engine's machine more"
    # A machine sold as 4 GiB shows a little less.
    return _judged("memory", f"{size:.1f} GiB", ok=size >= MEMORY_GIB * 0.9, remedy=remedy)


def _disk() -> Finding:
    free = shutil.disk_usage(paths.cache()).free / GIB
    remedy = f"free {DISK_GIB} GiB on the disk of {paths.cache()}"
    found = f"{free:.1f} GiB free"
    if free < BUILD_GIB:
        found += f"; too little to build the node image, which takes {BUILD_GIB} GiB where no image registry is reached"
    return _judged("disk", found, ok=free >= DISK_GIB, remedy=remedy)


def _judged(name: str, found: str, *, ok: bool, remedy: str, required: bool = True) -> Finding:
    return Finding(name, found, ok=ok, required=required, remedy="" if ok else remedy)


def _inotify() -> Finding:
    folder = Path("/proc/sys/fs/inotify")
    if not folder.exists():
        return Finding("inotify limits", "not on this system", ok=True, required=False, remedy="")
    values = {name: int((folder / name).read_text()) for name in INOTIFY}
    low = [f"fs.inotify.{name}={INOTIFY[name] * 4}" for name in INOTIFY if values[name] < INOTIFY[name]]
    found = ", ".join(f"{name} {value}" for name, value in values.items())
    remedy = f"sudo sysctl {' '.join(low)}"
    return _judged("inotify limits", found, ok=not low, remedy=remedy, required=False)


def _cgroups() -> Finding:
    if sys.platform != "linux":
        return Finding("cgroups", "in the engine's machine", ok=True, required=False, remedy="")
    modern = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    note = "" if modern else "works today; newer Kubernetes and kind will want version 2"
    return Finding("cgroups", "version 2" if modern else "version 1", ok=True, required=False, remedy=note)


def _capabilities() -> Finding:
    """Look at what a rootful podman of our own would run with; others bring their own rights."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return Finding("capabilities", "the engine's", ok=True, required=False, remedy="")
    status = Path("/proc/self/status").read_text()
    missing = missing_capabilities(status)
    held = "all that are needed" if not missing else "without " + ", ".join(missing)
    limits = "" if podman.may_raise_limits(status) else "; no CAP_SYS_RESOURCE, which the kit works around"
    remedy = f"run in an environment that grants {', '.join(missing)}"
    return _judged("capabilities", held + limits, ok=not missing, remedy=remedy, required=False)


def missing_capabilities(status: str) -> list[str]:
    """Return the needed capabilities that /proc/self/status does not show as effective."""
    line = next((line for line in status.splitlines() if line.startswith("CapEff:")), "CapEff: 0")
    held = int(line.split()[1], 16)
    return [name for name, bit in NEEDED_CAPABILITIES.items() if not held >> bit & 1]


def _architecture() -> Finding:
    machine = platform.machine()
    remedy = "the kit's images are made for amd64 and arm64; use such a machine"
    return _judged("architecture", machine, ok=machine in MACHINES, remedy=remedy)


def _python() -> Finding:
    return Finding("python", platform.python_version(), ok=True, required=True, remedy="")


def _kubectl() -> Finding:
    path = shutil.which("kubectl")
    if path is None:
        remedy = "install kubectl to look into the cluster yourself; the kit does without"
        return Finding("kubectl", "none", ok=False, required=False, remedy=remedy)
    try:
        said = process.run([path, "version", "--client"], timeout=20).splitlines()[0]
    except (process.ProcessError, IndexError):
        said = "does not run"
    return _judged("kubectl", f"{path} ({said})", ok="ersion" in said, remedy="reinstall it", required=False)


CHECKS: tuple[Callable[[], Finding], ...] = (
    _kind,
    _memory,
    _disk,
    _inotify,
    _cgroups,
    _capabilities,
    _architecture,
    _python,
    _kubectl,
)
OF_CLUSTERS = (_kind, _memory, _disk, _inotify, _kubectl)
