"""Evict a Job's running pod as a drained node would."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live import evictions
from grader.live.step import Verb, strange_jobs
from grader.live.trainings import Wave
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context

EVICTIONS = 10  # times that an eviction is tried, one second apart, while the API server asks to try it again
GRACE = 1  # seconds that an evicted pod is given; a training has to end at once


@dataclass(frozen=True)
class Evict(Verb):
    """One pod of a Job goes, or is refused in the API server's words; nothing where none runs."""

    name: ClassVar[str] = "evict"
    job: str

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield a Job that is none."""
        yield from strange_jobs(exercise, [self.job])

    def run(self, at: "Context") -> bool:
        """Ask."""
        began, found = at.now(), at.trainings.pods(self.job)
        pod = next((snap for snap in found if snap["phase"] == "Running" and not snap["deleting"]), None)
        if pod is None:
            at.record("waves", Wave(began))
            return True
        at.tell(f"evicting a pod of {self.job}")
        answer = evictions.Answer()
        for _ in range(EVICTIONS):
            answer = evictions.evict(at.admin, at.trainings.namespace(self.job), pod["name"], GRACE)
            if not answer.again:
                break
            at.pause(1.0)
        at.record("waves", Wave(began, evicted=str(pod["name"]) if answer.granted else "", refused=answer.refused))
        return True
