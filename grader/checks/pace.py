"""Whether trainings took the time that their epochs take: by the cluster's clocks, as what a trainer says of itself is only its word."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.checks.observed import Observed
from grader.checks.spec import fail

SHARE = 0.9  # of the time that is due
SLACK = 2.0  # seconds that may lack besides of what a container ran: the API tells whole ones
FEW = 3  # epochs from which on a median tells something


def need_time(observed: Observed, job: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> None:
    """Fail where a Job's pods, which ended well, were done sooner than so many epochs are at the Job's pace, or any told of them sooner.

    Slower is at liberty. A pod may go on from the checkpoint of one that was replaced, so what such a one ran counts for it.
    """
    pace = job["pace"]
    if not pace:
        return
    ran = {name: (since, until) for name, since, until in running(observed, job["name"])}
    well = {pod["name"] for pod in pods}
    before = sum(until - since for name, (since, until) in ran.items() if name not in well)
    for pod in pods:
        seconds = pod["ran"].get(job["container"])
        if seconds is not None and seconds + before < SHARE * job["epochs"] * pace - SLACK:
            _fail(pod["name"], pace, job["epochs"], seconds + before)
    for name, told in observed.data["epochs"].items():
        if told["job"] == job["name"] and name in ran and _hurried(told, ran[name][0], pace):
            _fail(name, pace, told["last"] - told["first"], told["seconds"])


def _hurried(told: Mapping[str, Any], began: float, pace: float) -> bool:
    """Whether a pod that `began` to run then told of its epochs sooner than they take.

    A line is stamped when the container runtime gets to it. One that is late shortens the whole, but not most of the epochs; and where
    all came so late that the epochs had their time before, a pipe held them back.
    """
    epochs = told["last"] - told["first"]
    due = SHARE * epochs * pace
    return bool(epochs >= FEW and told["each"] < SHARE * pace and told["seconds"] < due and told["t"] - began < due)


def _fail(pod: str, pace: float, epochs: int, seconds: float) -> None:
    fail("the training was faster than it has to be", object=f"Pod/{pod}",
         expected=f"{pace:g} s to an epoch: {epochs * pace:.1f} s for {epochs}", seen=f"{seconds:.1f} s")  # fmt: skip


def running(observed: Observed, name: str) -> Iterator[tuple[str, float, float]]:
    """Yield since when and until when each pod of a Job was seen to run."""
    snaps = [snap for snap in observed.pods() if snap.get("job") == name]
    for pod in {snap["name"] for snap in snaps}:
        own = [snap for snap in snaps if snap["name"] == pod]
        since = next((snap["t"] for snap in own if snap["phase"] != "Pending"), own[-1]["t"])
        yield (
            pod,
            since,
            next((snap["t"] for snap in own if snap["t"] > since and snap["phase"] != "Running"), own[-1]["t"]),
        )
