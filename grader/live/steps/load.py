"""Have the prober, or who calls in its place, send so many requests a second from now on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live import orders
from grader.live.step import Verb
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context

LEAST, MOST = (
    1,
    50,
)  # requests a second: a slower beat would look like a stall, and the prober has no threads for a faster one
MOST_CALLS = 200  # of an image that calls in its place: beyond that it would take a processor of its own


@dataclass(frozen=True)
class Loaded:
    """So many requests a second since then."""

    t: float
    rps: float


@dataclass(frozen=True)
class Load(Verb):
    """So many requests a second from then on, in place of four; those without a token, and to our own server, stay as many."""

    name: ClassVar[str] = "load"
    rps: float

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield a load that is too small or too large, or that nobody could send."""
        traffic = exercise.traffic
        most = MOST_CALLS if traffic and traffic.caller else MOST
        if not LEAST <= self.rps <= most:
            yield f"load takes {LEAST} to {most} requests a second, not {self.rps:g}"
        if traffic is None:
            yield "load wants traffic, and the exercise has none"

    def run(self, at: "Context") -> bool:
        """Give the order."""
        at.tell(f"{self.rps:g} requests a second from now on")
        at.record("loads", Loaded(orders.give(at, rps=self.rps), self.rps))
        return True
