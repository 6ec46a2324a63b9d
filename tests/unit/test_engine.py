"""How an engine is told and where it is looked for."""

import contextlib
import json
import socket
import threading
import time
from pathlib import Path

import pytest

from harness.core.errors import EnvironmentBrokenError
from harness.engine import engine

PODMAN = {"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}, {"Name": "Conmon"}]}
DOCKER = {"Version": "29.1.0", "Components": [{"Name": "Engine"}, {"Name": "containerd"}]}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(PODMAN, "podman"), (DOCKER, "docker"), ({}, "docker"), ({"Components": None}, "docker")],
)
def test_podman_behind_a_docker_socket_is_recognised(answer: dict[str, object], kind: str) -> None:
    assert engine.engine_kind(answer) == kind


def test_a_dead_docker_host_is_an_error_not_a_fallback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who sets DOCKER_HOST means that engine: another one is never taken silently."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EnvironmentBrokenError, match="DOCKER_HOST"), engine.connect():
        pass


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EnvironmentBrokenError, match="docker or podman"), engine.connect("lxc"):
        pass


def test_without_any_engine_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engine, "candidates", list)
    with pytest.raises(EnvironmentBrokenError, match=r"bootstrap\.sh"), engine.connect():
        pass


def test_the_docker_context_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The context a user chose wins over the sockets we know of, and none is tried twice."""
    monkeypatch.setattr(engine, "_context", lambda: ["unix:///chosen.sock"])
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    urls = engine.candidates()
    assert urls[0] == "unix:///chosen.sock"
    assert f"unix://{tmp_path}/podman/podman.sock" in urls
    assert len(urls) == len(set(urls))


def test_a_file_that_is_no_socket_is_no_engine(tmp_path: Path) -> None:
    (tmp_path / "docker.sock").write_text("")
    assert engine.probe(f"unix://{tmp_path}/docker.sock") is None


def test_a_slow_engine_is_waited_for_as_long_as_asked(tmp_path: Path) -> None:
    """A busy machine's podman listens long before it answers."""
    body = json.dumps({**PODMAN, "Version": "4.3.1"})
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\n\r\n{body}"

    def serve(listening: socket.socket) -> None:
        for _ in range(4):  # each probe knocks before it asks
            caller, _ = listening.accept()
            with caller, contextlib.suppress(OSError):
                if caller.recv(4096):
                    time.sleep(1.5)
                    caller.sendall(answer.encode())

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "slow.sock"))
        listening.listen()
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        url = f"unix://{tmp_path}/slow.sock"
        assert engine.probe(url, 1) is None
        found = engine.probe(url, 20)
        server.join()
    assert found is not None
    assert found.kind == "podman"


def test_docker_is_pointed_at_by_its_variable() -> None:
    assert engine.environment("docker", "unix:///d.sock") == {"DOCKER_HOST": "unix:///d.sock"}
    assert engine.environment("podman", "unix:///p.sock")["KIND_EXPERIMENTAL_PROVIDER"] == "podman"
