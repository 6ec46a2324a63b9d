"""What changes while the prober runs: an order that `python3 -m prober order JSON` leaves, and the beat follows.

It lies in the container's shared memory, which is writable whatever the root file system is, and which no other pod sees.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

MOST_RPS = 50.0  # for which there are threads


class OrderError(Exception):
    """An order cannot be followed."""


@dataclass(frozen=True)
class Order:
    """How many requests to send a second (None: as planned), and from which part of each input's range, 0 to 1 being all of it."""

    rps: float | None = None
    low: float = 0.0
    high: float = 1.0


def place() -> Path:
    """Return where the order lies."""
    return Path(os.environ.get("PROBER_ORDER", "/dev/shm/prober-order.json"))  # noqa: S108 - seen by this container alone


def leave(text: str) -> None:
    """Leave an order; what it does not name stays as it is.

    Raises: OrderError.
    """
    try:
        order = replace(_read(), **json.loads(text))
        fits = (order.rps is None or 1 <= order.rps <= MOST_RPS) and 0 <= order.low < order.high
    except (ValueError, TypeError) as problem:
        raise OrderError(f"the order cannot be read: {problem!r}") from problem
    if not fits:
        raise OrderError(f"the order needs 1 to {MOST_RPS:g} requests a second, and low below high")
    part = place().with_suffix(".part")
    part.write_text(json.dumps(asdict(order)))
    part.rename(place())


def _read() -> Order:
    try:
        fields: dict[str, Any] = json.loads(place().read_text())
    except FileNotFoundError:
        return Order()
    return Order(**fields)


class Orders:
    """The orders that come while the prober runs."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None

    def newest(self) -> Order | None:
        """Return the order, if it is another than the last time."""
        try:
            found = place().stat()
        except FileNotFoundError:
            return None
        if (found.st_ino, found.st_mtime_ns) == self._seen:
            return None
        self._seen = (found.st_ino, found.st_mtime_ns)
        return _read()
