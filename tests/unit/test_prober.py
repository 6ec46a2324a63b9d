"""The prober, as a real process against real servers and against none."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.core import paths

MODELS = paths.KIT / "harness/images/model-server/models"
KEY = "s3cret"
Start = Callable[..., Any]


@pytest.fixture
def probe(start: Start) -> Callable[..., Any]:
    """Start a prober on a URL; its plan's other fields may be changed."""

    def begin(url: str, **changes: object) -> Any:
        plan = {"url": url, "model": "fraud-scorer", "token": KEY, "interval": 0.05, "timeout": 2.0}
        text = json.dumps({**plan, "duration": 60, **changes})
        return start("prober", "prober", PROBER_PLAN=text, PROBER_MODELS=str(MODELS))

    return begin


@pytest.fixture(scope="module")
def server(serve: Start) -> Any:
    program = serve(MODEL_SERVER_TOKEN=KEY)
    program.says("ready")
    return program


def results(prober: Any, count: int, kind: str = "predict") -> list[dict[str, Any]]:
    """Wait for this many results of a kind, and return them."""
    seen: Callable[[], list[dict[str, Any]]] = lambda: [x for x in prober.lines() if x["kind"] == kind]  # noqa: E731
    prober.until(lambda: len(seen()) >= count, f"{count} of {kind}")
    return seen()


@contextmanager
def peer(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen, and treat each connection by `act`; gives the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    act(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def test_first_line_is_the_start(probe: Start, server: Any) -> None:
    prober = probe(f"http://127.0.0.1:{server.port}")
    results(prober, 1)
    first = prober.lines()[0]
    assert (first["kind"], set(first)) == ("start", {"t", "kind"})
    assert abs(time.time() - first["t"]) < 60


def test_good_server_is_right_and_turns_anonymous_callers_away(probe: Start, server: Any) -> None:
    prober = probe(f"http://127.0.0.1:{server.port}")
    anonymous = results(prober, 2, "anonymous")
    for line in results(prober, 5):
        assert set(line) == {"t", "kind", "status", "error", "ms", "correct", "server"}
        assert (line["status"], line["correct"], line["error"]) == (200, True, None)
        assert (line["server"], line["ms"] > 0) == (socket.gethostname(), True)
    assert [line["status"] for line in anonymous] == [401] * len(anonymous)
    assert all(line["correct"] is None for line in anonymous)


def test_bad_model_is_seen(probe: Start, serve: Start) -> None:
    bad = serve(BREAKFIX_BAD_MODEL="1")
    bad.says("ready")
    lines = results(probe(f"http://127.0.0.1:{bad.port}", token=None), 5)
    assert {(line["status"], line["correct"]) for line in lines} == {(200, False)}


def test_loading_server_is_a_503(probe: Start, serve: Start) -> None:
    loading = serve(BREAKFIX_LOAD_SECONDS="60", MODEL_SERVER_TOKEN=KEY)
    loading.says("listening")
    lines = results(probe(f"http://127.0.0.1:{loading.port}"), 2)
    assert {(line["status"], line["correct"]) for line in lines} == {(503, None)}


def test_hung_server_is_a_timeout_and_does_not_slow_the_beat(probe: Start, serve: Start) -> None:
    hung = serve()
    hung.says("ready")
    hung.tell(signal.SIGUSR1)
    prober = probe(f"http://127.0.0.1:{hung.port}", interval=0.1, timeout=1.0)
    timeouts = [line for line in results(prober, 15) if line["error"] == "timeout"]
    assert len(timeouts) >= 10
    sent = sorted(line["t"] for line in timeouts)
    assert (sent[-1] - sent[0]) / (len(sent) - 1) < 0.5  # one after the other would take a second each
    assert all(line["ms"] >= 900 for line in timeouts)


def test_closed_port_is_refused_and_unknown_name_is_dns(probe: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert {line["error"] for line in results(probe(f"http://127.0.0.1:{port}"), 2)} == {"refused"}
    assert {line["error"] for line in results(probe("http://no-such-name.invalid"), 2)} == {"dns"}


def test_cut_connection_is_a_reset(probe: Start) -> None:
    with peer(lambda _: None) as url:
        assert {line["error"] for line in results(probe(url), 2)} == {"reset"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"outputs": 7}',
        b'{"outputs": [{"name": "fraud_probability", "data": [NaN, NaN]}]}',
    ],
)
def test_nonsense_with_status_200_is_incorrect(probe: Start, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head + body)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)

    with peer(act) as url:
        lines = results(probe(url), 2)
    assert {(line["status"], line["correct"]) for line in lines} == {(200, False)}


def test_something_that_speaks_no_http_is_other(probe: Start) -> None:
    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"220 mail ready\r\n\r\n")

    with peer(act) as url:
        assert results(probe(url), 1)[0]["error"].startswith("other: ")


