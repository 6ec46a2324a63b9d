"""What the cluster says about an exercise's namespaces, as plain data."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.core.deadline import Deadline
from harness.exercises.exercise import Exercise
from harness.kube.kube import Kube, Object

REVISION = "deployment.kubernetes.io/revision"  # of a ReplicaSet: the highest is the Deployment's newest generation
TEMPLATE, CONTROLLER = "pod-template-hash", "controller-revision-hash"  # labels of pods, by generation
MINUTES_FROM = 120  # seconds from which minutes are told


@dataclass(frozen=True)
class PodStatus:
    """One pod: its containers that are ready, its restarts, its state in words, and its node, '' while it has none.

    `note` says that it is on its way out, or of an older generation of its Deployment or StatefulSet; `unready` is its first
    container that is not ready, '' where none is, or none is to be any more.
    """

    namespace: str
    name: str
    ready: str
    restarts: int
    state: str
    node: str = ""
    note: str = ""
    unready: str = ""

    @property
    def told(self) -> str:
        """Its state, behind the note."""
        return f"{self.note}: {self.state}" if self.note else self.state


@dataclass(frozen=True)
class ServiceStatus:
    """One Service: its ready endpoints, its selector, and how many pods that matches."""

    name: str
    ready: int
    selector: Mapping[str, str]
    matched: int

    @property
    def told(self) -> str:
        """It in words; a selector that matches no pod is named."""
        text = f"Service/{self.name}: {self.ready} ready endpoints"
        if not self.selector or self.matched:
            return text
        wanted = ",".join(f"{key}={value}" for key, value in self.selector.items())
        return f"{text}; its selector matches no pod ({wanted})"


@dataclass(frozen=True)
class Status:
    """Pods, those of the newest generation first; Jobs in words; Services; the newest warnings on what is there, with their age."""

    pods: tuple[PodStatus, ...]
    jobs: tuple[tuple[str, str], ...]
    services: tuple[ServiceStatus, ...]
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
    services: list[ServiceStatus] = []
    warnings: dict[str, str] = {}
    now = datetime.now(UTC)
    for namespace in exercise.namespaces:
        held = kube.list_objects("v1", "Pod", namespace)
        older = _older(kube, namespace)
        pods += sorted((_pod(namespace, pod, older) for pod in held), key=lambda pod: pod.note != "")
        jobs += [(job["metadata"]["name"], job_state(job)) for job in kube.list_objects("batch/v1", "Job", namespace)]
        services += [_service(kube, namespace, one, held) for one in kube.list_objects("v1", "Service", namespace)]
        ready = {pod["metadata"]["uid"]: _ready_since(pod) for pod in held}
        events = kube.request("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
        for event in sorted(events, key=last_seen, reverse=True):
            about = event["involvedObject"]
            if event.get("type") == "Warning" and _still_holds(event, ready):
                told = f"{about.get('kind')}: {event.get('reason')}: {event.get('message')}"
                warnings.setdefault(told, f"{told} ({age(last_seen(event), now)})")
    return Status(tuple(pods), tuple(jobs), tuple(services), tuple(warnings.values())[:5])


def age(when: datetime, now: datetime) -> str:
    """Return how long ago something was."""
    seconds = max(0, round((now - when).total_seconds()))
    return f"{seconds} s ago" if seconds < MINUTES_FROM else f"{seconds // 60} min ago"


def _older(kube: Kube, namespace: str) -> set[tuple[str, str]]:
    """Return which label, with which value, pods of an older generation of their Deployment or StatefulSet have."""
    newest: dict[str, tuple[int, str]] = {}
    found: set[tuple[str, str]] = set()
    for one in kube.list_objects("apps/v1", "ReplicaSet", namespace):
        metadata = one["metadata"]
        number = int((metadata.get("annotations") or {}).get(REVISION, 0))
        value = (metadata.get("labels") or {}).get(TEMPLATE, "")
        for owner in metadata.get("ownerReferences") or []:
            found.add((TEMPLATE, value))
            newest[owner["uid"]] = max(newest.get(owner["uid"], (-1, "")), (number, value))
    found -= {(TEMPLATE, value) for _, value in newest.values()}
    for one in kube.list_objects("apps/v1", "StatefulSet", namespace):
        status = one.get("status", {})
        before, after = status.get("currentRevision"), status.get("updateRevision")
        found |= {(CONTROLLER, before)} if before and after and before != after else set()
    return found


def _service(kube: Kube, namespace: str, service: Object, pods: Sequence[Object]) -> ServiceStatus:
    name, selector = service["metadata"]["name"], service["spec"].get("selector") or {}
    labels = [pod["metadata"].get("labels") or {} for pod in pods]
    matched = sum(selector.items() <= one.items() for one in labels)
    return ServiceStatus(name, _endpoints(kube, namespace, name), selector, matched)


def last_seen(event: Object) -> datetime:
    """Return when what an event tells of last happened. Source: the core and the events.k8s.io API's Event."""
    series = event.get("series") or {}
    when = (
        event.get("lastTimestamp") or series.get("lastObservedTime") or event.get("eventTime")
        or event.get("firstTimestamp") or event["metadata"]["creationTimestamp"]
    )  # fmt: skip
    return datetime.fromisoformat(when)


def _still_holds(event: Object, ready: Mapping[str, datetime | None]) -> bool:
    """Whether what an event says may be so still: of a pod that is there and has not become ready since, or of something else."""
    about = event["involvedObject"]
    if about.get("kind") != "Pod":
        return True
    since = ready.get(about.get("uid"))
    return about.get("uid") in ready and (since is None or last_seen(event) >= since)


def _ready_since(pod: Object) -> datetime | None:
    """Return since when a pod has been ready; None where it is not."""
    conditions = pod.get("status", {}).get("conditions") or []
    since = (one.get("lastTransitionTime") for one in conditions if one["type"] == "Ready" and one["status"] == "True")
    return next((datetime.fromisoformat(when) for when in since if when), None)


def _endpoints(kube: Kube, namespace: str, service: str) -> int:
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    slices = kube.request("GET", path, query={"labelSelector": f"kubernetes.io/service-name={service}"})["items"]
    endpoints = [point for one in slices for point in one.get("endpoints") or []]
    return sum(bool(point.get("conditions", {}).get("ready")) for point in endpoints)


def _pod(namespace: str, pod: Object, older: Collection[tuple[str, str]]) -> PodStatus:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    ready = sum(bool(one.get("ready")) for one in statuses)
    restarts = sum(one.get("restartCount", 0) for one in statuses)
    total = len(pod["spec"]["containers"])
    state, node = state_of(pod.get("status", {})), pod["spec"].get("nodeName", "")
    old = any(item in older for item in (pod["metadata"].get("labels") or {}).items())
    note = "ending" if pod["metadata"].get("deletionTimestamp") else "older generation" if old else ""
    unready = "" if note == "ending" else _unready(pod.get("status", {}))
    return PodStatus(namespace, pod["metadata"]["name"], f"{ready}/{total}", restarts, state, node, note, unready)


def _unready(status: Object) -> str:
    if status.get("phase") == "Succeeded":
        return ""
    containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    return next((str(one["name"]) for one in containers if not one.get("ready")), "")


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
    phase = status.get("phase", "Pending")
    if phase in ("Succeeded", "Failed"):
        return str(phase)  # it is over: whether it is ready says nothing
    return f"{phase}, {'ready' if is_ready(status) else 'not ready'}"


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
