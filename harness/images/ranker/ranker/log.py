"""The log: one JSON object a line on standard output."""

import json
import sys
import threading
import time

_line = threading.Lock()


def write(message: str, **fields: object) -> None:
    """Log what the server does."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    text = json.dumps({"time": stamp, "message": message, **fields}, default=str)
    with _line:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
