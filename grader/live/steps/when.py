"""Wait until a training has told of an epoch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb, strange_jobs
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class When(Verb):
    """A Job has told of so many epochs as done, by the deadline of all Jobs. Not reached where it has ended without."""

    name: ClassVar[str] = "when"
    job: str
    epochs: int

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield a Job that is none."""
        yield from strange_jobs(exercise, [self.job])

    def run(self, at: "Context") -> bool:
        """Listen; where the machine stalled, for as much longer as that explains."""
        trainings = at.trainings
        trainings.awaited = self.job
        over = lambda: self._told(at) or trainings.stuck()  # noqa: E731 - one condition, waited for twice
        if not trainings.in_time(over):
            at.health.late(at.phases["applied"], trainings.looking(over), trainings.due)
        if self._told(at):
            trainings.awaited = ""
            return True
        return False

    def _told(self, at: "Context") -> bool:
        return at.trainings.last_epoch(self.job) >= self.epochs
