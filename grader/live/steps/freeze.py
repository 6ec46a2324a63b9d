"""Make one server answer nothing any more, callers and probes alike, by the command that its image has for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.disturbance import disturb
from grader.live.step import Verb
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context

FREEZE = ["python3", "-m", "ranker.switch", "freeze"]


@dataclass(frozen=True)
class Freeze(Verb):
    """A ready server of the workload hangs for good; `noticed` waits for what comes of it.

    Not reached where none is ready, or its container does not take the command.
    """

    name: ClassVar[str] = "freeze"
    workload: str

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield that it names something else than the workload."""
        if self.workload != exercise.workload.name:
            yield f"freezes {self.workload}, but the workload is {exercise.workload.name}"

    def run(self, at: "Context") -> bool:
        """Try.

        Raises: EnvironmentBrokenError where the cluster does not bring the command there.
        """
        at.hung = disturb(at, FREEZE, "one server hangs")
        return at.hung is not None
