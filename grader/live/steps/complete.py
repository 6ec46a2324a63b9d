"""Wait until each Job that came has ended; one that never will is waited for until the deadline."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Complete(Verb):
    """All Jobs of the scenario are complete within so many seconds of applying; what they came to is told in any case."""

    name: ClassVar[str] = "complete"
    always: ClassVar[bool] = True
    within: float

    def run(self, at: "Context") -> bool:
        """Wait; what is late is waited for as long as a stall of the machine explains."""
        at.tell(f"waiting up to {self.within:g} s for the Jobs to complete")
        trainings = at.trainings
        if trainings.in_time(trainings.over):
            trainings.take_down()
        else:
            at.late("completed", at.phases["applied"], trainings.looking(trainings.over), trainings.due)
        return "completed" in at.phases
