"""Wait until the workload has at least so many ready pods, whoever scaled it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class ScaledOut:
    """Since `t`, at least so many were to be ready: reached or late when, and how many were at the end."""

    t: float
    least: int
    within: float
    over: float | None
    late: float | None
    ready: int


@dataclass(frozen=True)
class Scaled(Verb):
    """At least so many pods of the workload are ready within so many seconds."""

    name: ClassVar[str] = "scaled"
    least: int
    within: float

    def run(self, at: "Context") -> bool:
        """Wait; what is late is waited for as long as a stall of the machine explains."""
        at.tell(f"waiting up to {self.within:g} s for {self.least} ready pods")
        began = at.now()
        over, late = at.came(lambda: _ready(at) >= self.least, began, self.within)
        at.record("scaled", ScaledOut(began, self.least, self.within, over, late, _ready(at)))
        if over is None:
            at.missed(f"{_ready(at)} pods are ready, of {self.least}")
        return over is not None


def _ready(at: "Context") -> int:
    return sum(bool(snap["ready"]) for snap in at.watch.own_pods())
