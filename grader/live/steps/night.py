"""One night: the workload's image is told what it is like, a Job is made of the CronJob's template, and ends."""

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb
from grader.live.steps import finish, start, tell

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Night(Verb):
    """The steps tell, start and finish in one; not reached where nobody could be told."""

    name: ClassVar[str] = "night"
    parts: ClassVar[tuple[ModuleType, ...]] = (tell, start, finish, *finish.Finish.parts)
    world: str
    cronjob: str
    within: float
    tries: int = 0

    def run(self, at: "Context") -> bool:
        """Play it."""
        told = tell.Tell(self.world).run(at)
        return told and start.Start(self.cronjob).run(at) and finish.Finish(self.within, self.tries).run(at)
