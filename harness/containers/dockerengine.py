"""A real Docker engine of our own, compiled and run to prove the kit on it; leaves nothing behind."""

import json
import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from docker.errors import APIError, NotFound

from harness.build import gobuild
from harness.build.gobuild import Program
from harness.core import paths, process, versions
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress
from harness.engine import engine
from harness.engine.engine import Engine
from harness.nodeimage import binaries

MOBY = "github.com/moby/moby/v2"
RUNC = "github.com/opencontainers/runc"
# Debian 12's runc fails under this engine with "namespace time does not exist", so it has its own.
PROGRAMS = (
    Program(
        MOBY,
        versions.MOBY,
        {name: f"{MOBY}/cmd/{name}" for name in ("dockerd", "docker-proxy")},
        tags=("exclude_graphdriver_btrfs", "exclude_graphdriver_zfs"),
    ),
    Program(RUNC, versions.RUNC, {"runc": RUNC}, cgo=True),
    binaries.containerd,
)
START_SECONDS = 60
STOP_SECONDS = 30
TABLES = ("filter", "nat", "raw")


@contextmanager
def running(progress: Progress) -> Iterator[Engine]:
    """Give a Docker engine that lives while the context lasts. Needs root, gcc and the docker command.

    Compiling it takes about four minutes the first time.

    Raises: EnvironmentBrokenError when something is missing or it does not start.
    """
    _require()
    folders = [str(gobuild.compiled(program, progress)) for program in PROGRAMS]
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    folder = Path(tempfile.mkdtemp(prefix="docker-", dir=paths.cache()))
    try:
        with _daemon(folder, path) as found:
            yield found
    finally:
        _remove_rules()
        shutil.rmtree(folder)


def _require() -> None:
    if os.geteuid() != 0:
        raise EnvironmentBrokenError("a Docker engine of our own needs root")
    if Path("/sys/class/net/docker0").exists():
        raise EnvironmentBrokenError("a Docker engine runs here already; test on that one: --engine docker")
    for tool in ("docker", "gcc", "iptables", "unshare"):
        if shutil.which(tool) is None:
            raise EnvironmentBrokenError(f"{tool} is missing; the Docker engine cannot be tested without it")


@contextmanager
def _daemon(folder: Path, path: str) -> Iterator[Engine]:
    """Run dockerd in a mount namespace of its own, whose mounts end with it."""
    (folder / "daemon.json").write_text(json.dumps(settings(folder)))
    command: list[str | Path] = ["unshare", "--mount", "dockerd", "--config-file", folder / "daemon.json"]
    log = folder / "dockerd.log"
    child = process.spawn(command, env={"PATH": path}, log=log)
    try:
        found = _await(folder, child.poll, log)
        yield found
        _empty(found)
    finally:
        _stop(child.pid, child.poll)


def settings(folder: Path) -> dict[str, object]:
    """Return a daemon.json that touches nothing outside `folder` and the kernel's network."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return {
        "data-root": str(folder / "data"),
        "exec-root": str(folder / "exec"),
        "pidfile": str(folder / "pid"),
        "hosts": [f"unix://{folder / 'docker.sock'}"],
        "default-ulimits": {"nofile": {"Name": "nofile", "Hard": hard, "Soft": hard}},
        "ip-forward-no-drop": True,
    }


def _await(folder: Path, poll: Callable[[], int | None], log: Path) -> Engine:
    deadline = time.monotonic() + START_SECONDS
    while True:
        found = engine.probe(f"unix://{folder / 'docker.sock'}")
        if found is not None:
            return found
        if poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-2000:]
            raise EnvironmentBrokenError(f"the Docker engine did not start:\n{said}")
        time.sleep(0.1)


def _empty(found: Engine) -> None:
    """Delete all containers and networks, so that no shim, bridge or rule outlives the engine."""
    with closing(found.client()) as client:
        for container in client.containers.list(all=True):
            with suppress(NotFound):
                container.remove(force=True, v=True)
        for network in client.networks.list():
            with suppress(APIError):  # the predefined ones stay
                network.remove()


def _stop(pid: int, poll: Callable[[], int | None]) -> None:
    """Ask the engine to end, then kill what is left of its group: containerd and shims."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    poll()


def _remove_rules() -> None:
    """Delete the engine's own bridge, chains and rules, which a stopping dockerd leaves in the kernel."""
    with suppress(process.ProcessError):
        process.run(["ip", "link", "delete", "docker0"], timeout=10)
    for command in ("iptables", "ip6tables"):
        for table in TABLES:
            with suppress(process.ProcessError):
                rules = process.run([command, "-t", table, "-S"], timeout=10).splitlines()
                for words in removals(rules):
                    process.run([command, "-w", "5", "-t", table, *words], timeout=10)


def removals(rules: list[str]) -> list[list[str]]:
    """Return the iptables arguments that undo Docker's part of these rules (as `iptables -S` prints them)."""
    chains = [words[1] for rule in rules if (words := rule.split())[:1] == ["-N"] and words[1].startswith("DOCKER")]
    jumps = [
        ["-D", *rule.split()[1:]]
        for rule in rules
        if rule.startswith("-A ")
        and not rule.startswith("-A DOCKER")
        and any(word.startswith("DOCKER") or word == "docker0" for word in rule.split())
    ]
    return [*jumps, *(["-F", chain] for chain in chains), *(["-X", chain] for chain in chains)]
