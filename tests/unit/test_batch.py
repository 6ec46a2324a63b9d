"""A batch grades again, alone, what the machine left undecided, and nothing else without being asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.grading import batch as module
from grader.grading.batch import Batch, Entry
from grader.grading.grade import Grading
from grader.plays.place import Place
from grader.report.report import Outcome, Report
from harness.exercises import exercise as exercises
from harness.intake.submission import collect
from tests.unit import comparisons

EXERCISE = exercises.load("serving-never-ready")
PASSED = replace(comparisons.of("cheat", "a"), outcome=Outcome.PASSED, score=100)


def test_what_is_undecided_is_graded_again_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"fine": PASSED, "late": comparisons.undecided("b"), "lost": comparisons.open_score("c")}
    submission, again = collect(EXERCISE, EXERCISE.workspace), list[Report]()
    names = iter(first)

    def settled(report: Report, *_: Any, **__: Any) -> Report:
        again.append(report)
        return PASSED

    monkeypatch.setattr(module, "grade", lambda *_, **__: first[next(names)])
    monkeypatch.setattr(module, "settled", settled)
    monkeypatch.setattr(module, "SIDE_BY_SIDE", 1)
    entries = [Entry(name, submission, lambda report: report) for name in first]
    told: list[str] = []
    Batch(tmp_path, "all", confirm=False, tell=told.append).play(entries, Grading(lambda: Place(None, {})))
    assert again == [first["late"]]
    assert [one.report and one.report.outcome for one in entries] == [Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]
    assert told[-1] == "played again: late: passed"
