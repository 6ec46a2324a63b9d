"""Make one server stop answering, by the command that the kit's model servers have for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from grader.live.health import GRACE
from grader.live.step import Verb
from grader.live.workload import await_ready_pod, ready_pod
from harness.errors import EnvironmentBrokenError
from harness.exercise import Exercise
from harness.kube import EXEC_FAILED, ApiRefusedError

if TYPE_CHECKING:
    from grader.live.context import Context

HANGS = 3  # how often it is tried to make a server hang
HANG = ["python3", "-m", "model_server.switch", "hang"]


@dataclass(frozen=True)
class Hang(Verb):
    """A ready server of the workload hangs. Not reached where none is ready, or its container does not take the command."""

    name: ClassVar[str] = "hang"
    workload: str

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield that it names something else than the workload, or that nobody calls to see it recover."""
        if self.workload != exercise.workload.name:
            yield f"hangs {self.workload}, but the workload is {exercise.workload.name}"
        if exercise.traffic is None:
            yield "hangs a server, but without traffic nobody sees it recover"

    def run(self, at: "Context") -> bool:
        """Try.

        Raises: EnvironmentBrokenError where the cluster does not bring the command there.
        """
        victim = self._victim(at)
        if victim is None:
            return False
        at.mark("disturbed")
        at.disturbed = victim
        at.tell("one server hangs")
        return True

    def _victim(self, at: "Context") -> dict[str, Any] | None:
        problem: ApiRefusedError | None = None
        victim: dict[str, Any] | None = None
        for _ in range(HANGS):
            await_ready_pod(at)
            # The same one again while it is there: a command whose end was not heard may have made it hang.
            if victim is None or victim["uid"] not in at.watch.latest:
                victim = ready_pod(at)
            if victim is None:
                at.undisturbed = {"error": "no server is ready any more"}
                return None
            began = at.now()
            try:
                at.admin.execute(at.run.workload.namespace, victim["name"], at.run.exercise.workload.container, HANG)
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
