"""The log: one JSON object a line on standard output."""

import json
import sys
import threading
import time

_line = threading.Lock()


def write(level: str, message: str, **fields: object) -> None:
    """Log one line; `level` is INFO, WARNING or ERROR."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    text = json.dumps({"time": stamp, "level": level, "message": message, **fields}, default=str)
    with _line:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
