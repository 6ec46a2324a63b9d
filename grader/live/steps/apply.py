"""Apply the submission, or what of it has not come yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb, strange_jobs
from grader.live.trainings import Wave
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Apply(Verb):
    """Apply all, or of the Jobs these alone; what is there already is applied again, with other `switches`."""

    name: ClassVar[str] = "apply"
    contained: ClassVar[bool] = False
    switches: Mapping[str, str] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield Jobs that are none, and switches that nothing would read."""
        yield from strange_jobs(exercise, self.jobs)
        if self.switches and exercise.simulated:
            yield "switches take containers that run, and on simulated nodes none does"

    def run(self, at: "Context") -> bool:
        """Apply; what is refused is part of what was seen."""
        first = "applied" not in at.phases
        at.tell("applying" if first or not self.jobs else f"applying {', '.join(self.jobs)}")
        if first:
            at.mark("applying")
        at.come |= set(self.jobs) or {job.name for job in at.run.exercise.jobs}
        at.refused(at.ground.apply(at, self.switches, self.jobs))
        if first:
            at.mark("applied")
            at.ground.call(at)
        if at.trainings.heard:
            at.record("waves", Wave(at.now(), tuple(sorted(self.jobs))))
        return True
