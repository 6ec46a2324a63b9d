"""How the workload of a run stands: which of its servers are ready, and whether all of them are, and stay so."""

from typing import TYPE_CHECKING, Any

from grader.live.stalls import SETTLE

if TYPE_CHECKING:
    from grader.live.context import Context

ASKED_WITHIN = 20.0  # seconds until a server is ready again that was not at the end of the hold


def ready_pod(at: "Context") -> dict[str, Any] | None:
    """Return the latest snapshot of a ready server; None where there is none."""
    return next((snap for snap in at.watch.own_pods() if snap["ready"]), None)


def await_ready_pod(at: "Context") -> dict[str, Any] | None:
    """Return a ready server; where they come and go, one is waited for, for a while."""
    at.wait(lambda: ready_pod(at) is not None, ASKED_WITHIN)
    return ready_pod(at)


def all_ready(at: "Context") -> bool:
    """Whether the workload has all its replicas, of its latest template, ready; no older pod counts."""
    if sum(snap["ready"] for snap in at.watch.own_pods()) < at.run.exercise.workload.replicas:
        return False
    found = at.admin.get(at.run.workload)
    if found is None:
        return False
    status, wanted = found.get("status", {}), found["spec"].get("replicas", 1)
    current = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
    return bool(current and status.get("readyReplicas", 0) >= wanted and status.get("updatedReplicas", 0) >= wanted)


class Settling:
    """Whether all replicas were ready by `due` and have been so for a while: a crash loop has its ready moments.

    The phase `ready` is when they were so first, or again since the last restart.
    """

    def __init__(self, at: "Context", due: float) -> None:
        self._at = at
        self.due = due
        self._restarts = 0

    def over(self) -> bool:
        """Tell."""
        at = self._at
        restarts = sum(snap["restarts"] for snap in at.watch.own_pods())
        now = at.now()
        if not all_ready(at) or (self._restarts != restarts and "ready" in at.phases):
            at.phases.pop("ready", None)
            return False
        if "ready" not in at.phases:
            if now > self.due:
                return False
            self._restarts = restarts
            at.mark("ready")
        return now - at.phases["ready"] >= SETTLE
