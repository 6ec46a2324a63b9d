"""What a cluster says of the Jobs that an exercise wants to see run to completion."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from harness.exercises.jobs import Job, weights
from harness.files.quantity import quantity
from harness.kube.kube import Object
from harness.kube.status import state_of
from harness.runs.run import Run

DEVICES = "nvidia.com/"
PRODUCT = "nvidia.com/gpu.product"
COMPLAINTS = 3  # of one Job


def ended(run: Run) -> set[str]:
    """Return those of the exercise's Jobs that have ended, well or badly, or do not exist."""
    return {name for name, found in _objects(run).items() if found is None or ends(found)}


def states(run: Run) -> list[dict[str, Any]]:
    """Return how far each Job has come: its end, its pods with their nodes and devices, and what was complained of."""
    found, seen = _objects(run), products(run)
    return [_state(run, one, found[one.name], seen) for one in run.exercise.jobs]


def products(run: Run) -> dict[str, str]:
    """Return the GPU product of each node, '' where it has none."""
    return {
        node["metadata"]["name"]: node["metadata"]["labels"].get(PRODUCT, "")
        for node in run.admin.list_objects("v1", "Node")
    }


def _objects(run: Run) -> dict[str, Object | None]:
    there = {
        (namespace, one["metadata"]["name"]): one
        for namespace in {run.renaming.text(job.namespace) for job in run.exercise.jobs}
        for one in run.admin.list_objects("batch/v1", "Job", namespace)
    }
    return {job.name: there.get((run.renaming.text(job.namespace), job.name)) for job in run.exercise.jobs}


def ends(found: Object) -> dict[str, str]:
    """Return the conditions that end a Job, with their messages. Source: the Kubernetes API reference of JobCondition."""
    conditions = found.get("status", {}).get("conditions") or []
    return {
        one["type"]: one.get("message", "")
        for one in conditions
        if one["status"] == "True" and one["type"] in ("Complete", "Failed")
    }


def _state(run: Run, job: Job, found: Object | None, products: Mapping[str, str]) -> dict[str, Any]:
    namespace = run.renaming.text(job.namespace)
    uid = found["metadata"]["uid"] if found else ""
    pods = [pod for pod in run.admin.list_objects("v1", "Pod", namespace) if uid and _controlled(pod, uid)]
    names = {
        job.name,
        *(pod["metadata"]["name"] for pod in pods),
        *(name for pod in pods for name in _claimed(pod).values()),
    }
    return {
        "name": job.name,
        "exists": found is not None,
        "ends": ends(found) if found else {},
        "pods": [seen_pod(pod, products) for pod in pods],
        "complaints": _complaints(run, namespace, names)[:COMPLAINTS],
        "learns": weights(run.fresh[job.dataset]) if job.dataset else [],
    }


def _controlled(pod: Object, uid: str) -> bool:
    return any(one.get("controller") and one["uid"] == uid for one in pod["metadata"].get("ownerReferences") or [])


def seen_pod(pod: Object, products: Mapping[str, str]) -> dict[str, Any]:
    """Return where a pod is, how far it has come, and what it was given; `products` are those of the nodes."""
    spec, status = pod["spec"], pod.get("status", {})
    devices: dict[str, int] = {}
    for container in spec["containers"]:
        for resource, amount in (container.get("resources", {}).get("limits") or {}).items():
            if resource.startswith(DEVICES):
                devices[resource] = devices.get(resource, 0) + int(quantity(amount) or 0)
    return {
        "name": pod["metadata"]["name"],
        "node": spec.get("nodeName", ""),
        "product": products.get(spec.get("nodeName", ""), ""),
        "phase": status.get("phase", ""),
        "state": state_of(status),
        "devices": devices,
        "mounts": _mounts(pod),
        "messages": _messages(status),
        "ran": _ran(status),
        "restarts": {one["name"]: one.get("restartCount", 0) for one in status.get("containerStatuses") or []},
    }


def _claimed(pod: Object) -> dict[str, str]:
    """Return the pod's volumes that stand on claims, with the claims' names."""
    volumes = pod["spec"].get("volumes") or []
    return {one["name"]: one["persistentVolumeClaim"]["claimName"] for one in volumes if "persistentVolumeClaim" in one}


def _mounts(pod: Object) -> dict[str, dict[str, str]]:
    """Return where each container has a volume mounted, with the name of its claim, '' where it stands on none."""
    claimed = _claimed(pod)
    return {
        container["name"]: {
            one["mountPath"]: claimed.get(one["name"], "") for one in container.get("volumeMounts") or []
        }
        for container in pod["spec"]["containers"]
    }


def _messages(status: Object) -> dict[str, str]:
    """Return what each container that has ended well left as its termination message."""
    return {name: end.get("message", "") for name, end in _ends(status).items() if end.get("exitCode") == 0}


def _ran(status: Object) -> dict[str, float]:
    """Return how many seconds each container ran that has ended, by the kubelet's clock, which tells whole seconds."""
    times = {name: (end.get("startedAt"), end.get("finishedAt")) for name, end in _ends(status).items()}
    return {
        name: (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
        for name, (since, until) in times.items()
        if since and until
    }


def _ends(status: Object) -> dict[str, Object]:
    """Return the end of each container that has ended. Source: the Kubernetes API reference of ContainerStateTerminated."""
    ends = {one["name"]: one.get("state", {}).get("terminated") for one in status.get("containerStatuses") or []}
    return {name: end for name, end in ends.items() if end}


def _complaints(run: Run, namespace: str, names: set[str]) -> list[str]:
    """Return the warnings about these objects, newest first, one of each reason: what is tried again has other names."""
    events = run.admin.request("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
    told: dict[str, str] = {}
    for one in sorted(events, key=_when, reverse=True):
        if one.get("type") == "Warning" and one["involvedObject"].get("name") in names:
            told.setdefault(str(one.get("reason")), f"{one.get('reason')}: {one.get('message')}")
    return list(told.values())


def _when(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])
