"""What to call, and how many times a second: a plan from the start on, and orders that come while it is followed.

An order lies in the container's shared memory, which is writable whatever the root file system is.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

MOST_RPS = 200.0


class PlanError(Exception):
    """A plan or an order cannot be followed: what is wrong with it."""


@dataclass(frozen=True)
class Plan:
    """Where to call, and a server of ours that is called beside it, as host and port; seconds between calls and in all."""

    host: str
    port: int
    model: str
    interval: float
    duration: float
    control: tuple[str, int]


def parse(text: str) -> Plan:
    """Return the plan that a JSON text holds.

    Raises: PlanError.
    """
    try:
        fields = json.loads(text)
        url, control = urlsplit(fields["url"]), urlsplit(fields["control"])
        seconds = [float(fields[name]) for name in ("interval", "duration")]
        found = Plan(str(url.hostname), url.port or 80, str(fields["model"]), *seconds,
                     (str(control.hostname), control.port or 80))  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise PlanError(f"the plan cannot be read: {problem!r}") from problem
    if url.scheme != "http" or not url.hostname or not control.hostname or min(seconds) <= 0:
        raise PlanError("the plan needs two http urls, and an interval and a duration above 0")
    return found


def place() -> Path:
    """Return where an order lies."""
    return Path(os.environ.get("CALLER_ORDER", "/dev/shm/caller-order.json"))  # noqa: S108 - seen by this container alone


def leave(text: str) -> None:
    """Leave an order: `{"rps": 20}`.

    Raises: PlanError.
    """
    try:
        rps = float(json.loads(text)["rps"])
    except (ValueError, TypeError, KeyError) as problem:
        raise PlanError(f"the order cannot be read: {problem!r}") from problem
    if not 1 <= rps <= MOST_RPS:
        raise PlanError(f"an order is for 1 to {MOST_RPS:g} requests a second")
    part = place().with_suffix(".part")
    part.write_text(json.dumps({"rps": rps}))
    part.rename(place())


class Orders:
    """The orders that come."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None

    def newest(self) -> float | None:
        """Return how many requests a second are ordered, if that is another order than the last time."""
        try:
            found = place().stat()
        except FileNotFoundError:
            return None
        if (found.st_ino, found.st_mtime_ns) == self._seen:
            return None
        self._seen = (found.st_ino, found.st_mtime_ns)
        return float(json.loads(place().read_text())["rps"])
