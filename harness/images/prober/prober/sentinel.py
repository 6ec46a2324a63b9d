"""A server that is up at once and does nothing: when it is late, the cluster is."""

import json
import socketserver
from http.server import BaseHTTPRequestHandler

PORT = 8080


class Handler(BaseHTTPRequestHandler):
    """Answers each GET and POST with 200."""

    def do_POST(self) -> None:
        """Answer, once the body is read."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_GET(self) -> None:
        """Answer."""
        body = json.dumps({"ok": True}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens on every address."""

    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a caller that hung up: the log holds records alone."""


def serve(port: int = PORT) -> None:
    """Serve until the process ends."""
    with Server(("0.0.0.0", port), Handler) as server:  # noqa: S104 - a pod's server listens on the pod's address
        server.serve_forever()
