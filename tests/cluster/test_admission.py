"""Runs begin when there is room: a second one waits for the first, and one that can never fit is told so."""

import threading
from decimal import Decimal

import pytest

from harness.core.errors import EnvironmentBrokenError
from harness.exercises import exercise as exercises
from harness.kube.kube import Object
from harness.runs import admission
from harness.runs import run as runs
from harness.runs.session import Session

pytestmark = pytest.mark.cluster
EXERCISE = exercises.load("serving-never-ready")


def pods(run: runs.Run, cpu: Decimal) -> list[Object]:
    """Return objects that are counted and never created."""
    container = {"resources": {"requests": {"cpu": str(cpu)}}}
    return [{"kind": "Pod", "metadata": {"namespace": run.workload.namespace}, "spec": {"containers": [container]}}]


class Waits:
    """Waits as `admit` asks for, and tells that it does."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, seconds: float) -> None:
        self.begun.set()
        threading.Event().wait(seconds)


def test_a_run_waits_until_another_gives_its_room_back(session: Session) -> None:
    """More than half of all that runs may have, twice, does not fit."""
    first, second = runs.plan(EXERCISE, session.admin), runs.plan(EXERCISE, session.admin)
    free, ours = admission._free(session.admin)
    most = (free["cpu"] + ours["cpu"]) * Decimal("0.6")
    waits, told = Waits(), list[str]()
    late = threading.Thread(target=admission.admit, args=(second, pods(second, most), waits, told.append))
    try:
        admission.admit(first, pods(first, most), Waits(), lambda _: None)
        late.start()
        assert waits.begun.wait(30)
        assert (told, late.is_alive()) == (["waiting for room on the cluster"], True)
        runs.close(first)
        late.join(120)
        assert not late.is_alive()
    finally:
        runs.close(first)
        runs.close(second)


def test_a_run_that_never_fits_is_an_error(session: Session) -> None:
    run = runs.plan(EXERCISE, session.admin)
    with pytest.raises(
        EnvironmentBrokenError, match=r"of cpu for runs, and this one requests 1000.* give the engine more"
    ):
        admission.admit(run, pods(run, Decimal(1000)), Waits(), lambda _: None)
