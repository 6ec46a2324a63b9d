"""Look at what Jobs have left on their claims: neither a log nor a file of a submission can say that it is still there."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb
from harness.cluster import gpupool, ownnode
from harness.exercises.exercise import Exercise
from harness.exercises.jobs import Job
from harness.kube.kube import Object, Ref

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Checkpoint:
    """A plain file on a claim that holds the state of a training; `own`: of this run's dataset. `t` is when it was written."""

    path: str
    bytes: int
    t: float
    epoch: int
    own: bool
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Left:
    """What a Job has left on a claim; `missing` says why there is nothing to look at, and `others` what is no checkpoint."""

    job: str
    claim: str
    missing: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept(Verb):
    """Every claim that a Job with `keeps` had mounted was looked at.

    A Job is complete when all its pods have ended, sidecars too, so that nothing of it writes or removes any more. Source: the API
    reference of JobStatus. Our own program looks, on the claim's node: no quota of the submission's can keep it away.
    """

    name: ClassVar[str] = "kept"
    practised: ClassVar[bool] = False

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield that no Job keeps anything."""
        if not any(job.keeps for job in exercise.jobs):
            yield "kept looks at what Jobs with keeps: true have left, and there is none"

    def run(self, at: "Context") -> bool:
        """Look."""
        at.tell("looking at what the Jobs have left on their claims")
        for job in at.run.exercise.jobs:
            for claim in sorted(_claims(at, job)) if job.keeps else ():
                at.record("kept", _left(at, job, claim))
        return True


def _claims(at: "Context", job: Job) -> set[str]:
    """Return the claims on which the Job's pods that ended well could write; none where it is not complete."""
    ended = (state for state in at.told["jobs"] if state["name"] == job.name and "Complete" in state["ends"])
    pods = [pod for state in ended for pod in state["pods"] if pod["phase"] == "Succeeded"]
    return {claim for pod in pods for claim in pod["mounts"].get(job.container, {}).values() if claim}


def _left(at: "Context", job: Job, claim: str) -> Left:
    held = at.admin.get(Ref("v1", "PersistentVolumeClaim", at.run.renaming.text(job.namespace), claim))
    name = "" if held is None else held["spec"].get("volumeName", "")
    volume = at.admin.get(Ref("v1", "PersistentVolume", "", name)) if name else None
    if volume is None:
        return Left(job.name, claim, "the claim is gone" if held is None else "the claim's volume is gone")
    path = (volume["spec"].get("hostPath") or volume["spec"].get("local") or {}).get("path", "")
    node = next((node for node in ownnode.nodes(at.admin) if node in _hosts(volume)), None)
    if node is None or not path:
        return Left(job.name, claim, "the claim's volume is no folder of a GPU node")
    told = gpupool.left_in(at.admin, node, path)
    dataset = hashlib.sha256(at.run.fresh[job.dataset].encode()).hexdigest() if job.dataset else ""
    found = tuple(_checkpoint(checkpoint, dataset) for checkpoint in told["checkpoints"])
    return Left(job.name, claim, "", found, tuple(told["others"]))


def _checkpoint(told: Object, dataset: str) -> Checkpoint:
    own, weights = told["dataset"] == dataset, tuple(map(float, told["weights"]))
    return Checkpoint(told["path"], told["bytes"], told["t"], told["epoch"], own, weights)


def _hosts(volume: Object) -> set[str]:
    """Return the hosts that a volume is on, where it says so. Source: the API's VolumeNodeAffinity."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required") or {}
    rules = [rule for term in required.get("nodeSelectorTerms") or [] for rule in term.get("matchExpressions") or []]
    return {host for rule in rules if rule["key"] == ownnode.HOSTNAME for host in rule.get("values") or []}
