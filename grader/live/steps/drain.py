"""Drain the node of one of the workload's pods: cordon it, and evict the run's pods there through the Eviction API."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from grader.live import evictions, ground
from grader.live.step import Verb
from harness.cluster import cordons
from harness.core.errors import EnvironmentBrokenError
from harness.kube.kube import Object
from harness.runs.run import HELPER_LABEL

if TYPE_CHECKING:
    from grader.live.context import Context

RETRY = 2.0  # seconds until a refused eviction is tried again; kubectl waits 5
TURN = 300.0  # seconds to wait for another run's drain: two at once would leave no node to go to
ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Drained:
    """One drain: over when no pod of the run was left on the node; each pod with what its evictions came to."""

    t: float
    node: str
    within: float
    over: float | None
    late: float | None
    pods: tuple[dict[str, Any], ...]


@dataclass
class _Pod:
    """A pod to be evicted: how often that was tried, the last refusal in the API server's words, and when it was granted."""

    pod: str
    tries: int = 0
    refused: str = ""
    evicted: float | None = None


@dataclass(frozen=True)
class Drain(Verb):
    """No pod of the run is left on the node within so many seconds. Pods of a DaemonSet stay, and other runs' pods.

    The node is cordoned until the step uncordon or the end of the run.
    """

    name: ClassVar[str] = "drain"
    within: float

    def run(self, at: "Context") -> bool:
        """Drain; a refused eviction is tried again until the time is up.

        Raises: EnvironmentBrokenError where there is no other node for the pods to go to.
        """
        _take_turn(at)
        node = _node(at)
        if not node:
            at.missed("no pod of the workload is ready whose node could be drained")
            return False
        at.tell(f"draining {node}")
        at.cordoned.add(node)
        cordons.cordon(at.admin, node, at.run.token)
        draining = _Draining(at, node)
        over, late = at.came(draining.over, draining.began, self.within)
        pods = tuple(asdict(pod) for pod in draining.pods.values())
        at.record("drains", Drained(draining.began, node, self.within, over, late, pods))
        return over is not None


class _Draining:
    """One node in the draining."""

    def __init__(self, at: "Context", node: str) -> None:
        self._at = at
        self._node = node
        self._tried = 0.0
        self.began = at.now()
        self.pods: dict[str, _Pod] = {}

    def over(self) -> bool:
        """Evict what is left, now and then, and tell whether anything is."""
        left = [pod for namespace in self._at.run.namespaces for pod in self._there(namespace)]
        if left and self._at.now() >= self._tried + RETRY:
            self._tried = self._at.now()
            for pod in left:
                self._evict(pod)
        return not left

    def _there(self, namespace: str) -> list[Object]:
        pods = self._at.admin.list_objects("v1", "Pod", namespace)
        return [pod for pod in pods if pod["spec"].get("nodeName") == self._node and _goes(pod)]

    def _evict(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        known = self.pods.setdefault(name, _Pod(name))
        if known.evicted is None:
            answer = evictions.evict(self._at.admin, pod["metadata"]["namespace"], name)
            known.tries += 1
            known.refused = answer.refused or known.refused
            known.evicted = self._at.now() if answer.granted else None


def _goes(pod: Object) -> bool:
    owners = pod["metadata"].get("ownerReferences") or []
    stays = any(owner["kind"] == "DaemonSet" for owner in owners) or HELPER_LABEL in (
        pod["metadata"].get("labels") or {}
    )
    return not stays and pod.get("status", {}).get("phase") not in ENDED


def _node(at: "Context") -> str:
    """Return a node on which a ready pod of the workload stands; '' where none is ready."""
    free = {
        node["metadata"]["name"]
        for node in at.admin.list_objects("v1", "Node")
        if not node["spec"].get("unschedulable")
    }
    ready = {snap["uid"] for snap in at.watch.own_pods() if snap["ready"]}
    pods = [pod for namespace in at.run.namespaces for pod in at.admin.list_objects("v1", "Pod", namespace)]
    nodes = [pod["spec"].get("nodeName", "") for pod in pods if pod["metadata"]["uid"] in ready]
    found = next((node for node in nodes if node in free), "")
    if found and len(free) < 2:  # noqa: PLR2004 - the one that is drained, and another
        raise EnvironmentBrokenError(f"{found} is the only node that takes pods, so that it cannot be drained")
    return found


def _take_turn(at: "Context") -> None:
    """Wait until no other run on this cluster has drained a node, or waits for its servers to get ready."""
    if at.cordoned:
        return
    ground.give_back(at)
    if not at.wait(lambda: ground.take(at, together=False), TURN):
        raise EnvironmentBrokenError(f"other runs have kept a node drained, or been starting, for {TURN:g} s")
