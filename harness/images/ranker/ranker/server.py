"""The HTTP side: one thread a connection, one request a connection, JSON both ways.

Paths and documents: Open Inference Protocol v2, HTTP/REST (kserve/open-inference-protocol).
"""

import json
import select
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ranker import MODEL, VERSION, log
from ranker.model import Model, RequestError

REPORT_SECONDS = 12.0  # a ranking of the whole catalogue: it waits for the catalogue's store most of the time
LONGEST_DRAIN = 600.0
LARGEST_BODY = 1024 * 1024
QUEUE = 128


class Server(ThreadingHTTPServer):
    """Listens from the moment it is made; has a `model` once that is loaded. `draining`: it is on its way out."""

    daemon_threads = True
    request_queue_size = QUEUE

    def __init__(self, port: int) -> None:
        self.model: Model | None = None
        self.draining = False
        self.frozen = False  # answers nothing any more, and waits for its answers when it has to stop
        self.busy_until = 0.0  # until when health probes wait, by the monotonic clock
        self.hostname = socket.gethostname()
        self._open = 0
        self._changed = threading.Condition()
        super().__init__(("0.0.0.0", port), Handler)  # noqa: S104 - a pod's server listens on the pod's address

    @property
    def ready(self) -> bool:
        """Whether it wants requests."""
        return self.model is not None and not self.draining

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        """Count the connection before its thread starts, so that a stop waits for it."""
        with self._changed:
            self._open += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        """Serve one connection in its thread."""
        self.stay_frozen()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def stay_frozen(self) -> None:
        """Come back at once, or never."""
        if self.frozen:
            threading.Event().wait()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        """Say nothing of a caller that hung up."""

    def finish(self) -> None:
        """Stop accepting, serve what the kernel has accepted, and wait for the answers in progress, however long."""
        self.shutdown()
        self.timeout = 0
        for _ in range(QUEUE):
            if not select.select([self], [], [], 0)[0]:
                break
            self.handle_request()
        self.socket.close()
        with self._changed:
            self._changed.wait_for(lambda: self._open == 0)


class Handler(BaseHTTPRequestHandler):
    """Reads one request and writes JSON."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30.0

    def version_string(self) -> str:
        """Return the Server header: this program, not its Python."""
        return f"ranker/{VERSION}"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: there are many."""

    def do_GET(self) -> None:
        """Answer the kubelet, or whoever has the server drained."""
        url = urlsplit(self.path)
        if url.path == "/drain":
            self._drain(url.query)
            return
        wait = self.server.busy_until - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        if url.path == "/v2/health/live":
            self._send(HTTPStatus.OK, {"live": True})
        elif url.path in ("/v2/health/ready", f"/v2/models/{MODEL}/ready"):
            ready = self.server.ready
            self._send(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, {"ready": ready})
        else:
            self._send(HTTPStatus.NOT_FOUND, {"error": f"no such path: {url.path}"})

    def do_POST(self) -> None:
        """Answer a caller."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY))
        model = self.server.model
        if self.path != f"/v2/models/{MODEL}/infer":
            self._send(HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"})
        elif model is None:
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the model is not loaded yet"})
        else:
            self._rank(model, body)

    def _rank(self, model: Model, body: bytes) -> None:
        try:
            document = json.loads(body)
            answer = model.rank(document)
            if document.get("parameters", {}).get("catalogue") == "full":
                time.sleep(REPORT_SECONDS)
        except (ValueError, RecursionError, AttributeError, RequestError) as problem:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(problem)})
        else:
            self._send(HTTPStatus.OK, answer)

    def _drain(self, query: str) -> None:
        try:
            seconds = float(parse_qs(query).get("seconds", ["0"])[0])
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= LONGEST_DRAIN:
            self._send(HTTPStatus.BAD_REQUEST, {"error": f"seconds has to be a number from 0 to {LONGEST_DRAIN:g}"})
            return
        self.server.draining = True
        log.write("draining", seconds=seconds)
        time.sleep(seconds)
        self._send(HTTPStatus.OK, {"drained": True})

    def _send(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        self.server.stay_frozen()
        body = json.dumps(document).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.send_header("X-Server", self.server.hostname)
        self.end_headers()
        self.wfile.write(body)
