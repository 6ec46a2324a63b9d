"""Wait until the workload's rollout is over, as `kubectl rollout status` does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb
from grader.live.workload import all_ready
from harness.kube.kube import Object

if TYPE_CHECKING:
    from grader.live.context import Context

STUCK = "ProgressDeadlineExceeded"  # the reason of a Deployment's condition. Source: the Kubernetes documentation


@dataclass(frozen=True)
class RolledOut:
    """One rollout, watched from `t` on: over or late when, or how it stood in the end."""

    t: float
    within: float
    over: float | None
    late: float | None
    said: str


@dataclass(frozen=True)
class Rollout(Verb):
    """All replicas are of the latest template and ready, and none of an older one is left, within so many seconds."""

    name: ClassVar[str] = "rollout"
    within: float

    def run(self, at: "Context") -> bool:
        """Wait; one that the Deployment's controller gives up is over at once, and not reached."""
        at.tell(f"waiting up to {self.within:g} s for the rollout")
        began = at.now()
        over, late = at.came(lambda: _over(at) or bool(_stuck(_workload(at))), began, self.within)
        if not _over(at):
            over = late = None
        at.record("rollouts", RolledOut(began, self.within, over, late, _said(_workload(at))))
        if over is None:
            at.missed("not rolled out in time")
        return over is not None


def _workload(at: "Context") -> Object:
    return at.admin.get(at.run.workload) or {}


def _over(at: "Context") -> bool:
    status = _workload(at).get("status", {})
    older = status.get("replicas", 0) - status.get("updatedReplicas", 0)
    return all_ready(at) and not older


def _stuck(workload: Object) -> str:
    conditions = workload.get("status", {}).get("conditions") or []
    return next((str(one.get("message", STUCK)) for one in conditions if one.get("reason") == STUCK), "")


def _said(workload: Object) -> str:
    """Return in words how far a rollout has come."""
    if not workload:
        return "the workload is not there"
    status, wanted = workload.get("status", {}), workload["spec"].get("replicas", 1)
    updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    older = status.get("replicas", 0) - updated
    text = f"{updated} of {wanted} replicas are of the latest template, {older} of an older one; {ready} are ready"
    return f"{text}; {stuck}" if (stuck := _stuck(workload)) else text
