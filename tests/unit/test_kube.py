"""What is said of an API server that gives no answer, and which requests are sent again."""

import socket
from pathlib import Path
from typing import Any, Self

import pytest
import urllib3
import yaml

from harness.core.errors import EnvironmentBrokenError
from harness.kube.kube import TRIES, Kube

POD = "/api/v1/namespaces/a/pods/b"


class Answer:
    """An answer of an API server; its body may not come in time."""

    status = 200

    def __init__(self, body: bytes | Exception) -> None:
        self._body = body

    @property
    def data(self) -> bytes:
        """The body."""
        if isinstance(self._body, Exception):
            raise self._body
        return self._body

    def __enter__(self) -> Self:
        """Open it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""


class Server:
    """An API server that answers as it is told, and knows how often it was asked."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    def request(self, *_: object, **__: object) -> Answer:
        """Answer, or do not."""
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def slow() -> Exception:
    pool: Any = None
    return urllib3.exceptions.ReadTimeoutError(pool, POD, "Read timed out. (read timeout=15.0)")


def at(folder: Path, port: int = 1) -> Kube:
    named = {"name": "x", "cluster": {"server": f"http://127.0.0.1:{port}"}}
    contexts = [{"name": "x", "context": {"cluster": "x", "user": "x"}}]
    users: list[Any] = [{"name": "x", "user": {}}]
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump({"clusters": [named], "contexts": contexts, "users": users, "current-context": "x"}))
    return Kube(path)


def asking(folder: Path, server: Server) -> Kube:
    kube = at(folder)
    pool: Any = server
    kube._pool = pool
    return kube


@pytest.mark.parametrize("first", [slow(), Answer(slow())])
def test_a_get_without_an_answer_in_time_is_sent_again(tmp_path: Path, first: Answer | Exception) -> None:
    """Whether the answer does not begin or does not end."""
    server = Server(first, Answer(b'{"kind": "Pod"}'))
    assert asking(tmp_path, server).request("GET", POD) == {"kind": "Pod"}
    assert server.asked == 2


def test_a_get_is_given_up_in_the_end_and_the_machine_is_called_busy(tmp_path: Path) -> None:
    server = Server(*[slow()] * TRIES)
    with pytest.raises(EnvironmentBrokenError, match=r"^this machine is busy: .*try again") as told:
        asking(tmp_path, server).request("GET", POD)
    assert server.asked == TRIES
    assert "breakfix stop" not in str(told.value)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_what_changes_something_is_sent_once(tmp_path: Path, method: str) -> None:
    """The server may have done it."""
    server = Server(slow(), Answer(b"{}"))
    with pytest.raises(EnvironmentBrokenError, match="busy"):
        asking(tmp_path, server).request(method, POD)
    assert server.asked == 1


def test_where_nobody_listens_it_is_said_how_to_remake_the_cluster(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(EnvironmentBrokenError, match=r"cannot be reached .*breakfix stop"):
        at(tmp_path, port).request("GET", POD)


def test_an_answer_that_breaks_off_is_no_reason_to_stop_the_cluster(tmp_path: Path) -> None:
    server = Server(urllib3.exceptions.ProtocolError("Connection aborted."))
    with pytest.raises(EnvironmentBrokenError, match="cannot be reached") as told:
        asking(tmp_path, server).request("GET", POD)
    assert "breakfix stop" not in str(told.value)
    assert server.asked == 1
