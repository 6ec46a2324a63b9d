"""Have a Job made now of a CronJob's template, and go on while it works."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from grader.live import cronjobs
from grader.live.step import Verb
from grader.live.steps import tell
from harness.kube.kube import ApiRefusedError

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Started:
    """A Job that began: when, of which CronJob, who made it (hand or schedule), and why there is none, where there is none.

    `telling` is how many things had been told by then; see the step tell.
    """

    t: float
    cronjob: str
    namespace: str = ""
    job: str = ""
    by: str = "hand"
    env: Mapping[str, str] = field(default_factory=dict)
    telling: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class Start(Verb):
    """A Job of the CronJob's template is there, or is refused in the API server's words."""

    name: ClassVar[str] = "start"
    parts: ClassVar[tuple[ModuleType, ...]] = (cronjobs, tell)
    cronjob: str

    def run(self, at: "Context") -> bool:
        """Make it; it belongs to the CronJob as one of its own does."""
        began, found, number = at.now(), cronjobs.find(at, self.cronjob), len(at.told.get("tellings", []))
        if found is None:
            trouble = f"there is no CronJob {self.cronjob}"
            at.record("starts", Started(began, self.cronjob, telling=number, trouble=trouble))
            return True
        env = tell.env(at)
        job = cronjobs.job_of(found, env)
        name, namespace = job["metadata"]["name"], job["metadata"]["namespace"]
        at.tell(f"making {name} of CronJob {self.cronjob}")
        try:
            at.admin.create(job)
        except ApiRefusedError as problem:
            at.record("starts", Started(began, self.cronjob, telling=number, trouble=str(problem)))
            return True
        at.record("starts", Started(began, self.cronjob, namespace, name, env=env, telling=number))
        return True


def at_large(at: "Context") -> list[Started]:
    """Return the Jobs that began, and whose end no step has taken down yet."""
    over = {ended["job"] for ended in at.told.get("ends", [])}
    return [
        Started(**started) for started in at.told.get("starts", []) if started["job"] and started["job"] not in over
    ]
