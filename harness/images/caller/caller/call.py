"""One request on a connection of its own, and what came of it in one word."""

import asyncio
import time
from dataclasses import dataclass

LARGEST_ANSWER = 65536


@dataclass(frozen=True)
class Outcome:
    """What came back: a status and a body, or an error; `ms` until then, `t` epoch seconds at the send."""

    t: float
    ms: float
    status: int | None = None
    body: bytes = b""
    server: str = ""
    error: str | None = None


async def post(address: str, port: int, host: str, path: str, body: bytes, timeout: float) -> Outcome:  # noqa: ASYNC109, PLR0917
    """Send one request; nothing is raised."""
    t, started = time.time(), time.monotonic()
    try:
        async with asyncio.timeout(timeout):
            status, server, answer = await _exchange(address, port, host, path, body)
        error = None
    except TimeoutError:
        status, server, answer, error = None, "", b"", "timeout"
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as problem:
        status, server, answer, error = None, "", b"", name(problem)
    return Outcome(t, round((time.monotonic() - started) * 1000, 1), status, answer, server, error)


async def _exchange(address: str, port: int, host: str, path: str, body: bytes) -> tuple[int, str, bytes]:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:])}
        length = min(int(headers.get("content-length", "0")), LARGEST_ANSWER)
        return int(lines[0].split()[1]), headers.get("x-server", ""), await reader.readexactly(length)
    finally:
        writer.close()


def name(problem: Exception) -> str:
    """Return the word for an error: refused, reset, unreachable, or "other: " and what it says."""
    if isinstance(problem, ConnectionRefusedError):
        return "refused"
    if isinstance(problem, (ConnectionError, asyncio.IncompleteReadError)):
        return "reset"
    if isinstance(problem, OSError):
        return "unreachable"
    return f"other: {type(problem).__name__}: {problem}"
