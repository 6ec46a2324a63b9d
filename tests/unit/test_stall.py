"""When the machine stalled, by what our own things tell, and what becomes of failures seen meanwhile."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from grader.checking.checking import run_checks
from grader.live import stalls
from grader.live.observer import patience
from grader.live.steps.hold import Hold
from grader.report.report import MACHINE, CheckResult, Verdict
from harness.exercises import exercise as exercises
from harness.intake.submission import collect
from tests.unit.world import BEGIN, World

EXERCISE = exercises.load("serving-never-ready")
REFERENCE = (EXERCISE.solution or Path()) / "reference"


def judged(**more: Any) -> CheckResult:
    seen: dict[str, Any] = {
        "evidence": None, "phases": {"applied": 1000.0}, "apply_errors": [], "pods": [], "events": [], "probes": [],
        "last_seen": "nothing", "ready_within": 45, "recover_within": 60, "url": "http://x", "stalls": [], "access": [],
        "reach": [],
    }  # fmt: skip
    observations = {one.name: seen | more for one in EXERCISE.scenarios}
    found = run_checks(collect(EXERCISE, REFERENCE), "live", hidden=True, observations=observations).results
    return next(one for one in found if one.spec.id == "becomes-ready")


STALLED = [{"t": 1020.0, "seconds": 8.0, "what": "a request took 8000 ms: the machine stalled"}]
READY = {"applied": 1000.0, "ready": 1010.0, "settled": 1013.0, "held": 1023.0}


def test_a_failure_on_a_steady_machine_is_a_fail() -> None:
    assert judged().verdict is Verdict.FAIL


def test_a_failure_that_a_stall_explains_is_an_error() -> None:
    found = judged(stalls=STALLED, phases={"applied": 1000.0, "late ready": 1050.0})
    assert found.verdict is Verdict.ERROR
    assert found.reason is not None
    assert ("stalled" in found.reason.message, found.reason.cause) == (True, MACHINE)


def test_a_failure_that_a_stall_cannot_explain_is_a_fail() -> None:
    assert judged(stalls=STALLED).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("phases", "verdict"), [(READY, Verdict.ERROR), ({"applied": 1000.0, "broken": 1010.0}, Verdict.ERROR)]
)
def test_what_broke_off_decides_nothing(phases: dict[str, float], verdict: Verdict) -> None:
    """Neither what had passed by then, for it may have failed later, nor what was not seen."""
    assert judged(evidence="the API server is gone", phases=phases).verdict is verdict


def test_what_was_refused_before_all_broke_off_is_a_fail() -> None:
    refused = [{"object": "Deployment/x", "message": "no"}]
    assert judged(evidence="the API server is gone", apply_errors=refused).verdict is Verdict.FAIL


def control(t: float, ms: float = 3.0, error: str | None = None) -> dict[str, Any]:
    return {"kind": "control", "t": t, "ms": ms, "error": error}


def steady(until: float) -> list[dict[str, Any]]:
    return [control(8.0 + number / 2) for number in range(int((until - 8) * 2))]


def found(
    pulse: list[tuple[float, bool]], probes: list[dict[str, Any]], now: float = 60.0
) -> list[tuple[float, float]]:
    return [(one.t, round(one.seconds, 3)) for one in stalls.seen(1.0, pulse, probes, now)]


UP = [(4.0, True)]


def test_a_steady_machine_has_no_stalls() -> None:
    assert found(UP, steady(60.0)) == []
    assert stalls.seen(None, [], [], 60.0) == ()


def test_our_servers_start_tells() -> None:
    """What it takes beyond the usual; where it never comes, all the time so far."""
    assert found([(31.0, True)], []) == [(1.0, 25.0)]
    assert found([(2.0, False)], [], now=21.0) == [(1.0, 15.0)]


def test_our_servers_readiness_tells() -> None:
    assert found([*UP, (20.0, False), (26.0, True)], []) == [(20.0, 6.0)]
    assert found([*UP, (20.0, False), (21.0, False)], [], now=30.0) == [(20.0, 10.0)]


def test_requests_to_our_server_tell() -> None:
    """Slow ones by their time, lost ones at least by a beat; none before the proxy knows the endpoint."""
    assert found(UP, [control(7.5), control(8.0, 1200.0), control(8.5, 900.0)]) == [(8.0, 1.2)]
    assert found(UP, [control(8.0), control(8.5, 2.0, "refused")]) == [(8.5, 0.5)]
    assert found(UP, [control(5.0, 5000.0)]) == []


def test_our_probers_beat_tells() -> None:
    assert found(UP, [*steady(20.0), control(24.0)]) == [(19.5, 4.5)]


def probe(**fields: int) -> dict[str, int]:
    return fields


def test_patience_is_that_of_the_most_impatient_probe() -> None:
    """By the API's defaults where a field is missing; a pod without such a probe has none."""
    pod = {"spec": {"containers": [
        {"livenessProbe": probe(periodSeconds=5, timeoutSeconds=2, failureThreshold=3), "readinessProbe": probe()},
        {"startupProbe": probe(periodSeconds=2, failureThreshold=30)},
    ]}}  # fmt: skip
    assert patience(pod) == {"restart": {"needs": 6.0, "span": 12.0}, "unready": {"needs": 3.0, "span": 21.0}}
    assert patience({"spec": {"containers": [{}]}}) == {}


def held(monkeypatch: pytest.MonkeyPatch, stalled: float) -> dict[str, Any]:
    world = World(EXERCISE, monkeypatch)
    world.at.mark("applied")
    if stalled:
        world.stall(stalled, 1.0)
    return world.play(Hold(10.0))


def test_a_hold_goes_on_for_as_long_as_the_machine_stalled_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that would have restarted in it may only be late."""
    for stalled, seconds in ((0.0, 10.0), (4.0, 14.0)):
        seen = held(monkeypatch, stalled)
        assert (seen["phases"]["held"] - BEGIN, seen["evidence"]) == (seconds, None)


def test_a_hold_in_which_the_machine_does_nothing_but_stall_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = held(monkeypatch, 999.0)
    assert "stalled" in seen["evidence"]
    assert "held" in seen["phases"]


@pytest.mark.parametrize(
    ("stalled", "after", "phase"),
    [(0.0, 0, None), (6.0, 4, BEGIN + 45.75), (6.0, 99, None)],
)
def test_what_is_late_is_waited_for_as_long_as_a_stall_explains(
    stalled: float, after: int, phase: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, looks = World(EXERCISE, monkeypatch), count(1)
    world.stall(stalled, 1.0)
    world.now = BEGIN + 45
    world.at.late("ready", BEGIN, lambda: next(looks) >= after)
    assert world.at.phases.get("late ready") == phase
    assert world.now <= BEGIN + 45 + stalled + 5 + 3 + 1


def test_a_machine_that_stalls_all_along_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(EXERCISE, monkeypatch)
    world.stall(9999.0, 0.0)
    world.now = BEGIN + 45
    world.at.late("ready", BEGIN, lambda: False)
    assert world.now < BEGIN + 2 * 45 + 10
