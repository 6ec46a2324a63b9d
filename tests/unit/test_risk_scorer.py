"""The risk scorer and the feature store, as real processes on loopback ports."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KEY = "s3cret-after-the-rotation"
TOKEN = "FEATURE_STORE_TOKEN"  # noqa: S105 - the variable's name
DATASET = "a dataset"
Start = Callable[..., Any]


@pytest.fixture(scope="module")
def store(start: Start) -> Any:
    """A feature store that knows two clients."""
    program = start(
        "risk-scorer", "feature_store", port_in="STORE_LISTEN",
        FEATURE_STORE_TOKEN=KEY, FEATURE_STORE_DATASET=DATASET, FEATURE_STORE_CLIENTS="risk-scorer,other",
    )  # fmt: skip
    program.until(lambda: answers(program), "the store answers")
    return program


def answers(program: Any) -> bool:
    try:
        return bool(program.call("GET", "/healthz")[0] == 200)
    except OSError:
        return False


@pytest.fixture
def scorer(start: Start, store: Any) -> Start:
    """Start a scorer that is told of the store; its variables may be changed."""

    def begin(*flags: str, **env: str) -> Any:
        told = {
            "FEATURE_STORE_URL": f"http://127.0.0.1:{store.port}",
            "FEATURE_STORE_CLIENT": "risk-scorer",
            "FEATURE_STORE_TOKEN": KEY,
            **env,
        }
        return start("risk-scorer", "risk_scorer", *flags, port_in="SCORER_PORT", **told)

    return begin


def failure(program: Any, message: str) -> str:
    """Return the first error that the scorer logs under a message."""
    return str(program.says(message)["error"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": f"Bearer {KEY}", "X-Client-Id": "risk-scorer"}, 200),
        ({"Authorization": f"Bearer {KEY}", "X-Client-Id": "stranger"}, 403),
        ({"Authorization": "Bearer old", "X-Client-Id": "risk-scorer"}, 401),
        ({"Authorization": f"Bearer {KEY}x", "X-Client-Id": "risk-scorer"}, 401),
        ({}, 401),
    ],
)
def test_the_store_compares_what_it_is_shown(store: Any, headers: dict[str, str], status: int) -> None:
    assert store.call("GET", "/v1/features/anna", **headers)[0] == status


def test_scores_are_what_the_prober_expects(scorer: Start, module: Callable[[str], Any]) -> None:
    """The prober works the right answer out by itself, from the dataset alone."""
    oracle = module("prober/prober/applicants.py").Applicants(DATASET)
    server = scorer()
    server.says("starting")
    server.until(lambda: live(server), "it listens")
    for _ in range(5):
        drawn = oracle.draw()
        status, document, _ = server.call("POST", "/v2/models/credit-risk/infer", oracle.request(drawn))
        assert status == 200
        assert oracle.is_right(drawn, json.dumps(document).encode())
        document["outputs"][0]["data"][0] += 0.01
        assert not oracle.is_right(drawn, json.dumps(document).encode())


def live(server: Any) -> bool:
    try:
        return bool(server.call("GET", "/v2/health/live")[0] == 200)
    except OSError:
        return False


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"outputs": 1}', b'{"outputs": [{"name": "risk", "data": [0.5, 0.5]}]}']
)
def test_no_body_upsets_the_prober(module: Callable[[str], Any], body: bytes) -> None:
    assert not module("prober/prober/applicants.py").Applicants(DATASET).is_right("x", body)


@pytest.mark.parametrize(
    ("name", "header"), [("FEATURE_STORE_CLIENT", "X-Client-Id"), ("FEATURE_STORE_TOKEN", "Authorization")]
)
def test_a_line_break_in_a_header_is_told_and_the_token_is_not(scorer: Start, name: str, header: str) -> None:
    server = scorer(**{name: f"{KEY}\n"})
    assert f"{header} cannot be sent" in failure(server, "the feature store cannot be used")
    assert KEY not in json.dumps([line for line in server.lines() if name == "FEATURE_STORE_TOKEN"])


def test_a_token_file_is_taken_byte_for_byte(scorer: Start, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(KEY + "\n")
    server = scorer(f"--token-file={tmp_path / 'token'}")
    assert "Authorization cannot be sent" in failure(server, "the feature store cannot be used")


def test_a_void_token_is_told(scorer: Start) -> None:
    server = scorer(**{TOKEN: "from-before"})
    assert "answers 401" in failure(server, "the feature store cannot be used")


def test_an_unknown_host_is_told(scorer: Start) -> None:
    server = scorer(FEATURE_STORE_URL="http://no-such-host.invalid")
    assert "no-such-host.invalid cannot be resolved" in failure(server, "the feature store cannot be used")


def test_without_credentials_the_start_is_not_recorded_and_the_server_not_ready(scorer: Start) -> None:
    server = scorer()
    assert "no credentials for the Kubernetes API" in failure(server, "the start cannot be recorded")
    assert server.call("GET", "/v2/health/ready")[0] == 503
    assert server.call("GET", "/v2/health/live")[0] == 200


def test_without_a_token_everyone_is_average(scorer: Start) -> None:
    """What an optional Secret key leads to: a server that looks well and is wrong."""
    server = scorer(**{TOKEN: ""})
    server.says("no token is set: every applicant gets the score of an average one")
    server.until(lambda: live(server), "it listens")
    order = {"inputs": [{"name": "applicant", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}]}
    _, document, _ = server.call("POST", "/v2/models/credit-risk/infer", order)
    assert document["outputs"][0]["data"] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("env", "problem"),
    [
        ({"FEATURE_STORE_URL": ""}, "FEATURE_STORE_URL is not set"),
        ({"FEATURE_STORE_URL": "feature-store"}, "must be an http URL"),
        ({"FEATURE_STORE_CLIENT": ""}, "FEATURE_STORE_CLIENT is not set"),
        ({"SCORER_PORT": "tcp://10.0.0.1:80"}, "must be an integer"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_the_server(scorer: Start, env: dict[str, str], problem: str) -> None:
    server = scorer(**env)
    assert problem in failure(server, "invalid setting")
    assert server.ends() == 1


def test_a_request_without_applicants_is_refused(scorer: Start) -> None:
    server = scorer()
    server.until(lambda: live(server), "it listens")
    assert server.call("POST", "/v2/models/credit-risk/infer", {"inputs": []})[0] == 400
