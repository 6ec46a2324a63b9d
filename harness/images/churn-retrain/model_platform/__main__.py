"""Run the platform: `python3 -m model_platform`, for Jobs on port 8080 and for its driver on a socket of its own."""

import json
import os
import signal
import socketserver
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from driver import SOCKET

from model_platform import worlds
from model_platform.ledger import Ledger

FOREVER = 3600.0
LARGEST = 1_000_000  # bytes of a request
Answer = tuple[HTTPStatus, dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    """Answers one request of a Job, or of the kubelet."""

    ledger: ClassVar[Ledger]
    server_version = "model-platform/1.0"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the ledger does."""

    def do_GET(self) -> None:
        """Hand something out, as it is once the answer has taken its time."""
        self._take_time()
        self._send(*self._given())

    def do_POST(self) -> None:
        """Take something."""
        try:
            length = min(int(self.headers.get("Content-Length", "0")), LARGEST)
            answer = self._taken(json.loads(self.rfile.read(length)))
        except (ValueError, TypeError, KeyError) as problem:
            answer = HTTPStatus.BAD_REQUEST, {"error": repr(problem)}
        self._take_time()
        self._send(*answer)

    def _given(self) -> Answer:
        ledger = self.ledger
        if self.path == "/healthz":
            return HTTPStatus.OK, {"ok": True}
        if self.path == "/day":
            return HTTPStatus.OK, {"day": ledger.day()}
        if self.path == "/holdout":
            return HTTPStatus.OK, {"csv": ledger.holdout()}
        if self.path == "/models/production":
            self._note("production")
            return HTTPStatus.OK, dict(ledger.production())
        if self.path.startswith("/batches/"):
            return self._batch(self.path.removeprefix("/batches/"))
        return HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"}

    def _take_time(self) -> None:
        time.sleep(self.ledger.delay(self.client_address[0]))

    def _batch(self, day: str) -> Answer:
        self._note("batch", day=day)
        if self.ledger.night_of(day).stuck:
            time.sleep(FOREVER)
        text = self.ledger.batch(day, self.client_address[0])
        if text is None:
            return HTTPStatus.NOT_FOUND, {"error": f"no batch of {day}"}
        return HTTPStatus.OK, {"csv": text}

    def _taken(self, body: dict[str, Any]) -> Answer:
        if self.path == "/models":
            return HTTPStatus.OK, {
                "version": self.ledger.register(str(body["day"]), body["model"], float(body["score"]))
            }
        if self.path == "/production":
            self.ledger.promote(int(body["version"]))
            return HTTPStatus.OK, {}
        if self.path == "/alerts":
            self.ledger.alert(str(body["day"]), str(body["kind"]), str(body["text"]))
            return HTTPStatus.OK, {}
        return HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"}

    def _note(self, call: str, **facts: object) -> None:
        self.ledger.note(call, pod=self.client_address[0], **facts)

    def _send(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Orders(socketserver.StreamRequestHandler):
    """Takes one word of the driver's: a world, or `ledger`."""

    ledger: ClassVar[Ledger]

    def handle(self) -> None:
        """Do it, and answer with one line of JSON."""
        word = self.rfile.readline().decode().strip()
        try:
            found = self.ledger.everything() if word == "ledger" else self.ledger.begin(word)
        except KeyError:
            found = {"error": f"there is no world {word!r}; there are {', '.join(worlds.WORLDS)}"}
        self.wfile.write(worlds.shown(found).encode() + b"\n")


class Driven(socketserver.ThreadingUnixStreamServer):
    """Listens to the driver alone: a socket in the pod's own files, which no other pod has."""

    daemon_threads = True


def main() -> None:
    """Serve until a signal."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    Handler.ledger = Orders.ledger = Ledger()
    port = int(os.environ.get("LISTEN_PORT", "8080"))
    jobs = ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104 - a pod's server listens on the pod's address
    jobs.daemon_threads = True
    for server in (jobs, Driven(SOCKET, Orders)):
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    signal.sigwait(signals)


if __name__ == "__main__":
    main()
    os._exit(0)  # requests in flight need not end
