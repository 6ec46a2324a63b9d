"""Wait until a server that was disturbed is replaced, and everything answers again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb
from grader.live.workload import all_ready
from harness.exercises.scenarios import RECOVER_WITHIN

if TYPE_CHECKING:
    from grader.live.context import Context

STEADY_ANSWERS = 8  # right answers in a row, at four a second, that show a service has recovered


@dataclass(frozen=True)
class Recover(Verb):
    """A restart or a replacement, all replicas ready and right answers in a row, within so many seconds of the disturbance."""

    name: ClassVar[str] = "recover"
    within: float = RECOVER_WITHIN

    def run(self, at: "Context") -> bool:
        """Wait; what is late is waited for as long as a stall of the machine explains."""
        if "disturbed" not in at.phases:
            return False
        left = at.phases["disturbed"] + self.within - at.now()
        at.tell(f"waiting up to {max(0.0, left):.0f} s for its replacement")
        if at.wait(lambda: _recovered(at), left):
            at.mark("recovered")
            at.tell(f"recovered after {at.phases['recovered'] - at.phases['disturbed']:.1f} s")
            return True
        at.missed("not recovered in time")
        at.late("recovered", at.phases["disturbed"], lambda: _recovered(at))
        return False


def _recovered(at: "Context") -> bool:
    """Return whether all serve again; a server that hung has to be gone besides."""
    hung = at.hung
    now = hung and at.watch.latest.get(hung["uid"])
    replaced = hung is None or now is None or now["deleting"] or now["restarts"] > hung["restarts"]
    answers = [record for record in at.watch.probes if record["kind"] == "predict"][-STEADY_ANSWERS:]
    right = len(answers) == STEADY_ANSWERS and all(
        answer["correct"] and answer["t"] > at.phases["disturbed"] for answer in answers
    )
    return bool(replaced and right and all_ready(at))
