"""What the check of starts that come due concludes from what the controller did, as a scenario would have seen it."""

from collections.abc import Sequence
from typing import Any

import pytest

from grader.checking.checking import run_checks
from grader.report.report import CheckResult, Verdict
from harness.exercises import exercise as exercises
from harness.intake.submission import Submission, collect

EXERCISE = exercises.load("nightly-retrain")


@pytest.fixture(scope="module")
def reference() -> Submission:
    """The exercise's own solution."""
    assert EXERCISE.solution is not None
    return collect(EXERCISE, EXERCISE.solution / "reference")


def fired(ago: float, jobs: Sequence[str] = (), cut: Sequence[str] = (), at_work: Sequence[str] = ()) -> dict[str, Any]:
    """Return what the controller did about a start."""
    told = {"jobs": list(jobs), "cut": list(cut), "at_work": list(at_work)}
    return {"t": 1.0, "cronjob": "churn-retrain", "ago": ago, "due": "03:10 CET", "trouble": "", **told}


def judged(submission: Submission, second: dict[str, Any], late: Sequence[str] = ()) -> CheckResult:
    """Return what becomes of a second start while a slow run was begun, which completes; `late` are runs of one that came too late."""
    night = {"world": "slow", "number": 0, "day": "2026-01-02", "concept": 0.0, "serving": 1, "env": {}}
    ledger = {"entries": [{"call": "night", "number": 0}], "serving": 1}
    end = {"job": "a", "end": "Complete", "message": "", "tries": 1, "over": 9.0, "late": None, "began": 0.0, "within": 85.0,
           "last": ""}  # fmt: skip
    seen = {
        "apply_errors": [],
        "phases": {"ready": 1.0},
        "fires": [fired(58, ["a"]), second],
        "tellings": [
            {"t": 0.0, "word": word, "answer": answer, "trouble": ""}
            for word, answer in (("slow", night), ("ledger", ledger))
        ],
        "starts": [{"telling": 1, "job": job, "trouble": ""} for job in ("a", *late)],
        "ends": [{**end, "job": job} for job in ("a", *late)],
    }
    found = run_checks(submission, "live", hidden=True, observations={"clock": seen}).results
    return next(one for one in found if one.spec.id == "run-at-work-left-alone")


@pytest.mark.parametrize(
    ("second", "verdict", "says"),
    [
        (fired(20, at_work=["a"]), Verdict.PASS, ""),
        (fired(20, ["b"], at_work=["a"]), Verdict.FAIL, "starts another run"),
        (fired(20, ["b"], ["a"], ["a"]), Verdict.FAIL, "ends the run"),
        (fired(20, ["b"]), Verdict.FAIL, "over before the next start"),
        (fired(20), Verdict.FAIL, "over before the next start"),
    ],
)
def test_a_run_at_work_is_left_alone(
    reference: Submission, second: dict[str, Any], verdict: Verdict, says: str
) -> None:
    found = judged(reference, second)
    assert (found.verdict, says in (found.reason.message if found.reason else "")) == (verdict, True)


def test_what_starts_too_late_is_another_checks(reference: Submission) -> None:
    """It starts in the same night, when the run at work has long ended."""
    assert judged(reference, fired(20, at_work=["a"]), late=["c"]).verdict == Verdict.PASS
