"""Make one server stop answering, by the command that the kit's model servers have for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.disturbance import disturb
from grader.live.step import Verb
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context

HANG = ["python3", "-m", "model_server.switch", "hang"]


@dataclass(frozen=True)
class Hang(Verb):
    """A ready server of the workload hangs. Not reached where none is ready, or its container does not take the command."""

    name: ClassVar[str] = "hang"
    workload: str

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield that it names something else than the workload, or that nobody calls to see it recover."""
        if self.workload != exercise.workload.name:
            yield f"hangs {self.workload}, but the workload is {exercise.workload.name}"
        if exercise.traffic is None:
            yield "hangs a server, but without traffic nobody sees it recover"

    def run(self, at: "Context") -> bool:
        """Try.

        Raises: EnvironmentBrokenError where the cluster does not bring the command there.
        """
        at.hung = disturb(at, HANG, "one server hangs")
        return at.hung is not None
