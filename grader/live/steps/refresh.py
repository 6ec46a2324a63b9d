"""Have all servers of the workload refresh, by the command that the kit's image has for it."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb
from harness.exercises.exercise import Exercise
from harness.kube.kube import ApiRefusedError

if TYPE_CHECKING:
    from grader.live.context import Context

REFRESH = ["python3", "-m", "ranker.switch", "refresh"]


@dataclass(frozen=True)
class Refreshed:
    """Which ready servers began to refresh at `t`, and which did not take the command, in the API server's words."""

    t: float
    pods: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Refresh(Verb):
    """Every ready server of the workload refreshes: for some seconds it answers health probes late, and callers as ever.

    Not reached where none takes the command.
    """

    name: ClassVar[str] = "refresh"
    workload: str

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield that it names something else than the workload."""
        if self.workload != exercise.workload.name:
            yield f"refreshes {self.workload}, but the workload is {exercise.workload.name}"

    def run(self, at: "Context") -> bool:
        """Tell each."""
        at.tell("all servers refresh")
        began, names = at.now(), [snap["name"] for snap in at.watch.own_pods() if snap["ready"]]
        with ThreadPoolExecutor(max(1, len(names))) as threads:
            said = dict(zip(names, threads.map(lambda name: _refused(at, name), names), strict=True))
        took = tuple(name for name, refused in said.items() if not refused)
        at.record("refreshes", Refreshed(began, took, tuple(filter(None, said.values()))))
        if not took:
            at.missed("no server took the command to refresh")
        return bool(took)


def _refused(at: "Context", pod: str) -> str:
    """Tell one server, and return why it did not take the command; '' where it did."""
    try:
        at.admin.execute(at.run.workload.namespace, pod, at.run.exercise.workload.container, REFRESH)
    except ApiRefusedError as problem:
        return str(problem)
    return ""
