"""Run the store: `python3 -m feature_store`, its token, clients and dataset in FEATURE_STORE_*."""

import hashlib
import hmac
import json
import os
import signal
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

PREFIX = "/v1/features/"
COUNT = 4


def features(dataset: str, applicant: str) -> list[float]:
    """Return an applicant's features, each from 0 to 1: made up, and the same for the same dataset."""
    digest = hmac.digest(dataset.encode(), applicant.encode(), hashlib.sha256)
    return [int.from_bytes(digest[4 * index : 4 * index + 4]) / 2**32 for index in range(COUNT)]


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    server_version = "feature-store/1.0"
    timeout = 5.0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer the kubelet, or a client that presents what it was given."""
        status, document = self._answer()
        body = json.dumps(document).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[HTTPStatus, dict[str, Any]]:
        if self.path == "/healthz":
            return HTTPStatus.OK, {"ok": True}
        wanted = f"Bearer {os.environ['FEATURE_STORE_TOKEN']}".encode()
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode("latin-1", "replace"), wanted):
            return HTTPStatus.UNAUTHORIZED, {"error": "wrong token; tokens issued before the rotation are void"}
        client = self.headers.get("X-Client-Id", "")
        if client not in os.environ["FEATURE_STORE_CLIENTS"].split(","):
            return HTTPStatus.FORBIDDEN, {"error": f"client {client!r} is not registered"}
        if not self.path.startswith(PREFIX):
            return HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"}
        applicant = unquote(self.path.removeprefix(PREFIX))
        found = features(os.environ["FEATURE_STORE_DATASET"], applicant)
        return HTTPStatus.OK, {"applicant": applicant, "features": found}


def main() -> int:
    """Serve until a signal; return 1 where a setting is missing."""
    missing = [name for name in ("TOKEN", "CLIENTS", "DATASET") if not os.environ.get(f"FEATURE_STORE_{name}")]
    if missing:
        sys.stderr.write(f"FEATURE_STORE_{missing[0]} is not set\n")
        return 1
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    port = int(os.environ.get("STORE_LISTEN", "8080"))
    server = ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104 - a pod's server listens on the pod's address
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    signal.sigwait(signals)
    return 0


if __name__ == "__main__":
    status = main()
    os._exit(status)  # requests in flight need not end
