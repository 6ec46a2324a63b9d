"""Change what the prober sends: inputs from another part of their ranges."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live import orders
from grader.live.step import Verb
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Shifted:
    """Inputs from this part of their ranges since then."""

    t: float
    low: float
    high: float


@dataclass(frozen=True)
class Shift(Verb):
    """Each feature is drawn from this part of its range from then on: 0 to 1 is all of it, 0.8 to 1 its upper fifth, 1 to 2 beyond it."""

    name: ClassVar[str] = "shift"
    low: float
    high: float

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield a range that is none, or inputs that have none."""
        if not self.low < self.high:
            yield f"shift wants low below high, not {self.low:g} and {self.high:g}"
        if exercise.traffic is None or exercise.traffic.dataset or exercise.traffic.caller:
            yield "shift wants traffic whose inputs have ranges: the prober's, without a dataset"

    def run(self, at: "Context") -> bool:
        """Give the order."""
        at.tell(f"inputs from {self.low:g} to {self.high:g} of their ranges from now on")
        at.record("shifts", Shifted(orders.give(at, low=self.low, high=self.high), self.low, self.high))
        return True
