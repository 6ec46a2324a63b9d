"""Ask the API server what the workload's identity may do, one permission after the other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live import questions
from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Access(Verb):
    """The permissions of the exercise's `access`; also of a workload that never got ready."""

    name: ClassVar[str] = "access"
    always: ClassVar[bool] = True
    contained: ClassVar[bool] = False
    practised: ClassVar[bool] = False

    def run(self, at: "Context") -> bool:
        """Ask."""
        at.told["access"] = questions.access(at.run)
        return True
