"""One request on a connection of its own, and what came of it in one word."""

import http.client
import socket
import time
from dataclasses import dataclass

from prober.plan import Plan

LARGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What came back: a status and body, or an error; `ms` until then, `t` epoch seconds at the send."""

    t: float
    ms: float
    status: int | None = None
    body: bytes = b""
    server: str | None = None
    error: str | None = None


def infer(plan: Plan, body: bytes, token: str | None) -> Outcome:
    """Send one inference request; the name is resolved anew, and nothing is raised."""
    t, started = time.time(), time.monotonic()
    try:
        status, answer, server = _exchange(plan, body, token, started + plan.timeout)
        error = None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        status, answer, server, error = None, b"", None, name(problem)
    ms = round((time.monotonic() - started) * 1000, 1)
    return Outcome(t, ms, status, answer, server, error)


def _exchange(plan: Plan, body: bytes, token: str | None, deadline: float) -> tuple[int, bytes, str | None]:
    headers = {"Content-Type": "application/json", "Connection": "close"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection(plan.host, plan.port, timeout=_left(deadline))
    try:
        connection.connect()
        connection.sock.settimeout(_left(deadline))
        connection.request("POST", f"/v2/models/{plan.model}/infer", body, headers)
        response = connection.getresponse()
        connection_body = response.read(LARGEST_ANSWER)
        _left(deadline)  # a server that drips byte by byte is late, too
        return response.status, connection_body, response.headers.get("X-Server")
    finally:
        connection.close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def name(problem: Exception) -> str:
    """Return the word for an error: dns, refused, timeout, reset, or "other: " and what it says."""
    words: tuple[tuple[type[Exception], str], ...] = (
        (socket.gaierror, "dns"),
        (ConnectionRefusedError, "refused"),
        (TimeoutError, "timeout"),
        (ConnectionError, "reset"),
        (http.client.IncompleteRead, "reset"),
    )
    found = next((word for kind, word in words if isinstance(problem, kind)), None)
    return found or f"other: {type(problem).__name__}: {problem}"
