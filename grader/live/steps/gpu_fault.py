"""Have a GPU fail under a Job's running pod: the device plugin calls it unhealthy, or it reports an XID."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from grader.live.step import Verb, strange_jobs
from harness.cluster import gpupool
from harness.exercises.exercise import Exercise
from harness.kube.kube import Object, Ref

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Failed:
    """One GPU that failed: when, on which node, under which pod; nothing but the time where no pod of the Job ran."""

    t: float
    job: str
    pod: str = ""
    node: str = ""
    uuid: str = ""


@dataclass(frozen=True)
class GpuFault(Verb):
    """The first GPU of a running pod of this Job is broken until the scenario ends; the node offers one device less.

    With `xid` it reports that number, and is broken only where that is not an application's own. What has the device keeps it:
    a kubelet stops no pod for it, so that a step evict may follow.
    """

    name: ClassVar[str] = "gpu-fault"
    practised: ClassVar[bool] = False  # the devices are everybody's
    job: str
    xid: int = 0

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield a Job that is none, and a pool whose devices are not this run's alone."""
        yield from strange_jobs(exercise, [self.job])
        if not exercise.gpus or exercise.simulated or exercise.isolation != "exclusive":
            yield f"{self.name} wants real nodes with GPUs, and isolation: exclusive, so that nobody else's devices fail"

    def run(self, at: "Context") -> bool:
        """Break it; not reached where no pod of the Job runs with a GPU."""
        for snap in at.trainings.pods(self.job):
            pod = at.admin.get(Ref("v1", "Pod", at.trainings.namespace(self.job), snap["name"]))
            if pod is None or snap["phase"] != "Running" or snap["deleting"]:
                continue
            if uuids := gpupool.held(at.admin, pod["spec"]["nodeName"], pod["metadata"]["namespace"], snap["name"]):
                self._break(at, pod, uuids[0])
                return True
        at.record("gpu_faults", Failed(at.now(), self.job))
        at.missed(f"no pod of {self.job} runs with a GPU that could fail")
        return False

    def _break(self, at: "Context", pod: Object, uuid: str) -> None:
        name, node = pod["metadata"]["name"], pod["spec"]["nodeName"]
        at.tell(f"GPU {uuid} of {name} fails")
        faults: dict[str, Any] = {"xid": {uuid: self.xid}} if self.xid else {"unhealthy": [uuid]}
        at.taken.enter_context(gpupool.broken(at.admin, node, faults))
        at.record("gpu_faults", Failed(at.now(), self.job, name, node, uuid))
