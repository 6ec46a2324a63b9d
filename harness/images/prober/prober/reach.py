"""Say which places this pod can connect to: `python3 -m prober reach '[["host", 80], …]'`, answers in the same order.

Each answer is null where a TCP connection was made, else the reason why not.
"""

import json
import os
import socket

TIMEOUT = 2.0  # seconds; a policy that drops packets looks like silence


def attempt(host: str, port: int) -> str | None:
    """Return None where a connection comes about, else why not."""
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT):
            return None
    except OSError as problem:
        return str(problem) or type(problem).__name__


def tell(order: str) -> str:
    """Return the answers to an order, both as JSON."""
    os.environ["RES_OPTIONS"] = "timeout:1 attempts:2"  # read at the first look-up
    return json.dumps([attempt(host, port) for host, port in json.loads(order)])
