"""A failure seen while the machine stalled is no verdict on the submission."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from grader import scenario
from grader.checking import run_checks
from grader.report import CheckResult, Verdict
from harness import exercise as exercises
from harness.submission import collect

if TYPE_CHECKING:
    from grader.observer import Observer

EXERCISE = exercises.load("serving-never-ready")
REFERENCE = (EXERCISE.solution or Path()) / "reference"


def judged(stall: str) -> CheckResult:
    seen: dict[str, Any] = {
        "evidence": None, "phases": {"applied": 1.0}, "apply_errors": [], "pods": [], "probes": [], "last_seen": "nothing",
        "ready_within": 45, "recover_within": 60, "url": "http://x", "stall": stall,
    }  # fmt: skip
    observations = {scenario.name: seen for scenario in EXERCISE.scenarios}
    found = run_checks(collect(EXERCISE, REFERENCE), "live", hidden=True, observations=observations).results
    return next(one for one in found if one.spec.id == "becomes-ready")


def test_a_failure_on_a_steady_machine_is_a_fail() -> None:
    assert judged("").verdict is Verdict.FAIL


def test_a_failure_on_a_stalled_machine_is_an_error() -> None:
    found = judged("a request took 3000 ms: the machine stalled")
    assert found.verdict is Verdict.ERROR
    assert found.reason is not None
    assert "stalled" in found.reason.message


def holding(stalled: int) -> tuple[int, str | None]:
    """Return how many holds a scenario took, and its evidence, when the machine stalls in the first `stalled` of them."""
    player = object.__new__(scenario._Player)
    holds: list[float] = []
    probes: list[dict[str, Any]] = []

    def hold(_done: object, seconds: float) -> bool:
        holds.append(seconds)
        probes.append(
            {"kind": "control", "t": time.time(), "ms": 3000.0 if len(holds) <= stalled else 3.0, "error": None}
        )
        return False

    player.observer = cast("Observer", SimpleNamespace(wait=hold, pulse=[(1.0, True)], probes=probes))
    player.scenario = EXERCISE.scenarios[0]
    player.phases, player.evidence, player._tell = {}, None, lambda _text: None
    player._hold()
    assert "held" in player.phases
    return len(holds), player.evidence


def test_a_hold_in_which_the_machine_stalled_is_held_again() -> None:
    """A server that would have restarted in it may only be late; where every hold stalls, nothing was seen."""
    assert holding(stalled=0) == (1, None)
    assert holding(stalled=1) == (2, None)
    count, evidence = holding(stalled=99)
    assert (count, "stalled" in str(evidence)) == (scenario.HOLDS, True)
