"""The time that trainings took, by the cluster's clocks, beside what their epochs take."""

from collections.abc import Sequence
from typing import Any

import pytest

from grader.checks import CheckFailureError, Observed
from grader.checks.pace import need_time
from grader.live.jobs import seen_pod

JOB = {"name": "fit", "container": "trainer", "epochs": 40, "pace": 0.6}  # 24 s
FASTER = "faster than it has to be"
Snap = tuple[float, str, str]
Told = tuple[int, int, float, float]


def observed(snaps: Sequence[Snap] = (), told: dict[str, Told] | None = None) -> Observed:
    """Return what was seen of a Job's pods, and what these told: the first and last epoch, the seconds between them, and of each."""
    pods = [{"t": t, "own": True, "name": name, "job": "fit", "phase": phase} for t, name, phase in snaps]
    epochs = {
        name: {"job": "fit", "first": first, "last": last, "t": 100.0, "seconds": seconds, "each": each}
        for name, (first, last, seconds, each) in (told or {}).items()
    }
    return Observed("day", {"pods": pods, "epochs": epochs}, {"kind": "Job", "name": "fit"})


def ended(name: str, seconds: float) -> dict[str, Any]:
    return {"name": name, "ran": {"trainer": seconds}}


@pytest.mark.parametrize(("seconds", "honest"), [(12, False), (15, False), (23, True), (24, True), (60, True)])
def test_a_pod_runs_as_long_as_its_epochs_take(seconds: float, *, honest: bool) -> None:
    """The API tells whole seconds, so that one may lack; slower is at liberty."""
    if honest:
        need_time(observed(), JOB, [ended("fit-1", seconds)])
    else:
        with pytest.raises(CheckFailureError, match=FASTER) as caught:
            need_time(observed(), JOB, [ended("fit-1", seconds)])
        assert (caught.value.reason.expected, caught.value.reason.seen) == (
            "0.6 s to an epoch: 24.0 s for 40",
            f"{seconds:.1f} s",
        )


def test_every_pod_does() -> None:
    with pytest.raises(CheckFailureError, match=FASTER) as caught:
        need_time(observed(), JOB, [ended("fit-1", 60), ended("fit-2", 3)])
    assert caught.value.reason.object == "Pod/fit-2"


def test_what_a_replaced_pod_ran_counts_for_the_one_that_goes_on() -> None:
    """It counts as long as it ran: not while it was Pending, nor after its end, nor what ran of another Job."""
    before: list[Snap] = [
        (100, "fit-0", "Pending"),
        (103, "fit-0", "Running"),
        (118, "fit-0", "Failed"),
        (300, "fit-0", "Failed"),
    ]
    own: list[Snap] = [(119, "fit-1", "Running"), (129, "fit-1", "Succeeded")]
    need_time(observed([*before, *own]), JOB, [ended("fit-1", 10)])
    deleted: list[Snap] = [(103, "fit-0", "Running"), (118, "fit-0", "Running")]
    need_time(observed([*deleted, *own]), JOB, [ended("fit-1", 10)])
    for nothing in ([*before[:1], *own], own, [(100, "fit-0", "Running"), (104, "fit-0", "Failed"), *own]):
        with pytest.raises(CheckFailureError, match=FASTER):
            need_time(observed(nothing), JOB, [ended("fit-1", 10)])
    stranger = observed(before)
    for snap in stranger.data["pods"]:
        snap["job"] = "other"
    with pytest.raises(CheckFailureError, match=FASTER):
        need_time(stranger, JOB, [ended("fit-1", 10)])


@pytest.mark.parametrize(
    ("told", "honest"),
    [
        ((1, 40, 23.4, 0.6), True),
        ((1, 40, 18.0, 0.6), True),  # the first line was stamped late
        ((1, 40, 23.4, 0.4), True),  # many were
        ((1, 40, 11.7, 0.3), False),  # and asleep after it
        ((1, 6, 1.6, 0.3), False),
        ((25, 40, 9.0, 0.6), True),
        ((25, 40, 4.5, 0.3), False),
        ((38, 40, 0.6, 0.3), True),  # too few to tell
        ((40, 40, 0.0, 0.0), True),
        ((1, 40, 90.0, 2.3), True),
    ],
)
def test_epochs_are_told_as_far_apart_as_they_take(told: Told, *, honest: bool) -> None:
    seen = observed([(98, "fit-1", "Running")], {"fit-1": told})
    if honest:
        need_time(seen, JOB, [ended("fit-1", 60)])
    else:
        with pytest.raises(CheckFailureError, match=FASTER):
            need_time(seen, JOB, [ended("fit-1", 60)])
    need_time(seen, {**JOB, "name": "other"}, [ended("other-1", 60)])


def test_epochs_that_a_pipe_held_back_had_their_time() -> None:
    told = {"fit-1": (1, 40, 0.0, 0.0)}
    need_time(observed([(75, "fit-1", "Running")], told), JOB, [ended("fit-1", 60)])
    with pytest.raises(CheckFailureError, match=FASTER):
        need_time(observed([(90, "fit-1", "Running")], told), JOB, [ended("fit-1", 60)])


def test_without_a_pace_any_time_will_do() -> None:
    need_time(observed(told={"fit-1": (1, 40, 0.1, 0.0)}), {**JOB, "pace": 0}, [ended("fit-1", 0)])


def test_a_container_ran_from_its_start_to_its_end() -> None:
    """One that runs still, or of which the kubelet lost the times, is not told of."""

    def status(name: str, **state: Any) -> dict[str, Any]:
        return {"name": name, "state": state}

    ends = [
        status(
            "trainer",
            terminated={"exitCode": 0, "startedAt": "2026-01-01T10:00:50Z", "finishedAt": "2026-01-01T10:01:14Z"},
        ),
        status("lost", terminated={"exitCode": 137, "startedAt": None, "finishedAt": None}),
        status("runs", running={"startedAt": "2026-01-01T10:00:50Z"}),
        status("waits"),
    ]
    pod = {"metadata": {"name": "fit-1"}, "spec": {"containers": []}, "status": {"containerStatuses": ends}}
    assert seen_pod(pod, {})["ran"] == {"trainer": 24.0}
