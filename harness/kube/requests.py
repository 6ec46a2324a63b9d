"""What Kubernetes sets aside for the pods of an object: one sum, for the ground rules and for the room on the cluster.

Sources: Kubernetes documentation on init and sidecar containers ("Resource sharing within containers"), pod overhead,
pod-level resources, LimitRanges, Jobs and horizontal pod autoscaling. Files that no schema has seen yet are read too: a
part of an odd shape counts as absent.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from harness.files.objects import Object
from harness.files.quantity import quantity
from harness.files.workloads import WORKLOADS

POD_SPECS = {name: kind.pod_spec for name, kind in WORKLOADS.items()}
RESOURCES = ("cpu", "memory")
DEVICES = "nvidia.com/"  # what else is counted, where a pod has it

Requests = Mapping[str, Decimal]


def requests_of(value: Object, among: Iterable[Object] = (), nodes: int = 1) -> Requests:
    """Return what an object's pods request together, at the most that it runs at once.

    `among` are the objects that it is applied with: an autoscaler counts with its maximum, a LimitRange with what it gives
    to containers that name nothing. A DaemonSet has a pod on each of `nodes`. A CronJob counts as one of its Jobs, and the
    pods that a rolling update adds for a moment do not count.
    """
    kind = value.get("kind")
    if kind not in POD_SPECS:
        return dict.fromkeys(RESOURCES, Decimal(0))
    beside = [one for one in among if _space(one) == _space(value)]
    copies = _copies(value, beside, nodes)
    return {
        name: copies * amount for name, amount in of_pod(_mapping(value, *POD_SPECS[kind]), defaults(beside)).items()
    }


def total(parts: Iterable[Requests]) -> defaultdict[str, Decimal]:
    """Return the sum of requests; what none of them names is 0."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal, dict.fromkeys(RESOURCES, Decimal(0)))
    for part in parts:
        for name, amount in part.items():
            found[name] += amount
    return found


def of_pod(pod: Mapping[str, Any], given: Requests | None = None) -> Requests:
    """Return what one pod requests; `given` are what a container gets that neither requests nor limits a resource."""
    containers = [*_mappings(pod, "containers"), *_mappings(pod, "initContainers")]
    devices = {
        str(name)
        for holder in (*containers, pod)
        for part in ("requests", "limits")
        for name in _mapping(holder, "resources", part)
        if str(name).startswith(DEVICES)
    }
    return {name: _of_pod(pod, name, given or {}) for name in (*RESOURCES, *sorted(devices))}


def _of_pod(pod: Mapping[str, Any], resource: str, defaults: Requests) -> Decimal:
    """Return a pod's request: its own where it states one, else what its containers come to; and its overhead."""
    together = _of_containers(pod, resource, defaults)
    own = _amount(_mapping(pod, "resources", "requests").get(resource))
    if own is None and not together:
        own = _amount(_mapping(pod, "resources", "limits").get(resource))
    overhead = _amount(_mapping(pod, "overhead").get(resource)) or Decimal(0)
    return (together if own is None else own) + overhead


def _of_containers(pod: Mapping[str, Any], resource: str, defaults: Requests) -> Decimal:
    """Return the larger of what runs in the end and what runs at each step of the start.

    Init containers run one by one, each beside the sidecars (those that restart always) that stand before it.
    """
    sidecars = peak = Decimal(0)
    for container in _mappings(pod, "initContainers"):
        asked = _of_container(container, resource, defaults)
        if container.get("restartPolicy") == "Always":
            sidecars += asked
            asked = Decimal(0)
        peak = max(peak, sidecars + asked)
    running = sum((_of_container(one, resource, defaults) for one in _mappings(pod, "containers")), sidecars)
    return max(running, peak)


def _of_container(container: Mapping[str, Any], resource: str, defaults: Requests) -> Decimal:
    """Return a container's request: what it states, else its limit, else the default."""
    for field in ("requests", "limits"):
        asked = _amount(_mapping(container, "resources", field).get(resource))
        if asked is not None:
            return asked
    return defaults.get(resource, Decimal(0))


def _copies(value: Object, beside: Iterable[Object], nodes: int) -> int:
    """Return how many pods of an object run at once at most."""
    kind, spec = value["kind"], _mapping(value, "spec")
    if kind == "DaemonSet":
        return nodes
    if WORKLOADS[kind].replicated:
        return max(_count(spec.get("replicas"), 1), *_maxima(value, beside), 0)
    work = _mapping(spec, "jobTemplate", "spec") if kind == "CronJob" else spec
    parallelism = _count(work.get("parallelism"), 1)
    return min(parallelism, _count(work.get("completions"), parallelism))


def _maxima(value: Object, beside: Iterable[Object]) -> Iterator[int]:
    """Yield how far each autoscaler may scale an object."""
    for one in beside:
        target = _mapping(one, "spec", "scaleTargetRef")
        name = _mapping(value, "metadata").get("name")
        if one.get("kind") == "HorizontalPodAutoscaler" and (target.get("kind"), target.get("name")) == (
            value["kind"],
            name,
        ):
            yield _count(_mapping(one, "spec").get("maxReplicas"), 0)


def defaults(beside: Iterable[Object]) -> Requests:
    """Return what LimitRanges have containers request that name nothing: the first that says something decides.

    Without a default request, the default limit stands for it, which without one is the maximum; else the minimum.
    """
    found: dict[str, Decimal] = {}
    for one in beside:
        for limit in _mappings(_mapping(one, "spec"), "limits") if one.get("kind") == "LimitRange" else ():
            for field in ("defaultRequest", "default", "max", "min") if limit.get("type") == "Container" else ():
                for name, amount in _mapping(limit, field).items():
                    found.setdefault(str(name), _amount(amount) or Decimal(0))
    return found


def _space(value: Object) -> object:
    return _mapping(value, "metadata").get("namespace")


def _amount(value: object) -> Decimal | None:
    """Return a quantity, None where there is none; one below zero gives nothing back."""
    found = quantity(value)
    return None if found is None else max(found, Decimal(0))


def _count(value: object, default: int) -> int:
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else default


def _mapping(value: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return the mapping below, an empty one where there is none."""
    here: Any = value
    for key in keys:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def _mappings(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    items = value.get(key)
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
