"""The Jobs that an exercise wants to see run to completion, and what a training of the kit's trainer must come to."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.files.yamlfile import Path_

FEATURES = 8
SCALE = 65535


@dataclass(frozen=True)
class Job:
    """One Job: its pods, each with `count` of a GPU resource on a GPU of this product, and the least that it requests.

    `workers` is how many loader workers feed a training, `epochs` how often it passes over its data, `pace` how many
    seconds each of them takes; of all three the least. `dataset` names the fresh value that decides what it learns;
    `keeps` says that its checkpoints outlive the pod, and `claim` on which claim, where the ticket names one.
    """

    name: str
    namespace: str
    container: str
    resource: str
    count: int
    product: str
    pods: int = 1
    requests: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0
    dataset: str | None = None
    keeps: bool = False
    epochs: int = 0
    pace: float = 0
    claim: str = ""


def read(data: Mapping[str, Any]) -> tuple[Job, ...]:
    """Return what `jobs` of a valid exercise.yaml lists."""
    return tuple(Job(**one) for one in data.get("jobs", []))


def strays(data: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Yield what does not fit together in the Jobs of an exercise.yaml: place and message."""
    listed = data.get("jobs", [])
    workload = data.get("workload", {})
    if (workload.get("kind") == "Job") != bool(listed):
        yield ("workload",), "a workload of kind Job wants jobs, and only such a workload has them"
    elif listed and workload["name"] not in {one["name"] for one in listed}:
        yield ("workload", "name"), f"jobs does not list the workload's own Job, {workload['name']}"
    for number, one in enumerate(listed):
        if one["namespace"] not in data["namespaces"]:
            yield (
                ("jobs", number, "namespace"),
                f"jobs names namespace {one['namespace']}, which is not under namespaces",
            )
        if "dataset" in one and one["dataset"] not in data.get("fresh", {}):
            yield ("jobs", number, "dataset"), f"jobs names dataset {one['dataset']}, which is not under fresh"


def weights(dataset: str) -> list[float]:
    """Return what a training on this dataset learns, each from -1 to 1; the trainer's image makes its data by the same rule."""
    digest = hashlib.sha256(dataset.encode()).digest()
    return [int.from_bytes(digest[2 * i : 2 * i + 2], "big") / SCALE * 2 - 1 for i in range(FEATURES)]
