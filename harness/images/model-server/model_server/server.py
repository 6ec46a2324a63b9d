"""The HTTP side: one thread a connection, one request a connection, JSON both ways."""

import json
import select
import socket
import socketserver
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from model_server import VERSION, log
from model_server.errors import RequestError
from model_server.lifecycle import Lifecycle
from model_server.routes import Request, Service

LARGEST_BODY = 4 * 1024 * 1024
MOST_DISCARDED = 4 * LARGEST_BODY
SLOWEST_CLIENT = 30  # seconds
QUEUE = 128

Connection = socket.socket | tuple[bytes, socket.socket]  # as socketserver has it; always the former here
Address = tuple[str, int]


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens from the moment it is made; counts a connection as in flight from accept to close."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = QUEUE

    def __init__(self, address: tuple[str, int], service: Service, lifecycle: Lifecycle) -> None:
        self.service = service
        self.lifecycle = lifecycle
        self.hostname = socket.gethostname()
        super().__init__(address, Handler)

    def process_request(self, request: Connection, client_address: Address) -> None:
        """Count the connection before its thread starts, so that a stop waits for it."""
        self.lifecycle.begin()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Connection, client_address: Address) -> None:
        """Serve one connection in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.lifecycle.end()

    def handle_error(self, request: Connection, client_address: Address) -> None:  # noqa: ARG002
        """Log what went wrong with a connection in one line."""
        log.warning("connection failed", error=repr(sys.exc_info()[1]))

    def stop(self) -> None:
        """Stop accepting; connections that the kernel has accepted already are still served."""
        self.shutdown()
        self.timeout = 0
        for _ in range(QUEUE):
            if not select.select([self], [], [], 0)[0]:
                break
            self.handle_request()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Reads one request, lets the service answer it, writes JSON."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = f"model-server/{VERSION}"
    timeout = SLOWEST_CLIENT

    def version_string(self) -> str:
        """Return the Server header: this program, not its Python."""
        return self.server_version

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: failures are logged where they are answered."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server itself refuses (a malformed request, an unknown method) in JSON."""
        self._send(code, {"error": message or explain or HTTPStatus(code).phrase})

    def _answer(self) -> None:
        try:
            body = self._read()
            if not self._may_answer():
                return
            request = Request(self.command, self.path, self.headers.get("Authorization", ""), body)
            status, document = HTTPStatus.OK, self.server.service.answer(request)
        except RequestError as problem:
            status, document = HTTPStatus(problem.status), {"error": str(problem)}
        except OSError:
            raise
        except Exception as problem:  # noqa: BLE001 - the log gets the details, the client none
            log.error("request failed", path=self.path, error=repr(problem))
            status, document = HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "internal error"}
        self._send(status, document)

    def _read(self) -> bytes:
        """Read the body to its end: closing with unread bytes would reset the connection under the answer."""
        length = self.headers.get("Content-Length", "0" if self.command == "GET" else "")
        if not (length.isascii() and length.isdigit()):
            raise RequestError(HTTPStatus.LENGTH_REQUIRED, "a request with a body needs a Content-Length")
        size = int(length[:12])
        if size > LARGEST_BODY:
            self._discard(min(size, MOST_DISCARDED))
            message = f"the body has {size} bytes; at most {LARGEST_BODY} are taken"
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        return self.rfile.read(size)

    def _discard(self, size: int) -> None:
        while size > 0 and (read := len(self.rfile.read(min(size, 65536)))):
            size -= read

    def _may_answer(self) -> bool:
        """Tell whether to answer; a hung server waits here until its client hangs up or it must stop."""
        lifecycle = self.server.lifecycle
        while lifecycle.hung.is_set():
            if lifecycle.stopping.wait(0.1) or self._client_left():
                self.close_connection = True
                return False
        return True

    def _client_left(self) -> bool:
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        try:
            return bool(poll.poll(0)) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _send(self, status: int, document: dict[str, Any]) -> None:
        if status >= HTTPStatus.BAD_REQUEST:
            self._log_failure(status, document["error"])
        body = json.dumps(document).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.send_header("X-Server", self.server.hostname)
        if status == HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body)

    def _log_failure(self, status: int, problem: str) -> None:
        request = f"{self.command or '?'} {getattr(self, 'path', '?')}"
        log.warning("request refused", request=request, status=int(status), error=problem)
