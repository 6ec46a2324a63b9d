"""What an exercise expects of its workload's rights and connections, and whether its parts name each other rightly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.files.yamlfile import Path_


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
    """A place that the workload's pods must or must not reach; with neither host nor decoy, our pod in another namespace."""

    name: str
    port: int
    allowed: bool
    host: str = ""
    decoy: str = ""


@dataclass(frozen=True)
class Right:
    """Something that the workload's identity may hold; without a name, on objects of every name."""

    verbs: tuple[str, ...]
    resource: str
    namespace: str
    group: str = ""
    name: str = ""


@dataclass(frozen=True)
class Decoy:
    """A healthy pod of ours among the exercise's own: nobody's business to reach, and no caller to be let in."""

    name: str
    namespace: str
    labels: Mapping[str, str]


def permissions(data: Mapping[str, Any]) -> tuple[Permission, ...]:
    """Return what `access` of a valid exercise.yaml lists."""
    return tuple(Permission(**one) for one in data.get("access", []))


def destinations(data: Mapping[str, Any]) -> tuple[Destination, ...]:
    """Return what `reach` of a valid exercise.yaml lists."""
    return tuple(Destination(**one) for one in data.get("reach", []))


def rights(data: Mapping[str, Any]) -> tuple[Right, ...]:
    """Return what `rights` of a valid exercise.yaml lists."""
    return tuple(Right(**{**one, "verbs": tuple(one["verbs"])}) for one in data.get("rights", []))


def decoys(data: Mapping[str, Any]) -> tuple[Decoy, ...]:
    """Return what `decoys` of a valid exercise.yaml lists."""
    return tuple(Decoy(**one) for one in data.get("decoys", []))


def strays(data: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Yield what names something that other parts of a valid exercise.yaml do not have: its place, and a message."""
    dataset = data.get("traffic", {}).get("dataset")
    if dataset is not None and dataset not in data.get("fresh", {}):
        yield ("traffic", "dataset"), f"traffic.dataset names {dataset}, which is not under fresh"
    for place, namespace in _namespaces(data):
        if namespace not in data["namespaces"]:
            yield place, f"{place[0]} names namespace {namespace}, which is not under namespaces"
    known = {one["name"] for one in data.get("decoys", [])}
    for number, one in enumerate(data.get("reach", [])):
        if one.get("decoy", "") not in {"", *known}:
            yield ("reach", number, "decoy"), f"reach names the decoy {one['decoy']}, which is not under decoys"
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
    for part in ("access", "rights", "decoys"):
        for number, one in enumerate(data.get(part, [])):
            yield (part, number), one["namespace"]
    if "records" in data:
        yield ("records",), data["records"]["namespace"]
