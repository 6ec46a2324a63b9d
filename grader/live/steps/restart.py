"""Restart the workload: a server ends, or a pod is deleted, or all are replaced, as `kubectl rollout restart` does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from grader.live.disturbance import disturb
from grader.live.step import Verb
from grader.live.workload import await_ready_pod
from harness.exercises.exercise import Exercise
from harness.kube.kube import Ref

if TYPE_CHECKING:
    from grader.live.context import Context

SERVER, POD, ROLLOUT = "server", "pod", "rollout"
NOTICED = 10.0  # seconds until a deleted pod is seen to go; far less than 1 on an idle laptop
END = ["python3", "-m", "model_server.switch", "end"]
MARK = "kubectl.kubernetes.io/restartedAt"  # Source: kubectl, objectrestarter.go


@dataclass(frozen=True)
class Restarted:
    """What was restarted when: the server of a pod, or a pod, or, without its name, all of them by a rollout."""

    t: float
    what: str
    pod: str = ""


@dataclass(frozen=True)
class Restart(Verb):
    """A ready server ends as at a stop (`server`), a ready pod is deleted (`pod`), or each is replaced (`rollout`).

    Nobody waits for what comes in its place.
    """

    name: ClassVar[str] = "restart"
    what: str

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield what can be restarted, where it is something else."""
        del exercise
        if self.what not in (SERVER, POD, ROLLOUT):
            yield f"restart takes {SERVER}, {POD} or {ROLLOUT}, not {self.what}"

    def run(self, at: "Context") -> bool:
        """Restart; not reached where no pod is ready, or its server does not take the command."""
        return {SERVER: _end, POD: _delete, ROLLOUT: _roll}[self.what](at)


def _end(at: "Context") -> bool:
    victim = disturb(at, END, "one server is started again")
    if victim is None:
        return False
    at.record("restarts", Restarted(at.now(), SERVER, victim["name"]))
    return True


def _roll(at: "Context") -> bool:
    workload = at.run.workload
    if at.admin.get(workload) is None:
        at.missed(f"there is no {workload.label} that could be restarted")
        return False
    at.tell("restarting all pods of the workload")
    change = {"spec": {"template": {"metadata": {"annotations": {MARK: datetime.now(UTC).isoformat()}}}}}
    at.admin.merge(workload, change)
    at.record("restarts", Restarted(at.now(), ROLLOUT))
    return True


def _delete(at: "Context") -> bool:
    victim = await_ready_pod(at)
    if victim is None:
        at.missed("no pod of the workload is ready that could be deleted")
        return False
    at.tell(f"deleting {victim['name']}")
    at.record("restarts", Restarted(at.now(), POD, victim["name"]))
    at.admin.delete(Ref("v1", "Pod", at.run.workload.namespace, victim["name"]))
    at.wait(lambda: bool(at.watch.latest.get(victim["uid"], {"deleting": True})["deleting"]), NOTICED)
    return True
