"""A container in which a command works on a workspace as a candidate would: for a time, and without a network unless it is given."""

import io
import os
import tarfile
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container

from harness.core import listing
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.engine.engine import Engine

HOME = "candidate"  # the folder that holds the workspace, at the top
LABEL = "breakfix.trial"  # whose it is: a process
MEMORY = 4 << 30  # bytes
PROCESSES = 1000
LARGEST = 64 << 20  # bytes that may be left behind
CALL_SECONDS = 60
POLL = 0.2
LINES = 200
TRIES = 25
END = bytes(1024)  # two empty blocks, as POSIX asks for


@dataclass(frozen=True)
class Worked:
    """What came of a command: its exit code (None where its time was up), the seconds that it took, and its last words."""

    code: int | None
    seconds: float
    said: str


def work(
    engine: Engine,
    image: str,
    command: str,
    workspace: Path,
    left: Path,
    *,
    seconds: float,
    network: bool,
    variables: Mapping[str, str],
    stop: threading.Event,
) -> Worked:
    """Run a command by bash in a copy of `workspace`, and write what it left of it to the tar archive `left`.

    Raises: InputError where the image is not here, EnvironmentBrokenError where the engine fails.
    """
    settings: dict[str, Any] = {
        "image": image, "entrypoint": ["bash", "-c"], "command": [command], "working_dir": f"/{HOME}/{workspace.name}",
        "environment": {"HOME": f"/{HOME}", **variables}, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"],
        "mem_limit": MEMORY, "memswap_limit": MEMORY, "pids_limit": PROCESSES, "labels": {LABEL: str(os.getpid())},
        **({} if network else {"network_mode": "none"}),
    }  # fmt: skip
    try:
        with closing(engine.client(CALL_SECONDS)) as client:
            container = client.containers.create(**settings)
            try:
                container.put_archive("/", _packed(workspace))
                began = time.monotonic()
                container.start()
                code = _ended(container, began + seconds, stop)
                took = time.monotonic() - began
                _keep(container, f"/{HOME}/{workspace.name}", left)
                return Worked(code, took, container.logs(tail=LINES).decode(errors="replace"))
            finally:
                container.remove(force=True)
    except ImageNotFound as problem:
        raise InputError(f"the {engine.kind} engine has no image {image!r}; pull or build it first") from problem
    except (DockerException, requests.RequestException) as problem:
        raise EnvironmentBrokenError(f"the {engine.kind} engine failed at a trial: {problem}") from problem


def _packed(workspace: Path) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, path in listing.files(workspace).items():
            archive.add(path, f"{HOME}/{workspace.name}/{name}", filter=_of_root)
    return held.getvalue()


def _of_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _ended(container: Container, deadline: float, stop: threading.Event) -> int | None:
    """Wait for a container's end and return its exit code; None where it had to be ended."""
    while True:
        container.reload()
        state: dict[str, Any] = container.attrs["State"]
        if state["Status"] in {"exited", "dead", "stopped"}:
            return int(state["ExitCode"])
        if time.monotonic() > deadline or stop.wait(POLL):
            with suppress(DockerException):  # it may end by itself just now
                container.kill()
            container.wait()
            return None


def _keep(container: Container, place: str, left: Path) -> None:
    """Write a folder of a container to a tar archive; what is beyond the limit is cut off, and told by whoever reads it.

    While an engine still puts away a container that has just ended, it may give a part of the archive and call it whole.

    Raises: EnvironmentBrokenError where it never gives all of it.
    """
    for _ in range(TRIES):
        if _copied(container, place, left):
            return
        time.sleep(POLL)
    raise EnvironmentBrokenError(f"the engine gave {TRIES} times no more than a part of what the agent left in {place}")


def _copied(container: Container, place: str, left: Path) -> bool:
    """Return whether a folder was written up to the end that every tar archive has, or up to the limit."""
    stream, _ = container.get_archive(place)
    size, last = 0, b""
    with left.open("wb") as file:
        for piece in stream:
            size += len(piece)
            if size > LARGEST:
                return True
            file.write(piece)
            last = (last + piece)[-len(END) :]
    return last == END
