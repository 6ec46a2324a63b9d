"""Whether trainings did all their epochs themselves: by their logs, as a result says nothing of whose checkpoint it began with."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from grader.checks.observed import Observed
from grader.checks.pace import SHARE, running
from grader.checks.spec import EvidenceError, fail

HEARD = 1  # starts of a container again of which the log before is kept; the kubelet keeps one


def need_epochs(observed: Observed, job: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> None:
    """Fail unless each of a Job's pods, which ended well, told of all epochs; of a Job that keeps checkpoints, its pods together.

    Raises: EvidenceError where a log could not be read that may tell of them.
    """
    if not job["epochs"]:
        return
    told = {name: entry["told"] for name, entry in observed.data["epochs"].items() if entry["job"] == job["name"]}
    if not job["keeps"]:
        for pod in pods:
            lacks = _lacking(job, told.get(pod["name"], ()))
            if len(lacks) > _again(job, [pod]):
                _fail(observed, job, f"Pod/{pod['name']}", [pod], lacks)
        return
    well = {pod["name"] for pod in pods}
    lost = sum(_unheard(observed, job, name, *times) for name, *times in _others(observed, job["name"], well))
    lacks = _lacking(job, [epoch for heard in told.values() for epoch in heard])
    if len(lacks) > lost + _again(job, pods):
        _fail(observed, job, f"Job/{job['name']}", pods, lacks)


def _lacking(job: Mapping[str, Any], told: Sequence[int]) -> list[int]:
    return sorted(set(range(1, job["epochs"] + 1)) - set(told))


def _again(job: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> int:
    """Return how often pods' containers were started again: each time one epoch may have been kept that was yet to be told of."""
    return sum(pod["restarts"].get(job["container"], 0) for pod in pods)


def _fail(
    observed: Observed, job: Mapping[str, Any], label: str, pods: Sequence[Mapping[str, Any]], lacks: list[int]
) -> NoReturn:
    unread = [pod["name"] for pod in pods if pod["name"] in observed.data["unheard"]]
    if unread:
        raise EvidenceError(f"the log of pod {unread[0]} could not be read")
    for pod in pods:
        if _again(job, [pod]) > HEARD:
            raise EvidenceError(f"pod {pod['name']} was started again more than once, and its first logs are gone")
    fail("the training did not tell of all its epochs", object=label, expected=f"epochs 1 to {job['epochs']} in its log",
         seen=f"{job['epochs'] - len(lacks)} of them, not epoch {lacks[0]}")  # fmt: skip


def _others(observed: Observed, name: str, well: set[str]) -> Iterator[tuple[str, float, float]]:
    """Yield the pods of a Job that ran and did not end well, since when, and until when they may have run: the next one's beginning.

    A pod that is evicted goes on in its grace, and nothing more is seen of it.
    """
    ran = list(running(observed, name))
    for pod, since, until in ran:
        if pod not in well:
            yield pod, since, max(until, min((began for _, began, _ in ran if began > since), default=until))


def _unheard(observed: Observed, job: Mapping[str, Any], name: str, since: float, until: float) -> float:
    """Return how many epochs a pod may have kept unheard: one that it had yet to tell of, and the last of a log that went with it."""
    entry = observed.data["epochs"].get(name)
    if entry and entry["complete"]:
        return 1
    if not job["pace"]:
        return math.inf
    last = max(since, entry["t"] + entry["seconds"]) if entry else since
    return 1 + max(0.0, until - last) // (SHARE * float(job["pace"]))
