"""Wait until the workload is ready, and has been so for a while."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.health import GRACE
from grader.live.stalls import SETTLE
from grader.live.step import Verb
from grader.live.workload import Settling

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Ready(Verb):
    """All replicas of the latest template are ready within so many seconds of applying, and stay so without a restart."""

    name: ClassVar[str] = "ready"
    within: float

    def run(self, at: "Context") -> bool:
        """Wait; what is late is waited for as long as a stall of the machine explains."""
        at.tell(f"waiting up to {self.within:g} s for readiness")
        settling = Settling(at, at.phases["applied"] + self.within)
        if at.wait(settling.over, self.within + SETTLE + GRACE):
            at.mark("settled")
            at.tell(f"ready after {at.phases['ready'] - at.phases['applied']:.1f} s")
            return True
        at.missed("not ready in time")
        settling.due = math.inf
        at.late("ready", at.phases["applied"], settling.over)
        at.phases.pop("ready", None)
        return False
