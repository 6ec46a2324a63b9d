"""The log: one JSON object a line on standard output."""

import json
import sys
import threading
import time

_line = threading.Lock()


def info(message: str, **fields: object) -> None:
    """Log what the server does."""
    _write("INFO", message, fields)


def warning(message: str, **fields: object) -> None:
    """Log what the server goes on with, and somebody should know."""
    _write("WARNING", message, fields)


def error(message: str, **fields: object) -> None:
    """Log what ends the server, or a request it should have answered."""
    _write("ERROR", message, fields)


def _write(level: str, message: str, fields: dict[str, object]) -> None:
    now = time.time()
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
    text = json.dumps({"time": stamp, "level": level, "message": message, **fields}, default=str)
    with _line:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
