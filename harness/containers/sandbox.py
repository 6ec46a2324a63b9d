"""A container in which a candidate's workflow runs: no network, nothing to write to but memory, ended as a whole."""

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from docker.errors import DockerException
from docker.models.containers import Container

from harness.containers import imagebuild, images
from harness.containers.images import Image
from harness.core import paths, process
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress
from harness.engine.engine import Engine, connect

LABEL = "breakfix.sandbox"  # whose it is: a process
MEMORY = 1 << 30  # bytes, files in memory included
PROCESSES = 400
TMPFS = {"/work": "16m", "/home/runner": "256m", "/store": "128m", "/tmp": "64m", "/var/tmp": "1m", "/run": "1m"}  # noqa: S108
# The supervisor changes users, ends their processes and reads the job's files; what it starts has no right at all.
RIGHTS = ["SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE", "FOWNER"]
START_SECONDS = 60
CALL_SECONDS = 60
POLL = 0.2
STALL = 3.0  # seconds that a wait outside of the sandbox may be late before the machine counts as stalled


@dataclass(frozen=True)
class Bounds:
    """What a sandbox may take: bytes of memory, files in memory included, and the sizes of its folders in memory."""

    memory: int = MEMORY
    folders: Mapping[str, str] = field(default_factory=lambda: TMPFS)


@dataclass(frozen=True)
class Sandbox:
    """Where pipelines are played: an engine, the runner's image, and as many at once as there are cores."""

    engine: Engine
    image: Image
    bounds: Bounds = Bounds()
    slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(os.cpu_count() or 1))

    def play(
        self, job: Mapping[str, Any], world: Path, stop: threading.Event, entrypoint: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Play a job's runs in a container of their own and return what the supervisor wrote down.

        The supervisor is the image's own, which loads the world, unless an `entrypoint` is given.

        Raises: EnvironmentBrokenError where the engine or the machine failed, not the candidate.
        """
        seconds = START_SECONDS + (job["seconds"] + START_SECONDS) * len(job["runs"])
        with self.slots, _folder(job, world) as folder:
            if stop.is_set():
                raise EnvironmentBrokenError("the grade was interrupted")
            try:
                with closing(self.engine.client(CALL_SECONDS)) as client:
                    settings = self._settings(folder) | ({"entrypoint": [*entrypoint]} if entrypoint else {})
                    container = client.containers.create(**settings)
                    try:
                        container.start()
                        state, stall = _ended(container, seconds, stop)
                        return _result(folder, state, stall, container)
                    finally:
                        container.remove(force=True)
            except (DockerException, requests.RequestException) as problem:
                raise EnvironmentBrokenError(
                    f"the {self.engine.kind} engine failed at a sandbox: {problem}"
                ) from problem

    def _settings(self, folder: Path) -> dict[str, Any]:
        return {
            "image": imagebuild.REGISTRY + self.image.name,
            "network_mode": "none",
            "read_only": True,
            "cap_drop": ["ALL"],
            "cap_add": RIGHTS,
            "security_opt": ["no-new-privileges"],
            "mem_limit": self.bounds.memory,
            "memswap_limit": self.bounds.memory,
            "nano_cpus": 1_000_000_000,
            "pids_limit": PROCESSES,
            "tmpfs": {place: f"size={size},mode=1777" for place, size in self.bounds.folders.items()},
            "shm_size": "1m",
            "volumes": {str(folder): {"bind": "/job", "mode": "rw,z"}},
            "hostname": "runner",
            "labels": {LABEL: str(os.getpid())},
        }


@contextmanager
def open_sandbox(
    progress: Progress, *, force: str | None, image: str = imagebuild.PIPELINE, bounds: Bounds | None = None
) -> Iterator[Sandbox]:
    """Give a sandbox whose image is there; an engine started for it ends with it.

    Raises: EnvironmentBrokenError with what failed and what to do about it.
    """
    with connect(force) as engine:
        wanted = images.ensure(engine, [image], progress)
        _sweep(engine)
        yield Sandbox(engine, wanted[image], bounds or Bounds())


def _sweep(engine: Engine) -> None:
    """Remove the containers that a killed grade left; they end by themselves."""
    with suppress(DockerException, requests.RequestException), closing(engine.client(CALL_SECONDS)) as client:
        for one in client.containers.list(all=True, filters={"label": LABEL, "status": "exited"}):
            if not process.alive(one.labels.get(LABEL, "")):
                one.remove(force=True)


@contextmanager
def _folder(job: Mapping[str, Any], world: Path) -> Iterator[Path]:
    """Give a folder with the job, for the supervisor's eyes only."""
    with tempfile.TemporaryDirectory(prefix="sandbox-", dir=paths.state()) as name:
        folder = Path(name)
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        (folder / "world.py").write_bytes(world.read_bytes())
        yield folder


def _ended(container: Container, seconds: float, stop: threading.Event) -> tuple[dict[str, Any], float]:
    """Wait until a container ends, the time is up or the grade is interrupted; return its last state.

    The second value is by how many seconds the worst wait was late: what runs in the sandbox can hardly delay it.
    """
    deadline, stall = time.monotonic() + seconds, 0.0
    while True:
        container.reload()
        state: dict[str, Any] = container.attrs["State"]
        began = time.monotonic()
        if state["Status"] in {"exited", "dead", "stopped"} or began > deadline or stop.wait(POLL):
            return state, stall
        stall = max(stall, time.monotonic() - began - POLL)


def _result(folder: Path, state: Mapping[str, Any], stall: float, container: Container) -> dict[str, Any]:
    """Return what the supervisor wrote; without it, only memory that ran out is the candidate's doing."""
    path = folder / "result.json"
    if not path.is_file():
        if state.get("OOMKilled"):
            return {"runs": [], "overrun": "it needed more memory than the runner has"}
        said = container.logs(tail=15).decode(errors="replace").strip()
        raise EnvironmentBrokenError(
            f"a sandbox ended without a result ({state.get('Status')}, exit code {state.get('ExitCode')}): {said[-800:]}"
        )
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if found["fault"]:
        raise EnvironmentBrokenError(f"the sandbox's supervisor failed: {found['fault'][-1500:]}")
    if stall > STALL and any(run["overrun"] for run in found["runs"]):
        raise EnvironmentBrokenError(f"the machine stalled for {stall:.1f} s while a workflow ran")
    return found
