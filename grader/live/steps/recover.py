"""Wait until a server that was made to hang is replaced, and everything answers again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb
from grader.live.workload import all_ready
from harness.scenarios import RECOVER_WITHIN

if TYPE_CHECKING:
    from grader.live.context import Context, Snapshot

STEADY_ANSWERS = 8  # right answers in a row, at four a second, that show a service has recovered


@dataclass(frozen=True)
class Recover(Verb):
    """A restart or a replacement, all replicas ready and right answers in a row, within so many seconds of the disturbance."""

    name: ClassVar[str] = "recover"
    within: float = RECOVER_WITHIN

    def run(self, at: "Context") -> bool:
        """Wait; what is late is waited for as long as a stall of the machine explains."""
        if (victim := at.disturbed) is None:
            return False
        at.tell(f"waiting up to {self.within:g} s for its replacement")
        if at.wait(lambda: _recovered(at, victim), self.within):
            at.mark("recovered")
            at.tell(f"recovered after {at.phases['recovered'] - at.phases['disturbed']:.1f} s")
            return True
        at.missed("not recovered in time")
        at.late("recovered", at.phases["disturbed"], lambda: _recovered(at, victim))
        return False


def _recovered(at: "Context", victim: "Snapshot") -> bool:
    now = at.watch.latest.get(victim["uid"])
    replaced = now is None or now["deleting"] or now["restarts"] > victim["restarts"]
    answers = [record for record in at.watch.probes if record["kind"] == "predict"][-STEADY_ANSWERS:]
    right = len(answers) == STEADY_ANSWERS and all(
        answer["correct"] and answer["t"] > at.phases["disturbed"] for answer in answers
    )
    return bool(replaced and right and all_ready(at))
