"""Have Kubernetes' own controller find that a CronJob was due some minutes ago, and see what it starts, and what it ends."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.live import cronjobs, jobs
from grader.live.step import Verb
from grader.live.steps import start
from grader.live.steps.start import Started
from harness.kube.kube import ApiRefusedError, Object, Ref

if TYPE_CHECKING:
    from grader.live.context import Context

BEFORE = timedelta(days=1)  # since when the CronJob has run last, as far as its status says
SETTLE = 1.0  # seconds in which the controller does what goes with a start


@dataclass(frozen=True)
class Fired:
    """A CronJob that was due: when that came to light, which minute, what the controller made, and what it ended for it."""

    t: float
    cronjob: str
    ago: float
    due: str = ""
    jobs: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    at_work: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Fire(Verb):
    """The controller has looked at a CronJob that was due `ago` minutes ago, and had `within` seconds to start a Job.

    Its schedule is turned to that minute, in its own time zone, and its status to a last start of a day before, as after a night in
    which no controller ran; then both are turned back, so that nothing else of it comes due.
    """

    name: ClassVar[str] = "fire"
    parts: ClassVar[tuple[ModuleType, ...]] = (cronjobs, jobs, start)
    cronjob: str
    ago: float
    within: float

    def run(self, at: "Context") -> bool:
        """Turn it, wait, and look; what no API server takes is told."""
        began, found = at.now(), cronjobs.find(at, self.cronjob)
        if found is None:
            trouble = f"there is no CronJob {self.cronjob}"
            at.record("fires", Fired(began, self.cronjob, self.ago, trouble=trouble))
            return True
        written = found["spec"]["schedule"]
        known = {started["job"] for started in at.told.get("starts", [])}
        working = known & {job["metadata"]["name"] for job in cronjobs.jobs_of(at, found) if not jobs.ends(job)}
        try:
            due = self._turn(at, found)
        except (ApiRefusedError, ZoneInfoNotFoundError, ValueError) as problem:
            at.record("fires", Fired(began, self.cronjob, self.ago, trouble=str(problem)))
            return True
        at.wait(lambda: bool(_made(at, found, known)), self.within)
        at.pause(SETTLE)
        new, left = _made(at, found, known), _names(at, found)
        cut = tuple(sorted(working - set(left)))
        at.record("fires", Fired(began, self.cronjob, self.ago, due, tuple(new), cut, tuple(sorted(working))))
        _take_down(at, found, new)
        _status(at, found, at.now())
        _patch(at, found, {"spec": {"schedule": written}})
        return True

    def _turn(self, at: "Context", cronjob: Object) -> str:
        zone = ZoneInfo(cronjob["spec"].get("timeZone") or "UTC")  # the controller's own is UTC on these nodes
        due = datetime.fromtimestamp(at.now(), zone) - timedelta(minutes=self.ago)
        _status(at, cronjob, at.now())  # nothing is due while the schedule is turned
        _patch(at, cronjob, {"spec": {"schedule": f"{due.minute} {due.hour} * * *"}})
        _status(at, cronjob, at.now() - BEFORE.total_seconds())
        at.tell(f"CronJob {self.cronjob} was due {self.ago:g} min ago")
        return due.strftime("%H:%M %Z")


def _take_down(at: "Context", cronjob: Object, names: Collection[str]) -> None:
    """Take down what the controller started, as though a hand had."""
    metadata, number = cronjob["metadata"], len(at.told.get("tellings", []))
    for name in names:
        started = Started(at.now(), metadata["name"], metadata["namespace"], name, "schedule", telling=number)
        at.record("starts", started)


def _made(at: "Context", cronjob: Object, known: Collection[str]) -> list[str]:
    return [name for name in _names(at, cronjob) if name not in known]


def _names(at: "Context", cronjob: Object) -> list[str]:
    return [str(job["metadata"]["name"]) for job in cronjobs.jobs_of(at, cronjob)]


def _status(at: "Context", cronjob: Object, last: float) -> None:
    told = datetime.fromtimestamp(last, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _patch(at, cronjob, {"status": {"lastScheduleTime": told}}, "status")


def _patch(at: "Context", cronjob: Object, change: Object, part: str = "") -> None:
    metadata = cronjob["metadata"]
    at.admin.merge(Ref("batch/v1", "CronJob", metadata["namespace"], metadata["name"]), change, part=part)
