"""The workload images' programs as real processes on loopback ports."""

import http.client
import importlib
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.core import paths, process

IMAGES = paths.KIT / "harness" / "images"
DEADLINE = 30.0  # seconds that any one wait may take on a busy machine


class Program:
    """One running program of an image: its log as JSON lines, its port, its end."""

    def __init__(self, folder: str, argv: list[str], env: dict[str, str], log: Path, port: int) -> None:
        self.port = port
        self._log = log
        path = str(IMAGES / folder)
        command = [sys.executable, "-m", *argv]
        self.child = process.spawn(command, env={"PYTHONPATH": path, **env}, log=log)

    def lines(self) -> list[dict[str, Any]]:
        """Return what it has printed, whole lines only."""
        text = self._log.read_text() if self._log.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def until(self, seen: Callable[[], bool], what: str) -> None:
        """Wait until something holds; fail with the log when the deadline passes or the program ended."""
        deadline = time.monotonic() + DEADLINE
        while not seen():
            ended = self.child.poll()
            assert ended is None or seen(), f"{what}: it ended with {ended}: {self._log.read_text()}"
            assert time.monotonic() < deadline, f"not seen in {DEADLINE:g} s: {what}\n{self._log.read_text()}"
            time.sleep(0.01)

    def says(self, message: str) -> dict[str, Any]:
        """Wait for a log line with this message, and return it."""
        self.until(lambda: any(line.get("message") == message for line in self.lines()), f"log {message!r}")
        return next(line for line in self.lines() if line.get("message") == message)

    def ends(self) -> int:
        """Wait for its end and return its exit code."""
        return self.child.wait(DEADLINE)

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.child.send_signal(number)

    def call(
        self, method: str, path: str, body: object = None, *, timeout: float = DEADLINE, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Send one request (bytes as they are, anything else as JSON); return status, document, headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read()), dict(response.headers)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Program]]:
    """Start a program of an image, told its port by the variable named in `port_in`; killed at the end."""
    programs: list[Program] = []

    def begin(folder: str, *argv: str, port_in: str | None = None, **env: str) -> Program:
        port = free_port()
        told = {} if port_in is None else {port_in: str(port)}
        log = tmp_path_factory.mktemp("program") / "log"
        programs.append(Program(folder, list(argv), {**told, **env}, log, port))
        return programs[-1]

    yield begin
    for program in programs:
        process.kill_group(program.child)


@pytest.fixture(scope="module")
def serve(start: Callable[..., Program], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Program]:
    """Start the model server with a cache of its own, and without a warm-up unless a test wants one."""

    def begin(*argv: str, **env: str) -> Program:
        settings = {
            "MODEL_SERVER_HOST": "127.0.0.1",
            "MODEL_SERVER_REPOSITORY": str(IMAGES / "model-server" / "models"),
            "MODEL_SERVER_CACHE": str(tmp_path_factory.mktemp("cache") / "new"),
            "BREAKFIX_LOAD_SECONDS": "0",
            **env,
        }
        return start("model-server", "model_server", *argv, port_in="MODEL_SERVER_PORT", **settings)

    return begin


def free_port() -> int:
    """Return a loopback port that nobody listens on now, and that is reached: a dead container's forwarding takes some."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = int(listener.getsockname()[1])
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return port


@pytest.fixture(scope="session")
def module() -> Callable[[str], Any]:
    """Import a module of an image by its path under harness/images; its package is found beside it."""

    def load(path: str) -> Any:
        file = IMAGES / path
        root = file.parent.parent if (file.parent / "__init__.py").exists() else file.parent
        name = ".".join(file.relative_to(root).with_suffix("").parts)
        if root == file.parent:  # of no package: another image's may have the same name
            sys.modules.pop(name, None)
        sys.path.insert(0, str(root))
        try:
            return importlib.import_module(name)
        finally:
            sys.path.remove(str(root))

    return load
