"""Have a Job made now of a CronJob's template, as `kubectl create job --from` does, and wait until it has ended."""

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from grader.live import cronjobs, jobs
from grader.live.step import Verb
from harness.kube.kube import ApiRefusedError, Ref

if TYPE_CHECKING:
    from grader.live.context import Context

LINES = 50  # of its log that are kept


@dataclass(frozen=True)
class Triggered:
    """A CronJob's Job: made when, ended when and how (Complete, Failed or ''), and what it and the API server said."""

    t: float
    cronjob: str
    job: str = ""
    end: str = ""
    over: float | None = None
    late: float | None = None
    message: str = ""
    log: str = ""


@dataclass(frozen=True)
class Trigger(Verb):
    """The CronJob's Job has ended, well or badly, within so many seconds."""

    name: ClassVar[str] = "trigger"
    parts: ClassVar[tuple[ModuleType, ...]] = (cronjobs,)
    cronjob: str
    within: float

    def run(self, at: "Context") -> bool:
        """Make the Job and wait; it belongs to the CronJob as one of its own does."""
        began, found = at.now(), cronjobs.find(at, self.cronjob)
        if found is None:
            at.record("triggers", Triggered(began, self.cronjob, message=f"there is no CronJob {self.cronjob}"))
            return False
        job = cronjobs.job_of(found)
        at.tell(f"making {job['metadata']['name']} of CronJob {self.cronjob}")
        try:
            at.admin.create(job)
        except ApiRefusedError as problem:
            at.record("triggers", Triggered(began, self.cronjob, message=str(problem)))
            return False
        ref = Ref("batch/v1", "Job", job["metadata"]["namespace"], job["metadata"]["name"])
        over, late = at.came(lambda: bool(jobs.ends(at.admin.get(ref) or {})), began, self.within)
        end, message = next(iter(jobs.ends(at.admin.get(ref) or {}).items()), ("", ""))
        log = _log(at, ref)
        at.record("triggers", Triggered(began, self.cronjob, ref.name, end, over, late, message, log))
        return over is not None


def _log(at: "Context", job: Ref) -> str:
    """Return the last lines of the Job's newest pod."""
    pods = cronjobs.pods_of(at, job.namespace, job.name)
    if not pods:
        return ""
    pod = max(pods, key=lambda found: str(found["metadata"].get("creationTimestamp", "")))
    return at.admin.log(job.namespace, pod["metadata"]["name"], pod["spec"]["containers"][0]["name"], lines=LINES)
