"""Ask the API server for all that the workload's identity may do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live import questions
from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Rights(Verb):
    """What it holds beyond what everybody does; also of a workload that never got ready."""

    name: ClassVar[str] = "rights"
    always: ClassVar[bool] = True
    contained: ClassVar[bool] = False
    practised: ClassVar[bool] = False

    def run(self, at: "Context") -> bool:
        """Ask."""
        at.told["rights"] = questions.rights(at.run)
        return True
