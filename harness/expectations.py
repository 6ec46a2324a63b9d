"""What an exercise expects of its workload's rights and connections, and whether its parts name each other rightly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.yamlfile import Path_


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


def strays(data: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Yield what names something that other parts of a valid exercise.yaml do not have: its place, and a message."""
    dataset = data.get("traffic", {}).get("dataset")
    if dataset is not None and dataset not in data.get("fresh", {}):
        yield ("traffic", "dataset"), f"traffic.dataset names {dataset}, which is not under fresh"
    for place, namespace in _namespaces(data):
        if namespace not in data["namespaces"]:
            yield place, f"{place[0]} names namespace {namespace}, which is not under namespaces"
    if {one["allowed"] for one in data.get("reach", [])} == {False}:
        yield (
            ("reach",),
            "reach has no place that is allowed: a denied connection proves nothing without one that is made",
        )


def _namespaces(data: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Yield each namespace that the parts name, and where."""
    for name in data.get("namespace_labels", {}):
        yield ("namespace_labels", name), name
    for value, spots in data.get("fresh", {}).items():
        for number, spot in enumerate(spots):
            yield ("fresh", value, number), spot["namespace"]
    for number, one in enumerate(data.get("access", [])):
        yield ("access", number), one["namespace"]
    if "records" in data:
        yield ("records",), data["records"]["namespace"]
