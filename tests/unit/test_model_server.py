"""The model server, as a real process: its protocol, its faults, its life."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Serve = Callable[..., Any]
MODEL = "/v2/models/fraud-scorer"
KEY = "s3cret"
ROW = [900.0, 3.0, 100.0, 2000.0, 5.0, 6.0, 1.0, 0.5]


def tensor(**changes: object) -> dict[str, object]:
    """Return a good inference request for one row, with some of its tensor's fields changed."""
    return {"inputs": [{"name": "features", "shape": [1, 8], "datatype": "FP32", "data": ROW, **changes}]}


@pytest.fixture(scope="module")
def server(serve: Serve) -> Any:
    program = serve()
    program.says("ready")
    return program


@pytest.fixture(scope="module")
def guarded(serve: Serve) -> Any:
    program = serve(MODEL_SERVER_TOKEN=KEY)
    program.says("ready")
    return program


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2", {"name": "model-server"}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        (f"{MODEL}/ready", {"name": "fraud-scorer", "ready": True}),
        (f"{MODEL}/versions/1/ready", {"name": "fraud-scorer", "ready": True}),
        (MODEL, {"name": "fraud-scorer", "versions": ["1"]}),
    ],
)
def test_loaded_server_answers_each_path(server: Any, path: str, expected: dict[str, object]) -> None:
    status, document, headers = server.call("GET", path)
    assert status == 200
    assert expected.items() <= document.items()
    assert headers["X-Server"] == socket.gethostname()


def test_metadata_describes_the_tensors(server: Any) -> None:
    _, document, _ = server.call("GET", MODEL)
    assert document["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 8]}]
    assert document["outputs"] == [{"name": "fraud_probability", "datatype": "FP32", "shape": [-1, 1]}]
    assert len(document["parameters"]["features"]) == 8


def test_inference_takes_flat_and_nested_data_and_echoes_the_id(server: Any) -> None:
    flat = server.call("POST", f"{MODEL}/infer", {"id": "a1", **tensor(shape=[2, 8], data=ROW * 2)})
    nested = server.call("POST", f"{MODEL}/versions/1/infer", tensor(shape=[2, 8], data=[ROW, ROW]))
    assert flat[0] == nested[0] == 200
    assert (flat[1]["id"], flat[1]["model_name"], flat[1]["model_version"]) == ("a1", "fraud-scorer", "1")
    assert flat[1]["outputs"] == nested[1]["outputs"]
    output = flat[1]["outputs"][0]
    assert (output["name"], output["shape"], output["datatype"]) == ("fraud_probability", [2, 1], "FP32")
    assert output["data"][0] == output["data"][1]
    assert 0 < output["data"][0] < 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"inputs": [NaN]}', "NaN"),
        (b"\xff\xfe{}", "JSON"),
        ([], "object"),
        ({}, "inputs"),
        ({"inputs": []}, "inputs"),
        ({"inputs": [7]}, "inputs"),
        ({**tensor(), "id": 7}, "id"),
        ({**tensor(), "outputs": [{"name": "loan"}]}, "loan"),
        ({"inputs": [*tensor()["inputs"], *tensor()["inputs"]]}, "twice"),  # type: ignore[misc]
        (tensor(name="loan"), "loan"),
        (tensor(datatype="FP64"), "FP32"),
        (tensor(shape=[1, 7]), "shape"),
        (tensor(shape=[8]), "shape"),
        (tensor(shape=[0, 8], data=[]), "shape"),
        (tensor(shape=[True, 8]), "shape"),
        (tensor(shape="1,8"), "shape"),
        (tensor(shape=[10**30, 8]), "fill"),
        (tensor(data=ROW[:7]), "fill"),
        (tensor(data=[[value] for value in ROW]), "fill"),
        (tensor(data=[ROW, ROW[:3]]), "ragged"),
        (tensor(data=["x"] * 8), "FP32"),
        (tensor(data=[None] * 8), "FP32"),
        (tensor(data=[True] * 8), "FP32"),
        (tensor(data=[10**400] * 8), "FP32"),
        (tensor(data=[1e300] * 8), "finite"),
        (tensor(data="900"), "list"),
    ],
)
def test_bad_input_is_a_400_that_says_what_is_wrong(server: Any, body: object, said: str) -> None:
    status, document, _ = server.call("POST", f"{MODEL}/infer", body)
    assert status == 400
    assert said in document["error"]
    assert "Traceback" not in document["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/metrics", 404),
        ("GET", "/v2/models/loans", 404),
        ("GET", "/v2/models/loans/ready", 404),
        ("GET", f"{MODEL}/versions/2", 404),
        ("POST", "/v2/health/ready", 405),
        ("GET", f"{MODEL}/infer", 405),
        ("DELETE", MODEL, 501),
    ],
)
def test_wrong_paths_and_methods_are_refused_in_json(server: Any, method: str, path: str, status: int) -> None:
    answer = server.call(method, path, b"" if method == "POST" else None)
    assert answer[0] == status
    assert answer[1]["error"]


