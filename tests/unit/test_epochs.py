"""The epochs that trainings told of: all of them, by themselves, whatever checkpoint they found."""

from typing import Any

import pytest

from grader.checks import CheckFailureError, EvidenceError, Observed
from grader.checks.epochs import need_epochs

JOB: dict[str, Any] = {"name": "fit", "container": "trainer", "epochs": 10, "pace": 0.6, "keeps": False}
KEEPS = {**JOB, "keeps": True}
LACKS = "did not tell of all its epochs"


def ended(name: str, restarts: int = 0) -> dict[str, Any]:
    return {"name": name, "restarts": {"trainer": restarts}}


def entry(first: int, last: int, *, complete: bool = True) -> dict[str, Any]:
    told = list(range(first, last + 1))
    seconds = 0.6 * (last - first)
    return {"job": "fit", "t": 100.6, "seconds": seconds, "each": 0.6, "complete": complete, "told": told}


def observed(epochs: dict[str, Any], *gone: tuple[str, float, float], unheard: tuple[str, ...] = ()) -> Observed:
    pods = [
        {"t": t, "own": True, "name": name, "job": "fit", "phase": phase}
        for name, since, until in gone
        for t, phase in ((since, "Running"), (until, "Failed"))
    ]
    return Observed("day", {"epochs": epochs, "pods": pods, "unheard": unheard}, {"kind": "Job", "name": "fit"})


@pytest.mark.parametrize(("told", "honest"), [((1, 10), True), ((1, 12), True), ((2, 10), False), ((1, 9), False)])
def test_a_pod_tells_of_its_epochs_itself(told: tuple[int, int], *, honest: bool) -> None:
    seen = observed({"fit-a": entry(1, 10), "fit-b": entry(*told)})
    if honest:
        need_epochs(seen, JOB, [ended("fit-a"), ended("fit-b")])
    else:
        with pytest.raises(CheckFailureError, match=LACKS) as caught:
            need_epochs(seen, JOB, [ended("fit-a"), ended("fit-b")])
        assert caught.value.reason.object == "Pod/fit-b"


def test_a_pod_that_told_of_nothing_found_the_work_done() -> None:
    for job in (JOB, KEEPS):
        with pytest.raises(CheckFailureError, match=LACKS):
            need_epochs(observed({"fit-a": {**entry(1, 10), "job": "other"}}), job, [ended("fit-a")])
    need_epochs(observed({}), {**JOB, "epochs": 0}, [ended("fit-a")])


def test_pods_that_keep_checkpoints_tell_of_them_together() -> None:
    """A pod that was replaced may have kept one that it had yet to tell of, and told of more than was heard of it."""
    before = ("fit-a", 100.0, 102.4)
    need_epochs(observed({"fit-a": entry(1, 4), "fit-b": entry(5, 10)}, before), KEEPS, [ended("fit-b")])
    need_epochs(observed({"fit-a": entry(1, 4), "fit-b": entry(6, 10)}, before), KEEPS, [ended("fit-b")])
    with pytest.raises(CheckFailureError, match=LACKS):
        need_epochs(observed({"fit-a": entry(1, 4), "fit-b": entry(7, 10)}, before), KEEPS, [ended("fit-b")])
    late = {"fit-a": entry(1, 4, complete=False), "fit-b": entry(8, 10)}
    need_epochs(observed(late, ("fit-a", 100.0, 103.7)), KEEPS, [ended("fit-b")])
    with pytest.raises(CheckFailureError, match=LACKS):
        need_epochs(observed(late, before), KEEPS, [ended("fit-b")])
    need_epochs(observed({"fit-b": entry(4, 10)}, ("fit-a", 100.0, 101.3)), KEEPS, [ended("fit-b")])
    with pytest.raises(CheckFailureError, match=LACKS):
        need_epochs(observed({"fit-b": entry(4, 10)}), KEEPS, [ended("fit-b")])


def test_without_a_pace_nothing_is_said_of_a_log_that_went_with_its_pod() -> None:
    seen = observed({"fit-b": entry(4, 10)}, ("fit-a", 100.0, 100.1))
    need_epochs(seen, {**KEEPS, "pace": 0}, [ended("fit-b")])


def test_a_container_that_started_again_may_lack_an_epoch_and_an_earlier_log() -> None:
    holed = {"fit-a": {**entry(1, 10), "told": [1, 2, 3, 5, 6, 7, 8, 9, 10]}}
    need_epochs(observed(holed), JOB, [ended("fit-a", 1)])
    with pytest.raises(CheckFailureError, match=LACKS):
        need_epochs(observed({"fit-a": entry(4, 10)}), JOB, [ended("fit-a", 1)])
    with pytest.raises(EvidenceError, match="more than once"):
        need_epochs(observed({"fit-a": entry(4, 10)}), JOB, [ended("fit-a", 2)])


def test_a_log_that_could_not_be_read_fails_nobody() -> None:
    with pytest.raises(EvidenceError, match="log of pod fit-a"):
        need_epochs(observed({}, unheard=("fit-a",)), JOB, [ended("fit-a")])


def test_an_evicted_pod_goes_on_in_its_grace_until_the_next_one_begins() -> None:
    """Nothing is seen of it after it was told to go."""
    seen = observed(
        {"fit-a": entry(1, 4, complete=False), "fit-b": entry(8, 10)}, ("fit-a", 100.0, 102.4), ("fit-b", 104.0, 106.0)
    )
    need_epochs(seen, KEEPS, [ended("fit-b")])