def test_it_ends_after_its_duration_with_every_result(probe: Start, server: Any) -> None:
    prober = probe(f"http://127.0.0.1:{server.port}", interval=0.05, duration=0.5)
    assert prober.ends() == 0
    assert [line["kind"] for line in prober.lines()].count("predict") == 10
    assert [line["kind"] for line in prober.lines()].count("anonymous") == 3


def test_it_ends_at_sigterm(probe: Start, server: Any) -> None:
    prober = probe(f"http://127.0.0.1:{server.port}")
    results(prober, 1)
    prober.tell(signal.SIGTERM)
    assert prober.ends() == 0


@pytest.mark.parametrize("plan", ["", "[]", "{}", '{"url": "ftp://x", "model": "m"}'])
def test_unusable_plan_is_a_2(start: Start, plan: str) -> None:
    assert start("prober", "prober", PROBER_PLAN=plan).ends() == 2


def test_the_model_is_the_servers(module: Callable[[str], Any]) -> None:
    """The prober's inputs stay in the feature ranges, and two draws differ."""
    scorer = module("prober/prober/scorer.py").Scorer(MODELS / "fraud-scorer")
    ranges = json.loads((MODELS / "fraud-scorer/config.json").read_text())["features"]
    first, second = scorer.draw(), scorer.draw()
    assert (first != second).any()
    for column, feature in zip(first.T, ranges, strict=True):
        assert all(feature["low"] <= value <= feature["high"] for value in column)


def test_an_order_changes_the_beat_and_the_inputs_while_it_runs(start: Start, server: Any, tmp_path: Path) -> None:
    """What an order does not name stays; the right answers are known all the same, and an order that makes no sense is a 2."""
    plan = {
        "url": f"http://127.0.0.1:{server.port}",
        "model": "fraud-scorer",
        "token": KEY,
        "interval": 1.0,
        "timeout": 2.0,
    }
    env = {"PROBER_ORDER": str(tmp_path / "order.json"), "PROBER_MODELS": str(MODELS)}
    prober = start("prober", "prober", PROBER_PLAN=json.dumps({**plan, "duration": 60}), **env)
    results(prober, 1)
    orders: list[Any] = []
    for order in ({"rps": 20}, {"low": 0.9, "high": 1.0}):
        assert start("prober", "prober", "order", json.dumps(order), **env).ends() == 0
        orders = results(prober, len(orders) + 1, "order")
    assert [(line["rps"], line["low"], line["high"]) for line in orders] == [(20, 0.0, 1.0), (20, 0.9, 1.0)]

    def after() -> list[Any]:
        return [line for line in prober.lines() if line["kind"] == "predict" and line["t"] > orders[-1]["t"]]

    prober.until(lambda: len(after()) >= 15, "15 requests after the orders")
    assert {line["correct"] for line in after() if line["status"] == 200} == {True}
    sent = sorted(line["t"] for line in after())
    assert (sent[-1] - sent[0]) / (len(sent) - 1) < 0.5  # where one a second was planned
    for wrong in ('{"rps": 0}', '{"rps": 51}', '{"low": 1, "high": 1}', '{"pace": 2}', "[]", "x"):
        assert start("prober", "prober", "order", wrong, **env).ends() == 2


def test_shifted_inputs_come_from_that_part_of_their_ranges(module: Callable[[str], Any]) -> None:
    scorer = module("prober/prober/scorer.py").Scorer(MODELS / "fraud-scorer")
    scorer.shift(0.9, 1.0)
    ranges = json.loads((MODELS / "fraud-scorer/config.json").read_text())["features"]
    for column, feature in zip(scorer.draw().T, ranges, strict=True):
        least = feature["low"] + 0.9 * (feature["high"] - feature["low"])
        assert all(least - 1e-3 <= value <= feature["high"] + 1e-3 for value in column)


def test_a_look_around_tells_open_from_closed(start: Start, server: Any) -> None:
    """Answers come in order: null for a connection, else why not."""
    order = json.dumps([["127.0.0.1", server.port], ["127.0.0.1", 1], ["no-such-host.invalid", 80]])
    program = start("prober", "prober", "reach", order)
    assert program.ends() == 0
    ((reached, refused, unknown),) = program.lines()
    assert reached is None
    assert "refused" in refused
    assert unknown


def test_our_own_server_is_asked_beside_the_other(probe: Start, server: Any) -> None:
    """Its requests carry no token, and tell how long they took."""
    prober = probe("http://127.0.0.1:9", control=f"http://127.0.0.1:{server.port}")
    for one in results(prober, 3, "control"):
        assert (one["error"], one["ms"] < 1000) == (None, True)
    assert {one["error"] for one in results(prober, 3)} == {"refused"}