def test_a_body_needs_a_length_and_a_limit(server: Any) -> None:
    assert server.call("POST", f"{MODEL}/infer", b"x" * (4 * 1024 * 1024 + 1))[0] == 413
    assert server.call("POST", f"{MODEL}/infer", None, **{"Content-Length": "-1"})[0] == 411


def test_token_guards_all_but_what_the_kubelet_asks(guarded: Any) -> None:
    right = {"Authorization": "Bearer s3cret"}
    for path in ("/v2/health/live", "/v2/health/ready", f"{MODEL}/ready"):
        assert guarded.call("GET", path)[0] == 200
    for path in ("/v2", MODEL, "/nothing"):
        assert guarded.call("GET", path)[0] == 401
    assert guarded.call("GET", MODEL, **right)[0] == 200
    assert guarded.call("POST", f"{MODEL}/infer", tensor(), **right)[0] == 200


@pytest.mark.parametrize("header", [None, "Bearer s3cret2", "Bearer", "s3cret", "Basic s3cret", "Bearer \xfc"])
def test_inference_without_the_right_token_is_a_401(guarded: Any, header: str | None) -> None:
    sent = {} if header is None else {"Authorization": header}
    status, _, headers = guarded.call("POST", f"{MODEL}/infer", tensor(), **sent)
    assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")


def test_the_log_never_holds_the_token(guarded: Any, server: Any) -> None:
    assert {"token": "set (redacted)"}.items() <= guarded.says("starting").items()
    assert KEY not in json.dumps(guarded.lines())
    assert server.says("no token is set: anonymous callers are served")["level"] == "WARNING"


