"""Podman's own ways: a service only while we need it, and settings for machines that allow little."""

import itertools
import os
import resource
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness.core import paths, process
from harness.core.errors import EnvironmentBrokenError

CAP_SYS_RESOURCE = 24  # <linux/capability.h>
NPROC = 32768  # a higher limit is refused inside a user slice even where the shell's own is higher
_services = itertools.count(1)
IDLE_SECONDS = 3600  # the service ends by itself should we be killed and its parent-death signal be missed
KNOCK_SECONDS = 5
SOCKET_PATH_BYTES = 107  # a longer one cannot be bound: sun_path in unix(7) has 108, and the last is zero
START_SECONDS = 60  # for it to listen, and once more for its first answer


def can_serve() -> bool:
    """Tell whether a podman service can be started here (on Linux, with the podman command)."""
    return sys.platform == "linux" and shutil.which("podman") is not None


@contextmanager
def service() -> Iterator[str]:
    """Run a podman API service on a private socket while the context lasts; give its address.

    Raises: EnvironmentBrokenError when it does not listen in time.
    """
    folder = paths.state() / "podman"
    folder.mkdir(mode=0o700, exist_ok=True)
    sweep(folder)
    name = f"{os.getpid()}-{next(_services)}"  # a process may have several at once
    place, log = folder / f"{name}.sock", folder / f"{name}.log"
    with ExitStack() as left:
        left.callback(log.unlink, missing_ok=True)
        if len(os.fsencode(place)) > SOCKET_PATH_BYTES:
            place = (
                Path(left.enter_context(tempfile.TemporaryDirectory(prefix="breakfix-", dir="/tmp"))) / "podman.sock"
            )
        left.callback(place.unlink, missing_ok=True)
        place.unlink(missing_ok=True)
        command = ["podman", "system", "service", "--time", str(IDLE_SECONDS), f"unix://{place}"]
        with process.companion(command, env=environment(), log=log) as child:
            deadline = time.monotonic() + START_SECONDS
            while not listens(place):
                if child.poll() is not None or time.monotonic() > deadline:
                    said = log.read_text(errors="replace").strip()[-500:]
                    raise EnvironmentBrokenError(f"podman's service did not start; try: podman info\n{said}")
                time.sleep(0.02)
            yield f"unix://{place}"


def listens(place: str | Path) -> bool:
    """Tell whether a server listens on a Unix socket; a moment after its file is made, none does yet."""
    with socket.socket(socket.AF_UNIX) as knocking:
        knocking.settimeout(KNOCK_SECONDS)
        try:
            knocking.connect(str(place))
        except OSError:
            return False
    return True


def sweep(folder: Path) -> None:
    """Delete the sockets and logs of processes that are gone; their names begin with process ids."""
    for path in folder.glob("*.*"):
        owner = path.stem.partition("-")[0]
        if owner.isdigit() and not process.alive(owner):
            path.unlink(missing_ok=True)


def machine_urls() -> list[str]:
    """Return the address of the podman machine on a Mac, where its virtual machine listens."""
    if sys.platform != "darwin" or shutil.which("podman") is None:
        return []
    inspect = ["podman", "machine", "inspect", "--format", "{{.ConnectionInfo.PodmanSocket.Path}}"]
    try:
        return [f"unix://{process.run(inspect, timeout=10).strip()}"]
    except process.ProcessError:
        return []


def environment() -> dict[str, str]:
    """Return CONTAINERS_CONF for a settings file of our own, on machines that need it and set none."""
    if sys.platform != "linux" or "CONTAINERS_CONF" in os.environ:
        return {}
    text = settings(
        may_raise_limits=may_raise_limits(Path("/proc/self/status").read_text()),
        legacy_cgroups=not Path("/sys/fs/cgroup/cgroup.controllers").exists(),
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    )
    if not text:
        return {}
    path = paths.state() / "containers.conf"
    if not path.exists() or path.read_text() != text:
        part = path.with_name(f"containers.conf.{os.getpid()}")
        part.write_text(text)
        part.rename(path)
    return {"CONTAINERS_CONF": str(path)}


def may_raise_limits(status: str) -> bool:
    """Tell from /proc/self/status whether this process holds CAP_SYS_RESOURCE."""
    for line in status.splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1)
    return True


def settings(*, may_raise_limits: bool, legacy_cgroups: bool, open_files: int) -> str:
    """Return the containers.conf this machine needs; empty where podman's own settings do.

    crun refuses the hybrid cgroup layout ("cgroups in hybrid mode not supported"); without
    CAP_SYS_RESOURCE the default limits fail with "setrlimit RLIMIT_NOFILE: Operation not permitted".
    """
    lines: list[str] = []
    if not may_raise_limits:
        limits = f'["nofile={open_files}:{open_files}", "nproc={NPROC}:{NPROC}"]'
        lines += ["[containers]", f"default_ulimits = {limits}"]
    if legacy_cgroups:
        lines += ["[engine]", 'cgroup_manager = "cgroupfs"', 'runtime = "runc"']
    return "".join(line + "\n" for line in lines)
