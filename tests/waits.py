"""Waiting in tests for what comes about by itself."""

from collections.abc import Callable
from typing import Any

from harness.core.deadline import Deadline


def awaited(look: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Return what a look finds, once that is something.

    Raises: an error that names `what` where it is nothing for so many seconds.
    """
    deadline = Deadline(seconds, what)
    while not (found := look()):
        deadline.check("not seen")
        deadline.pause(0.2)
    return found
