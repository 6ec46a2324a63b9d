"""Try connections from a pod of the workload."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live import questions
from grader.live.step import Verb
from grader.live.workload import ASKED_WITHIN, await_ready_pod, ready_pod

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Reach(Verb):
    """A container of ours in a ready pod of the workload tries the places of the exercise's `reach`."""

    name: ClassVar[str] = "reach"
    practised: ClassVar[bool] = False

    def run(self, at: "Context") -> bool:
        """Ask; where no server is ready any more, nothing is told."""
        await_ready_pod(at)
        at.wait(lambda: questions.decoys_up(at.run), ASKED_WITHIN)
        if (asked := ready_pod(at)) is not None:
            at.told["reach"] = questions.reach(at.run, asked["name"])
        return True
