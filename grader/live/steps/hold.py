"""Leave the workload alone for a while."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Hold(Verb):
    """Nothing is touched for so many seconds, in which the machine's stalls do not count."""

    name: ClassVar[str] = "hold"
    seconds: float

    def run(self, at: "Context") -> bool:
        """Watch."""
        at.tell(f"holding for {self.seconds:g} s")
        if trouble := at.health.hold(self.seconds, at.tell):
            at.broke(trouble)
        at.mark("held")
        return True
