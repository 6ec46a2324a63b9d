"""Put a component on a cluster, once: its objects in order, then a wait for what it says must be ready."""

import copy
from collections.abc import Callable, Mapping, Sequence

from harness.cluster.ownnode import ON_CONTROL_PLANE
from harness.containers.images import Image
from harness.core import artifacts
from harness.core.deadline import Deadline
from harness.core.progress import Progress
from harness.exercises.component import DEFINITION, Component
from harness.files.workloads import WORKLOADS
from harness.kube.kube import Kube, Object, Ref, ref_of

MARK = "breakfix.dev/component"  # on what must be ready and on its pods: what it was made from
MANAGER = "breakfix"
READY_SECONDS = 180
FIRST = ("Namespace", DEFINITION)  # what other objects stand in, or are of


def install(
    admin: Kube,
    component: Component,
    images: Mapping[str, Image],
    progress: Progress,
    *,
    beside: Sequence[Object] = (),
) -> None:
    """Make sure that a component runs as its folder says, `beside` some more objects; a few milliseconds where it does.

    Its Deployments and StatefulSets stand on the control plane, where no exercise drains or taints anything.

    Raises: EnvironmentBrokenError where it does not get ready, with what was last seen.
    """
    mark = mark_of(component, images, beside)
    if not waiting(admin, component, mark):
        return
    progress(f"installing {component.name}")
    values = [
        _marked(value, mark) if ref_of(value) in component.ready else _placed(value) for value in component.objects()
    ]
    first = [value for value in values if value["kind"] in FIRST]
    for value in first:
        admin.apply(value, manager=MANAGER)
    _await(lambda: [seen for value in first if value["kind"] == DEFINITION for seen in unready(admin, ref_of(value))])
    for value in (*beside, *(value for value in values if value["kind"] not in FIRST)):
        admin.apply(value, manager=MANAGER)
    _await(lambda: waiting(admin, component, mark))


def mark_of(component: Component, images: Mapping[str, Image], beside: Sequence[Object] = ()) -> str:
    """Return what stands for all that is installed."""
    return artifacts.digest([component.digest, *(images[name].id for name in component.images), *map(repr, beside)])


def waiting(admin: Kube, component: Component, mark: str) -> list[str]:
    """Return what is not ready of a component as it should be, in words; nothing where all is."""
    return [seen for ref in component.ready for seen in unready(admin, ref, mark)]


def unready(admin: Kube, ref: Ref, mark: str | None = None) -> list[str]:
    """Return why an object is not ready, where it is not, or is of another mark."""
    found = admin.get(ref)
    where = f"{ref.label} in {ref.namespace}" if ref.namespace else ref.label
    if found is None:
        return [f"{where} is not there"]
    if mark is not None and (found["metadata"].get("annotations") or {}).get(MARK) != mark:
        return [f"{where} is an older one"]
    return [] if READY[ref.kind](found) else [f"{where} is not ready: {found.get('status', {})}"]


def _replicas(value: Object) -> bool:
    status, wanted = value.get("status", {}), value["spec"].get("replicas", 1)
    return bool(
        status.get("observedGeneration") == value["metadata"]["generation"]
        and status.get("updatedReplicas", 0) >= wanted
        and status.get("availableReplicas", 0) >= wanted
    )


def _everywhere(value: Object) -> bool:
    status = value.get("status", {})
    wanted = status.get("desiredNumberScheduled", 0)
    return bool(
        status.get("observedGeneration") == value["metadata"]["generation"]
        and status.get("updatedNumberScheduled", 0) == wanted
        and status.get("numberAvailable", 0) == wanted
    )


def _holds(condition: str) -> Callable[[Object], bool]:
    def holds(value: Object) -> bool:
        found = value.get("status", {}).get("conditions") or []
        return any(one["type"] == condition and one["status"] == "True" for one in found)

    return holds


READY: Mapping[str, Callable[[Object], bool]] = {
    "Deployment": _replicas,
    "StatefulSet": _replicas,
    "DaemonSet": _everywhere,
    "APIService": _holds("Available"),
    DEFINITION: _holds("Established"),
}


def _await(left: Callable[[], list[str]]) -> None:
    deadline = Deadline(READY_SECONDS, "a component")
    while seen := left():
        deadline.check("; ".join(seen)[:500])
        deadline.pause(0.2)


def _marked(value: Object, mark: str) -> Object:
    """Return an object with its mark, on its pods too, so that another one starts them anew."""
    value = _placed(value)
    holders = [value, value["spec"]["template"]] if value["kind"] in WORKLOADS else [value]
    for holder in holders:
        metadata = holder.setdefault("metadata", {})
        metadata["annotations"] = {**(metadata.get("annotations") or {}), MARK: mark}
    return value


def _placed(value: Object) -> Object:
    """Return a copy of an object; the pods of one that is replicated are kept on the control plane."""
    value = copy.deepcopy(value)
    kind = WORKLOADS.get(value["kind"])
    if kind is not None and kind.replicated:
        pod = value["spec"]["template"]["spec"]
        pod["nodeSelector"] = {**(pod.get("nodeSelector") or {}), **ON_CONTROL_PLANE["nodeSelector"]}
        pod["tolerations"] = [*(pod.get("tolerations") or []), *ON_CONTROL_PLANE["tolerations"]]
    return value
