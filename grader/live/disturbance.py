"""Disturb one server, by a command that the kit's model servers have for it."""

from typing import TYPE_CHECKING, Any

from grader.live.health import GRACE
from grader.live.workload import await_ready_pod, ready_pod
from harness.core.errors import EnvironmentBrokenError
from harness.kube.kube import EXEC_FAILED, ApiRefusedError

if TYPE_CHECKING:
    from grader.live.context import Context

TRIES = 3  # how often a server is told


def disturb(at: "Context", command: list[str], told: str) -> dict[str, Any] | None:
    """Return the ready server that took a command; None, and why in `at.undisturbed`, where none is ready or takes it.

    Raises: EnvironmentBrokenError where the cluster does not bring the command there.
    """
    victim = _victim(at, command)
    if victim is not None:
        at.mark("disturbed")
        at.tell(told)
    return victim


def _victim(at: "Context", command: list[str]) -> dict[str, Any] | None:
    problem: ApiRefusedError | None = None
    victim: dict[str, Any] | None = None
    for _ in range(TRIES):
        await_ready_pod(at)
        # The same one again while it is there: a command whose end was not heard may have done what it should.
        if victim is None or victim["uid"] not in at.watch.latest:
            victim = ready_pod(at)
        if victim is None:
            at.undisturbed = {"error": "no server is ready any more"}
            return None
        began = at.now()
        try:
            at.admin.execute(at.run.workload.namespace, victim["name"], at.run.exercise.workload.container, command)
        except ApiRefusedError as refused:
            problem = refused
            ms = 1000 * (at.now() - began)
            at.undisturbed = {"error": str(problem), "t": began, "ms": ms, "status": None}
            at.pause(GRACE)
        else:
            return victim
    if problem is not None and problem.reason != EXEC_FAILED:
        raise EnvironmentBrokenError(f"the server could not be disturbed: {problem}") from problem
    return None
