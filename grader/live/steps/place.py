"""Wait until the scheduler has placed each pod that has to be there; whether it runs is simulated."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live import placed
from grader.live.step import Verb
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Place(Verb):
    """Every workload has its pods, and each of them a node, within so many seconds of applying."""

    name: ClassVar[str] = "place"
    contained: ClassVar[bool] = False
    practised: ClassVar[bool] = False
    within: float

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield that pods run here, so that more can be asked of them."""
        if not exercise.simulated:
            yield "place is for simulated nodes; elsewhere wait for ready, or for complete"

    def run(self, at: "Context") -> bool:
        """Wait; what is late is waited for as long as a stall of the machine explains."""
        at.tell(f"waiting up to {self.within:g} s for the pods to be placed")
        all_placed = lambda: placed.all_placed(at.run, at.watch.own_pods())  # noqa: E731 - one condition, waited for twice
        in_time = at.wait(all_placed, self.within)
        if in_time:
            at.mark("placed")
        at.told["placed"] = placed.pods(at.run, at.watch.own_pods())
        there = sum(bool(pod["node"]) for pod in at.told["placed"])
        at.tell(f"{there} of {sum(placed.wanted(at.run.exercise).values())} pods are placed")
        if not in_time:
            at.late("placed", at.phases["applied"], all_placed)
        return in_time
