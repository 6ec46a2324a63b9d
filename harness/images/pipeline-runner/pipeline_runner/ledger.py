"""The platform's record of what was registered and deployed, kept by a process of another user.

A candidate's steps reach it by a socket only, and can but add to it.
"""

import json
import os
import select
import socketserver
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline_runner.bounds import PLATFORM
from pipeline_runner.hub import Hub

FOLDER = Path("/work/platform")
SOCKET = FOLDER / "socket"
REQUEST = 1 << 20  # bytes
ENTRIES = 50
START_SECONDS = 20


class State:
    """What lasts from run to run: the registry's versions and what is in production."""

    def __init__(self) -> None:
        self.versions: list[dict[str, Any]] = []
        self.production: dict[str, Any] = {}

    def take(self, recorded: dict[str, Any]) -> None:
        """Take over what a run added."""
        self.versions += recorded["registered"]
        self.production = recorded["production"]


class Ledger:
    """The recording process of one stage of a run."""

    def __init__(self, state: State, hub: Hub, truth: Any, judge: Callable[[str, Any], Any]) -> None:
        SOCKET.unlink(missing_ok=True)
        self._result, result = os.pipe()
        stop, self._stop = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._result)
            os.close(self._stop)
            _record(Book(state, hub), truth, judge, stop, result)
        os.close(stop)
        os.close(result)
        # A byte tells that it listens and that everybody may connect.
        if not select.select([self._result], [], [], START_SECONDS)[0] or not os.read(self._result, 1):
            raise TimeoutError("the platform's ledger did not start")

    def close(self) -> dict[str, Any]:
        """End the process and return what it recorded."""
        os.close(self._stop)
        with os.fdopen(self._result, "rb") as answers:
            text = answers.read()
        os.waitpid(self._process, 0)
        recorded: dict[str, Any] = json.loads(text)
        return recorded


def _record(book: "Book", truth: Any, judge: Callable[[str, Any], Any], stop: int, result: int) -> None:
    """Record as the user `platform` until the supervisor closes its pipe; never returns."""
    code = 1
    try:
        if not FOLDER.exists():
            FOLDER.mkdir()
            os.chown(FOLDER, PLATFORM, PLATFORM)
        os.setgroups([])
        os.setgid(PLATFORM)
        os.setuid(PLATFORM)
        with Server(str(SOCKET), Handler) as server:
            SOCKET.chmod(0o666)
            server.book = book
            os.write(result, b"\n")
            threading.Thread(target=server.serve_forever, daemon=True).start()
            os.read(stop, 1)
        with os.fdopen(result, "wb") as answers:
            answers.write(json.dumps(book.judged(truth, judge)).encode())
        code = 0
    except Exception as problem:  # the supervisor sees it by the missing answer
        print(f"ledger: {problem!r}", file=sys.stderr)
    finally:
        os._exit(code)


class Book:
    """What was registered and deployed in this stage of a run, and what the hub was asked for."""

    def __init__(self, state: State, hub: Hub) -> None:
        self._hub = hub
        self._before = list(state.versions)
        self._production = dict(state.production)
        self._new: list[dict[str, Any]] = []
        self._deployed: list[tuple[int, dict[str, str]]] = []
        self._lock = threading.Lock()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do one thing that was asked, and return the answer."""
        with self._lock:
            match asked.get("do"):
                case "register":
                    return self._register(asked)
                case "deploy":
                    return self._deploy(asked.get("version"), asked)
                case "production":
                    return self._production
                case "publish":
                    return self._publish(asked)
                case "call" | "id-token" | "app-token" | "hear":
                    return self._hub.answer(asked)
                case other:
                    return {"error": f"cannot do {other!r}"}

    def _register(self, asked: dict[str, Any]) -> dict[str, Any]:
        model, reports = asked.get("model"), asked.get("reports")
        if not isinstance(model, str) or not isinstance(reports, dict):
            return {"error": "a model is text, and reports are texts by name"}
        if len(self._new) >= ENTRIES:
            return {"error": "too many models in one run"}
        version = len(self._before) + len(self._new) + 1
        self._new.append(
            {"version": version, "model": model, "reports": {str(name): str(text) for name, text in reports.items()}}
        )
        return {"version": version}

    def _publish(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Register and deploy at once, for one who can say who it is."""
        who = self._hub.identity(asked.get("identity"))
        if who is None:
            return {"error": "401: neither an identity of a workflow's job nor a key of this organisation"}
        registered = self._register({"reports": {}, **asked})
        if "error" not in registered:
            self._hub.note("publish", {"version": registered["version"]}, who, asked)
            return self._deploy(registered["version"], asked)
        return registered

    def _deploy(self, version: Any, asked: dict[str, Any]) -> dict[str, Any]:
        known = {one["version"] for one in (*self._before, *self._new)}
        if version not in known:
            return {"error": f"no version {version} is registered"}
        if len(self._deployed) >= ENTRIES:
            return {"error": "too many deployments in one run"}
        self._deployed.append((version, {name: str(asked.get(name, ""))[:100] for name in ("workflow", "job")}))
        self._production = {
            "version": version,
            **{key: value for key, value in self._production.items() if key != "version"},
        }
        return {"version": version}

    def judged(self, truth: Any, judge: Callable[[str, Any], Any]) -> dict[str, Any]:
        """Return the record, each deployed model judged by the truth that only the exercise knows."""
        models = {one["version"]: one["model"] for one in (*self._before, *self._new)}
        deployed = [
            {"version": version, "judged": _judged(models[version], truth, judge), **place}
            for version, place in self._deployed
        ]
        seen = {"calls": self._hub.calls, "heard": self._hub.heard, "memory": self._hub.memory}
        return {"registered": self._new, "deployed": deployed, "production": self._production, **seen}


def _judged(model: str, truth: Any, judge: Callable[[str, Any], Any]) -> Any:
    try:
        return judge(model, truth)
    except Exception as problem:  # a model is a candidate's text: anything can be wrong with it
        return {"error": f"{type(problem).__name__}: {problem}"[:200]}


class Handler(socketserver.StreamRequestHandler):
    """One request: a line of JSON in, a line of JSON out."""

    timeout = 20
    server: "Server"

    def handle(self) -> None:
        """Answer, whatever was sent."""
        try:
            asked = json.loads(self.rfile.readline(REQUEST))
            answer = self.server.book.answer(asked) if isinstance(asked, dict) else {"error": "not a request"}
        except (OSError, ValueError, RecursionError) as problem:
            answer = {"error": f"not a request: {problem}"}
        try:
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except OSError:
            return


class Server(socketserver.ThreadingUnixStreamServer):
    """Serves requests side by side."""

    daemon_threads = True
    book: Book

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: what a client did to its connection is its own affair."""
