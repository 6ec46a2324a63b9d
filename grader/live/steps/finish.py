"""Wait until the Jobs that were started have ended, and take down how; what does not end is removed."""

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from grader.live import cronjobs, jobs
from grader.live.step import Verb
from grader.live.steps import start
from grader.live.steps.start import Started
from harness.kube.kube import ApiRefusedError, Ref

if TYPE_CHECKING:
    from grader.live.context import Context

LINES = 12  # of the log of each container that are kept
# What the Job controller's events call an end. Source: its reasons for a Job's conditions.
REASONS = {
    "Completed": "Complete",
    "BackoffLimitExceeded": "Failed",
    "DeadlineExceeded": "Failed",
    "PodFailurePolicy": "Failed",
}
TOLD_WITHIN = 5.0  # seconds until such an event is there
GONE_WITHIN = 20.0  # seconds for a Job that was removed to be gone


@dataclass(frozen=True)
class Ended:
    """A Job's end: when and how (Complete, Failed, gone, or '' for not in time), and how often it was tried.

    `over` is when it was seen to have ended in time, `late` when later, as stalls explain. `tries` counts the starts of its pods
    and of their containers again, without those of pods that were `disrupted`. `last` is the last pod's last words.
    """

    t: float
    job: str
    began: float
    within: float
    end: str = ""
    over: float | None = None
    late: float | None = None
    message: str = ""
    tries: int = 0
    disrupted: int = 0
    last: str = ""


@dataclass(frozen=True)
class Finish(Verb):
    """Each Job that was started has ended within so many seconds of its start; reached in any case.

    One that was tried more often than `tries` is waited for no longer: 0 waits however often it is.
    """

    name: ClassVar[str] = "finish"
    parts: ClassVar[tuple[ModuleType, ...]] = (cronjobs, jobs, start)
    within: float
    tries: int = 0

    def run(self, at: "Context") -> bool:
        """Wait for each, look how often its containers are started meanwhile, and clear away what is left."""
        for started in start.at_large(at):
            seen: dict[str, int] = {}
            over, late = self._came(at, started, seen)
            at.record("ends", _ended(at, started, self.within, (over, late), seen))
            if over is None:
                _remove(at, started)
        return True

    def _came(self, at: "Context", started: Started, seen: dict[str, int]) -> tuple[float | None, float | None]:
        """Return when a Job ended in time, or else late, as stalls explain; neither where it was tried too often."""

        def decided() -> bool:
            return _over(at, started, seen) or (self.tries > 0 and _tries(at, started, seen)[0] > self.tries)

        over, late = at.came(decided, started.t, self.within)
        return (over, late) if _over(at, started, seen) else (None, None)


def _ref(started: Started) -> Ref:
    return Ref("batch/v1", "Job", started.namespace, started.job)


def _over(at: "Context", started: Started, seen: dict[str, int]) -> bool:
    """Whether a Job has ended or is gone; note the restarts of each pod that is there."""
    for pod in cronjobs.pods_of(at, started.namespace, started.job):
        seen[pod["metadata"]["name"]] = cronjobs.restarts(pod)
    found = at.admin.get(_ref(started))
    return found is None or bool(jobs.ends(found))


def _ended(
    at: "Context", started: Started, within: float, came: tuple[float | None, float | None], seen: dict[str, int]
) -> Ended:
    found = at.admin.get(_ref(started))
    end, message = _told(at, started) if found is None else next(iter(jobs.ends(found).items()), ("", ""))
    last = "" if end == "Complete" else _last(at, started)
    return Ended(at.now(), started.job, started.t, within, end, *came, message, *_tries(at, started, seen), last)


def _told(at: "Context", started: Started) -> tuple[str, str]:
    """Return how a Job ended that is gone, by the Job controller's event: of those that failed, a CronJob may keep the newest alone."""
    found: list[tuple[str, str]] = []

    def told() -> bool:
        path, query = (
            f"/api/v1/namespaces/{started.namespace}/events",
            {"fieldSelector": f"involvedObject.name={started.job}"},
        )
        events = at.admin.request("GET", path, query=query)["items"]
        own = (event for event in events if event["involvedObject"].get("name") == started.job)
        found.extend((REASONS[event["reason"]], event["message"]) for event in own if event["reason"] in REASONS)
        return bool(found)

    return found[0] if at.wait(told, TOLD_WITHIN) else ("gone", "")


def _tries(at: "Context", started: Started, seen: dict[str, int]) -> tuple[int, int]:
    """Return how often a Job was tried, and how many of its pods were disrupted, which are no tries of its own."""
    snaps = {snap["name"]: snap for snap in at.watch.pods if snap.get("job") == started.job}
    disrupted = {name for name, snap in snaps.items() if snap["disrupted"]}
    tried = {*seen, *snaps} - disrupted
    return len(tried) + sum(seen.get(name, 0) for name in tried), len(disrupted)


def _last(at: "Context", started: Started) -> str:
    """Return the last lines of the newest pod's container that ran last."""
    pods = cronjobs.pods_of(at, started.namespace, started.job)
    if not pods:
        return ""
    pod = max(pods, key=lambda found: str(found["metadata"].get("creationTimestamp", "")))
    spec = pod["spec"]
    for container in reversed([*(spec.get("initContainers") or []), *spec["containers"]]):
        if text := at.admin.log(started.namespace, pod["metadata"]["name"], container["name"], lines=LINES).strip():
            return text
    return ""


def _remove(at: "Context", started: Started) -> None:
    try:
        at.admin.delete(_ref(started), grace=1)
    except ApiRefusedError as problem:
        at.tell(str(problem))
    at.wait(lambda: not cronjobs.pods_of(at, started.namespace, started.job), GONE_WITHIN)
