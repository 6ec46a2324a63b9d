"""A failure seen while the machine stalled is no verdict on the submission."""

from pathlib import Path
from typing import Any

from grader.checking import run_checks
from grader.report import CheckResult, Verdict
from harness import exercise as exercises
from harness.submission import collect

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
