"""What the cluster says about an exercise's namespaces, as plain data."""

from dataclasses import dataclass

from harness.deadline import Deadline
from harness.exercise import Exercise
from harness.kube import Kube, Object


@dataclass(frozen=True)
class PodStatus:
    """One pod: its containers that are ready, its restarts, its state in words, and its node, '' while it has none."""

    namespace: str
    name: str
    ready: str
    restarts: int
    state: str
    node: str = ""


@dataclass(frozen=True)
class Status:
    """Pods, Jobs in words, Services with the number of their ready endpoints, and the newest warnings, each once."""

    pods: tuple[PodStatus, ...]
    jobs: tuple[tuple[str, str], ...]
    services: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]


def settle(kube: Kube, exercise: Exercise, *, seconds: float) -> Status:
    """Return the state as soon as each pod has got beyond its creation, or after so many seconds."""
    deadline = Deadline(seconds, "the pods to be created")
    while True:
        found = look(kube, exercise)
        if deadline.left <= 0 or (found.pods and not any(pod.state.startswith("Pending") for pod in found.pods)):
            return found
        deadline.pause(0.3)


def look(kube: Kube, exercise: Exercise) -> Status:
    """Return what the exercise's practice namespaces hold now."""
    pods: list[PodStatus] = []
    jobs: list[tuple[str, str]] = []
    services: list[tuple[str, int]] = []
    warnings: dict[str, None] = {}
    for namespace in exercise.namespaces:
        pods += [_pod(namespace, pod) for pod in kube.list_objects("v1", "Pod", namespace)]
        jobs += [(job["metadata"]["name"], job_state(job)) for job in kube.list_objects("batch/v1", "Job", namespace)]
        names = [service["metadata"]["name"] for service in kube.list_objects("v1", "Service", namespace)]
        services += [(name, _endpoints(kube, namespace, name)) for name in names]
        events = kube.request("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
        for event in sorted(events, key=_when, reverse=True):
            if event.get("type") == "Warning":
                warnings[f"{event['involvedObject'].get('kind')}: {event.get('reason')}: {event.get('message')}"] = None
    return Status(tuple(pods), tuple(jobs), tuple(services), tuple(warnings)[:5])


def _when(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])


def _endpoints(kube: Kube, namespace: str, service: str) -> int:
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    slices = kube.request("GET", path, query={"labelSelector": f"kubernetes.io/service-name={service}"})["items"]
    endpoints = [point for one in slices for point in one.get("endpoints") or []]
    return sum(bool(point.get("conditions", {}).get("ready")) for point in endpoints)


def _pod(namespace: str, pod: Object) -> PodStatus:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    ready = sum(bool(one.get("ready")) for one in statuses)
    restarts = sum(one.get("restartCount", 0) for one in statuses)
    total = len(pod["spec"]["containers"])
    state, node = state_of(pod.get("status", {})), pod["spec"].get("nodeName", "")
    return PodStatus(namespace, pod["metadata"]["name"], f"{ready}/{total}", restarts, state, node)


def state_of(status: Object) -> str:
    """Return a pod's state as a person would read it off `kubectl get` and `describe`."""
    for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        for phase in ("waiting", "terminated"):
            found = one.get("state", {}).get(phase)
            if found and found.get("reason") not in (
                None,
                "Completed",
                "ContainerCreating",
                "PodInitializing",
            ):
                message = f": {found['message']}" if found.get("message") else ""
                last = one.get("lastState", {}).get("terminated", {})
                code = f" (last exit code {last['exitCode']}, {last.get('reason', '')})" if last else ""
                return f"{found['reason']}{message}{code}"
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            return f"{condition.get('reason', 'Pending')}: {condition.get('message', '')}"
    words = "ready" if is_ready(status) else "not ready"
    return f"{status.get('phase', 'Pending')}, {words}"


def job_state(job: Object) -> str:
    """Return how far a Job has come: its last condition with its message, and its pods. Source: the API's JobStatus."""
    spec, status = job["spec"], job.get("status", {})
    counts = [f"{status[key]} {key}" for key in ("active", "failed") if status.get(key)]
    pods = ", ".join([f"{status.get('succeeded', 0)} of {spec.get('completions', 1)} succeeded", *counts])
    held = [one for one in status.get("conditions") or [] if one["status"] == "True"]
    if not held:
        return pods
    reason, message = (held[-1].get(key, "") for key in ("reason", "message"))
    return f"{held[-1]['type']}, {pods}" + (f" ({reason}: {message})" if held[-1]["type"] == "Failed" else "")


def is_ready(status: Object) -> bool:
    """Whether a pod's status says that it is ready."""
    conditions = status.get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
