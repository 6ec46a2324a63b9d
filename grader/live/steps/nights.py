"""Several nights at once: a Job is made for each, and then all end."""

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb
from grader.live.steps import finish, start, tell

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Nights(Verb):
    """Tell and start for each world, and one finish for all; not reached where nobody could be told.

    The worlds are such as give their Job a day: all others' would retrain for the newest.
    """

    name: ClassVar[str] = "nights"
    parts: ClassVar[tuple[ModuleType, ...]] = (tell, start, finish, *finish.Finish.parts)
    worlds: tuple[str, ...]
    cronjob: str
    within: float
    tries: int = 0

    def run(self, at: "Context") -> bool:
        """Play them."""
        told = all(tell.Tell(world).run(at) and start.Start(self.cronjob).run(at) for world in self.worlds)
        return told and finish.Finish(self.within, self.tries).run(at)
