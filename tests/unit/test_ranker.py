"""The ranker and its callers, as real processes on loopback ports."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core import paths, process

MODELS = paths.KIT / "harness/images/ranker/models"
READY = "/v2/models/ranker/ready"
INFER = "/v2/models/ranker/infer"
Start = Callable[..., Any]


@pytest.fixture
def rank(start: Start) -> Start:
    """Start a ranker that loads at once; its variables may be changed."""

    def begin(module: str = "ranker", **env: str) -> Any:
        told = {"RANKER_MODELS": str(MODELS), "BREAKFIX_LOAD_SECONDS": "0", **env}
        return start("ranker", module, port_in="RANKER_PORT", **told)

    return begin


@pytest.fixture
def call(start: Start, tmp_path: Path) -> Start:
    """Start callers of a port; what is told to our own server goes to the same one."""

    def begin(port: int, interval: float = 0.05) -> Any:
        url = f"http://127.0.0.1:{port}"
        plan = {"url": url, "model": "ranker", "interval": interval, "duration": 60, "control": url}
        env = {"PROBER_PLAN": json.dumps(plan), "CALLER_MODELS": str(MODELS), "CALLER_ORDER": str(tmp_path / "order")}
        return start("caller", "caller", **env)

    return begin


def request(*, report: bool = False) -> dict[str, Any]:
    items = {"name": "items", "shape": [1, 4], "datatype": "FP32", "data": [0.1, -0.2, 0.3, 0.4]}
    return {"inputs": [items], **({"parameters": {"catalogue": "full"}} if report else {})}


def of_kind(program: Any, kind: str) -> list[dict[str, Any]]:
    return [line for line in program.lines() if line.get("kind") == kind]


def ways(program: Any) -> set[Any]:
    """Return in which ways requests were lost."""
    return {line["status"] or line["error"] for line in of_kind(program, "lost")}


def test_a_server_ranks_once_its_model_is_loaded_by_the_version_that_it_is_told(rank: Start) -> None:
    """A ranking takes its time of CPU; what cannot be ranked is told apart from what is not loaded."""
    server = rank(RANKER_VERSION="2", BREAKFIX_LOAD_SECONDS="1")
    server.says("listening")
    assert [server.call("GET", path)[0] for path in ("/v2/health/live", READY)] == [200, 503]
    assert server.call("POST", INFER, request())[0] == 503
    server.says("ready")
    status, answer, headers = server.call("POST", INFER, request())
    assert (status, answer["model_version"], len(answer["outputs"][0]["data"]), "X-Server" in headers) == (
        200,
        "2",
        1,
        True,
    )
    assert server.call("GET", READY)[0] == 200
    assert server.call("POST", INFER, b"no JSON")[0] == 400
    assert server.call("POST", INFER, {"inputs": []})[0] == 400
    assert server.call("GET", "/elsewhere")[0] == 404


def test_a_server_that_is_told_to_end_answers_what_it_has_and_refuses_what_comes(rank: Start) -> None:
    server = rank()
    server.says("ready")
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(server.call("POST", INFER, request(report=True))[0]))
    waiting.start()
    time.sleep(0.5)
    server.tell(signal.SIGTERM)
    server.says("stopping")
    time.sleep(0.3)
    with pytest.raises(ConnectionError):
        server.call("POST", INFER, request())
    assert server.ends() == 0
    waiting.join()
    assert answers == [200]


def test_a_server_goes_on_after_its_signal_for_as_long_as_it_is_told(rank: Start) -> None:
    """It is not ready then, and ranks all the same."""
    server = rank(RANKER_DRAIN_SECONDS="1.5")
    server.says("ready")
    began = time.monotonic()
    server.tell(signal.SIGTERM)
    server.says("stopping")
    assert [server.call("POST", INFER, request())[0], server.call("GET", READY)[0]] == [200, 503]
    assert server.ends() == 0
    assert time.monotonic() - began >= 1.5


def test_a_server_that_is_asked_to_drain_answers_when_the_seconds_have_gone_by(rank: Start) -> None:
    server = rank()
    server.says("ready")
    began = time.monotonic()
    assert server.call("GET", "/drain?seconds=0.5")[0] == 200
    assert time.monotonic() - began >= 0.5
    assert [server.call("GET", READY)[0], server.call("POST", INFER, request())[0]] == [503, 200]
    assert server.call("GET", "/drain?seconds=soon")[0] == 400


def test_a_refresh_keeps_health_probes_waiting_and_rankings_not(rank: Start) -> None:
    server = rank()
    server.says("ready")
    server.tell(signal.SIGUSR1)
    server.says("refreshing the catalogue")
    assert server.call("POST", INFER, request(), timeout=1.0)[0] == 200
    with pytest.raises(TimeoutError):
        server.call("GET", "/v2/health/live", timeout=1.0)


def test_a_frozen_server_answers_nobody_and_does_not_stop(rank: Start) -> None:
    """It still takes connections, as a program does that waits for itself."""
    server = rank()
    server.says("ready")
    server.tell(signal.SIGUSR2)
    time.sleep(0.3)
    for way in (("GET", "/v2/health/live"), ("GET", READY), ("POST", INFER, request())):
        with pytest.raises(TimeoutError):
            server.call(*way, timeout=0.5)
    server.tell(signal.SIGTERM)
    time.sleep(0.5)
    assert server.child.poll() is None
    process.kill_group(server.child)


def test_the_launcher_keeps_signals_to_itself(rank: Start) -> None:
    server = rank("ranker.launch")
    server.says("ready")
    server.tell(signal.SIGTERM)
    time.sleep(0.5)
    assert (server.child.poll(), server.call("POST", INFER, request())[0]) == (None, 200)
    process.kill_group(server.child)


def test_a_setting_or_a_version_that_is_none_ends_the_server(rank: Start) -> None:
    assert rank(RANKER_DRAIN_SECONDS="-1").ends() == 1
    assert rank(RANKER_VERSION="3").ends() == 1


def test_callers_tell_right_answers_by_version_and_begin_to_call_as_often_as_they_are_ordered(
    rank: Start, call: Start, start: Start, tmp_path: Path
) -> None:
    server = rank(RANKER_VERSION="2")
    server.says("ready")
    callers = call(server.port, interval=0.5)
    callers.until(lambda: any(one["versions"].get("2") for one in of_kind(callers, "answered")), "right answers")
    order = start("caller", "caller", "order", '{"rps": 40}', CALLER_ORDER=str(tmp_path / "order"))
    assert order.ends() == 0
    callers.until(lambda: bool(of_kind(callers, "order")), "the order")
    since = of_kind(callers, "order")[0]["t"]

    def told() -> list[int]:
        return [sum(one["versions"].values()) for one in of_kind(callers, "answered") if one["t"] > since + 0.5]

    callers.until(
        lambda: max((sum(told()[place : place + 4]) for place in range(len(told()))), default=0) > 10, "more calls"
    )
    assert [one["rps"] for one in of_kind(callers, "order")] == [40]
    assert of_kind(callers, "control")
    assert start("caller", "caller", "order", '{"rps": 1000}', CALLER_ORDER=str(tmp_path / "order")).ends() == 2


def test_callers_tell_in_which_way_a_request_was_lost(rank: Start, call: Start) -> None:
    """Refused, cut off, answered by a server without a model, and not answered in time."""
    loading = rank(BREAKFIX_LOAD_SECONDS="60")
    loading.says("listening")
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
        nobody.close()
        wanted = {loading.port: 503, closed: "refused", silent.getsockname()[1]: "timeout"}
        for port, way in wanted.items():
            callers = call(port)
            callers.until(lambda program=callers, way=way: way in ways(program), f"{way} of port {port}")
            assert ways(callers) <= {way, "dns"}


def test_a_wrong_answer_is_none(module: Callable[[str], Any]) -> None:
    oracle = module("caller/caller/oracle.py").Oracle(MODELS / "ranker")
    model = module("ranker/ranker/model.py")
    items = oracle.draw()
    body = json.loads(oracle.request(items, report=True))
    assert body["parameters"] == {"catalogue": "full"}
    for version in ("1", "2"):
        answer = model.load(MODELS, version, 0.0).rank(body)
        assert oracle.version(items, json.dumps(answer).encode()) == version
        assert oracle.version(items, json.dumps({**answer, "model_version": "3"}).encode()) == ""
        assert oracle.version(oracle.draw(), json.dumps(answer).encode()) == ""
    assert [oracle.version(items, body) for body in (b"", b"[]", b"{}", b'{"model_version": "1", "outputs": 5}')] == [
        ""
    ] * 4


def test_the_weights_are_those_that_the_training_writes(module: Callable[[str], Any], tmp_path: Path) -> None:
    module("ranker/train.py").main(tmp_path)
    for version in ("1", "2"):
        name = f"{version}/weights.json"
        assert (tmp_path / name).read_text() == (MODELS / "ranker" / name).read_text()


def test_a_plan_that_cannot_be_followed_is_told(start: Start) -> None:
    assert start("caller", "caller", PROBER_PLAN="{}").ends() == 2