def test_token_file_wins_and_loses_its_line_end(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    program = serve("--token-file", str(tmp_path / "token"), MODEL_SERVER_TOKEN=KEY)
    program.says("ready")
    assert program.call("GET", MODEL, Authorization="Bearer from-file")[0] == 200
    assert program.call("GET", MODEL, Authorization=f"Bearer {KEY}")[0] == 401


def test_a_token_with_a_line_end_is_taken_as_it_is_and_warned_about(serve: Serve) -> None:
    program = serve(MODEL_SERVER_TOKEN=KEY + "\n")
    program.says("ready")
    assert program.call("GET", MODEL, Authorization="Bearer s3cret")[0] == 401
    assert any("white space" in line["message"] for line in program.lines())


@pytest.mark.parametrize(
    ("flags", "env", "said"),
    [
        ([], {"MODEL_SERVER_PORT": "tcp://10.0.0.1:80"}, "MODEL_SERVER_PORT must be an integer"),
        (["--port", "tcp://10.0.0.1:80"], {}, "--port must be an integer"),
        ([], {"MODEL_SERVER_PORT": "0"}, "MODEL_SERVER_PORT"),
        ([], {"MODEL_SERVER_PORT": "65536"}, "MODEL_SERVER_PORT"),
        ([], {"MODEL_SERVER_PORT": ""}, "MODEL_SERVER_PORT"),
        ([], {"MODEL_SERVER_THREADS": "two"}, "MODEL_SERVER_THREADS"),
        ([], {"MODEL_SERVER_TOKEN": ""}, "MODEL_SERVER_TOKEN"),
        (["--token-file", "/nowhere/token"], {}, "/nowhere/token"),
        (["--speed", "9"], {}, "--speed"),
        ([], {"BREAKFIX_LOAD_SECONDS": "soon"}, "BREAKFIX_LOAD_SECONDS"),
    ],
)
def test_an_unusable_setting_ends_the_server_with_one_clear_line(
    serve: Serve, flags: list[str], env: dict[str, str], said: str
) -> None:
    program = serve(*flags, **env)
    assert program.ends() == 1
    [line] = program.lines()
    assert (line["level"], line["message"]) == ("ERROR", "invalid setting")
    assert said in line["error"]


def test_a_flag_wins_over_its_variable(serve: Serve) -> None:
    program = serve("--threads", "2", MODEL_SERVER_THREADS="nonsense")
    assert program.says("starting")["threads"] == 2


def test_a_taken_port_ends_the_server(serve: Serve, server: Any) -> None:
    program = serve("--port", str(server.port))
    assert program.ends() == 1
    assert program.lines()[-1]["message"] == "cannot listen"


def test_a_repository_without_versions_ends_the_server(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "fraud-scorer" / "latest").mkdir(parents=True)
    program = serve("--model-repository", str(tmp_path))
    assert program.ends() == 1
    expected = f"no versions of servable fraud-scorer found under base path {tmp_path / 'fraud-scorer'}"
    assert expected in program.says("model could not be loaded")["error"]


def test_a_broken_model_ends_the_server(serve: Serve, tmp_path: Path) -> None:
    for version, content in (("9", None), ("10", b"not a model")):
        (tmp_path / "fraud-scorer" / version).mkdir(parents=True)
        if content is not None:
            (tmp_path / "fraud-scorer" / version / "model.onnx").write_bytes(content)
    program = serve("--model-repository", str(tmp_path))
    assert program.ends() == 1
    assert "10/model.onnx cannot be loaded" in program.says("model could not be loaded")["error"]


def test_an_unwritable_cache_ends_the_server(serve: Serve, tmp_path: Path) -> None:
    """Root may write anywhere, so the cache's parent is a file: an OSError whoever runs the tests."""
    (tmp_path / "file").touch()
    program = serve("--cache", str(tmp_path / "file" / "cache"))
    assert program.ends() == 1
    assert "NotADirectoryError" in program.says("model could not be loaded")["error"]


def test_an_empty_setting_is_an_error_and_never_the_default(serve: Serve) -> None:
    program = serve(MODEL_SERVER_CACHE="")
    assert program.ends() == 1
    assert "MODEL_SERVER_CACHE is empty" in program.lines()[0]["error"]


@pytest.mark.parametrize(("env", "cache"), [({}, "/"), ({"HOME": "/home/me"}, "/home/me")])
def test_the_cache_is_under_home_or_the_root(module: Callable[[str], Any], env: dict[str, str], cache: str) -> None:
    settings = module("model-server/model_server/settings.py")
    assert settings.parse([], env).cache == Path(cache, ".cache/model-server")


def test_the_optimised_model_is_written_to_the_cache(serve: Serve, tmp_path: Path) -> None:
    program = serve("--cache", str(tmp_path / "deep" / "cache"))
    program.says("ready")
    written = list((tmp_path / "deep" / "cache").rglob("*.onnx"))
    assert [path.name for path in written] == ["model.optimised.onnx"]


def test_while_loading_all_but_the_server_itself_is_unavailable(serve: Serve) -> None:
    program = serve(BREAKFIX_LOAD_SECONDS="60")
    program.says("listening")
    for path in ("/v2/health/live", "/v2/health/ready", f"{MODEL}/ready", MODEL):
        status, document, _ = program.call("GET", path)
        assert (status, bool(document["error"])) == (503, True)
    assert program.call("POST", f"{MODEL}/infer", tensor())[0] == 503
    assert program.call("GET", "/v2")[0] == 200


def test_the_server_is_alive_before_its_model_is_ready(serve: Serve) -> None:
    """Initialised at a share of the warm-up: from then on live answers 200 while ready still answers 503."""
    program = serve(BREAKFIX_LOAD_SECONDS="3")
    program.says("initialised")
    assert program.call("GET", "/v2/health/live")[0] == 200
    assert program.call("GET", f"{MODEL}/ready")[0] == 503
    program.says("ready")
    assert program.call("GET", f"{MODEL}/ready")[0] == 200


@pytest.mark.parametrize("state", ["listening", "model loaded, warming up", "ready"])
def test_sigterm_ends_the_server_soon_whatever_it_does(serve: Serve, state: str) -> None:
    program = serve(BREAKFIX_LOAD_SECONDS="0" if state == "ready" else "60")
    program.says(state)
    told = time.monotonic()
    program.tell(signal.SIGTERM)
    assert program.ends() == 0
    assert time.monotonic() - told < 5
    assert program.lines()[-1]["message"] == "stopped"


def test_sigterm_lets_requests_in_flight_finish(serve: Serve) -> None:
    """A request whose body is still on its way at the signal is answered; a new one is refused."""
    program = serve()
    program.says("ready")
    body = json.dumps(tensor()).encode()
    with socket.create_connection(("127.0.0.1", program.port), timeout=10) as connection:
        head = f"POST {MODEL}/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(head + body[:5])
        program.tell(signal.SIGTERM)
        program.says("stopping")
        connection.sendall(body[5:])
        assert connection.recv(64).startswith(b"HTTP/1.1 200")
    assert program.ends() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", program.port), timeout=10)


def test_a_hung_server_takes_connections_and_answers_none(serve: Serve) -> None:
    program = serve()
    program.says("ready")
    program.tell(signal.SIGUSR1)

    def is_silent() -> bool:
        try:
            program.call("GET", "/v2/health/live", timeout=0.3)
        except TimeoutError:
            return True
        return False

    program.until(is_silent, "silence")
    with pytest.raises(TimeoutError):
        program.call("POST", f"{MODEL}/infer", tensor(), timeout=0.3)
    program.tell(signal.SIGTERM)
    assert program.ends() == 0


def test_the_switch_finds_servers_and_nothing_else(module: Callable[[str], Any], tmp_path: Path) -> None:
    """A tree shaped like /proc tells servers from shells, wrappers and the switch itself."""
    commands = {
        1: b"sh\0-c\0python3 -m model_server\0",
        7: b"/usr/bin/python3\0-m\0model_server\0--port\x008080\0",
        8: b"timeout\x0060\0python3\0-m\0model_server\0",
        9: b"python3\0-m\0model_server.switch\0hang\0",
        10: b"",
    }
    for pid, command in commands.items():
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_bytes(command)
    (tmp_path / "self").mkdir()
    assert module("model-server/model_server/switch.py").servers(tmp_path) == [7]


def test_a_bad_model_is_wrong_and_otherwise_well(serve: Serve, server: Any) -> None:
    program = serve(BREAKFIX_BAD_MODEL="1")
    program.says("ready")
    bad = program.call("POST", f"{MODEL}/infer", tensor())
    good = server.call("POST", f"{MODEL}/infer", tensor())
    assert bad[0] == good[0] == 200
    assert abs(bad[1]["outputs"][0]["data"][0] - good[1]["outputs"][0]["data"][0]) > 0.1


def test_many_callers_at_once_are_all_served(server: Any) -> None:
    statuses: list[int] = []

    def call() -> None:
        statuses.append(server.call("POST", f"{MODEL}/infer", tensor())[0])

    threads = [threading.Thread(target=call) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
