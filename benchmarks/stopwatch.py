"""Time calls: medians of several runs, and of two things run in turn."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """How long each run of one thing took, in seconds, in the order of the runs."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the runs, in seconds."""
        return statistics.median(self.runs)

    def __str__(self) -> str:
        return f"{self.median:.3g} s ({min(self.runs):.3g} to {max(self.runs):.3g}, {len(self.runs)} runs)"


def seconds(call: Callable[[], object]) -> float:
    """Return how long one call takes, in seconds."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def alternating(
    rounds: int,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    after_each: Callable[[], object] = lambda: None,
) -> tuple[Times, Times]:
    """Time two calls in turn, changing which goes first from round to round; `after_each` is not timed."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        turns = [(ours, spent[0]), (theirs, spent[1])]
        for call, runs in turns if number % 2 == 0 else turns[::-1]:
            try:
                runs.append(seconds(call))
            finally:
                after_each()
    return Times(tuple(spent[0])), Times(tuple(spent[1]))
