"""What an exercise expects of its workload's rights and connections, and whether its parts name each other rightly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Permission:
    """Something that the workload's identity must or must not be allowed to do."""

    verb: str
    resource: str
    namespace: str
    allowed: bool
    group: str = ""
    subresource: str = ""
    name: str = ""


@dataclass(frozen=True)
class Destination:
    """A place that the workload's pods must or must not reach; without a host, a pod of ours in another namespace."""

    name: str
    port: int
    allowed: bool
    host: str = ""


def permissions(data: Mapping[str, Any]) -> tuple[Permission, ...]:
    """Return what `access` of a valid exercise.yaml lists."""
    return tuple(Permission(**one) for one in data.get("access", []))


def destinations(data: Mapping[str, Any]) -> tuple[Destination, ...]:
    """Return what `reach` of a valid exercise.yaml lists."""
    return tuple(Destination(**one) for one in data.get("reach", []))


def strays(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield each part of a valid exercise.yaml that names something which its other parts do not have."""
    dataset = data.get("traffic", {}).get("dataset")
    if dataset is not None and dataset not in data.get("fresh", {}):
        yield f"traffic.dataset names {dataset}, which is not under fresh"
    named = {f"namespace_labels.{name}": name for name in data.get("namespace_labels", {})}
    for value, spots in data.get("fresh", {}).items():
        named |= {f"fresh.{value}.{number}": spot["namespace"] for number, spot in enumerate(spots)}
    named |= {f"access.{number}": one["namespace"] for number, one in enumerate(data.get("access", []))}
    if "records" in data:
        named["records"] = data["records"]["namespace"]
    for place, namespace in named.items():
        if namespace not in data["namespaces"]:
            yield f"{place} names namespace {namespace}, which is not under namespaces"
    wanted = {one["allowed"] for one in data.get("reach", [])}
    if wanted == {False}:
        yield "reach has no place that is allowed: a denied connection proves nothing without one that is made"
