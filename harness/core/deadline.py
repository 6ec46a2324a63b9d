"""Waiting that ends: a monotonic deadline that tells what was last seen."""

import time

from harness.core.errors import EnvironmentBrokenError


class Deadline:
    """So many seconds for one thing to happen."""

    def __init__(self, seconds: float, what: str) -> None:
        self.seconds = seconds
        self.what = what
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self, seen: str) -> None:
        """Go on while there is time.

        Raises: EnvironmentBrokenError when the time is up, with what was last seen.
        """
        if self.left <= 0:
            raise EnvironmentBrokenError(f"waited {self.seconds:g} s for {self.what}; last seen: {seen}")

    def pause(self, seconds: float) -> None:
        """Wait a little, never beyond the deadline."""
        time.sleep(min(seconds, self.left))
