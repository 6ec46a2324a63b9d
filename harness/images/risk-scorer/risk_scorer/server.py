"""The HTTP side: health for the kubelet, scores for callers.

Paths and documents: Open Inference Protocol v2, HTTP/REST (kserve/open-inference-protocol).
"""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from risk_scorer import VERSION, log
from risk_scorer.features import Client, FeaturesError

MODEL = "credit-risk"
LARGEST_BODY = 65536
MOST_APPLICANTS = 16


class Server(ThreadingHTTPServer):
    """Listens at once; is ready when `ready` is set."""

    daemon_threads = True

    def __init__(self, port: int, client: Client) -> None:
        self.client = client
        self.ready = threading.Event()
        super().__init__(("0.0.0.0", port), Handler)  # noqa: S104 - a pod's server listens on the pod's address


class Handler(BaseHTTPRequestHandler):
    """Reads one request and writes JSON."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 5.0

    def version_string(self) -> str:
        """Return the Server header: this program, not its Python."""
        return f"risk-scorer/{VERSION}"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: failures are logged where they are answered."""

    def do_GET(self) -> None:
        """Answer the kubelet."""
        if self.path == "/v2/health/live":
            self._send(HTTPStatus.OK, {"live": True})
        elif self.path in ("/v2/health/ready", f"/v2/models/{MODEL}/ready"):
            ready = self.server.ready.is_set()
            self._send(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, {"ready": ready})
        else:
            self._send(HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"})

    def do_POST(self) -> None:
        """Answer a caller."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY))
        if self.path != f"/v2/models/{MODEL}/infer":
            self._send(HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"})
            return
        try:
            risks = [self.server.client.risk(applicant) for applicant in _applicants(body)]
        except ValueError as problem:
            self._send(HTTPStatus.BAD_REQUEST, {"error": str(problem)})
        except FeaturesError as problem:
            log.write("WARNING", "no score", error=str(problem))
            self._send(HTTPStatus.BAD_GATEWAY, {"error": "the feature store gave no features"})
        else:
            tensor = {"name": "risk", "datatype": "FP32", "shape": [len(risks)], "data": risks}
            self._send(HTTPStatus.OK, {"model_name": MODEL, "model_version": VERSION, "outputs": [tensor]})

    def _send(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _applicants(body: bytes) -> list[str]:
    """Return the applicants of an inference request.

    Raises: ValueError that says what is wanted.
    """
    try:
        data = next(tensor["data"] for tensor in json.loads(body)["inputs"] if tensor["name"] == "applicant")
        usable = 0 < len(data) <= MOST_APPLICANTS and all(isinstance(one, str) for one in data)
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration, RecursionError):
        usable = False
    if not usable:
        raise ValueError(f"the request needs an input tensor 'applicant' of 1 to {MOST_APPLICANTS} texts")
    return list(data)
