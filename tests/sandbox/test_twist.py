"""A twist that only playing can prove: what the files say stays right, and what is deployed does not."""

from pathlib import Path

import pytest

from grader.grading.grade import Grading, grade
from grader.grading.twist import Proof, choices, first
from grader.plays.place import Place
from grader.report.report import Report
from harness.containers.sandbox import Sandbox
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.intake.submission import Submission, collect
from harness.runs import practice

pytestmark = pytest.mark.sandbox


def test_a_twist_is_proven_by_playing(sandbox: Sandbox, tmp_path: Path) -> None:
    """No check of the files sees this fault; by the files alone it is no twist, and played it is one."""
    exercise = exercises.load("green-but-wrong")
    practice.fill(exercise, tmp_path)
    for file, text in faults.texts(exercise, faults.solution_of(exercise) / "reference").items():
        (tmp_path / file).write_text(text, "utf-8")
    submission, grading, told = collect(exercise, tmp_path), Grading(lambda: Place(None, {}, sandbox)), list[str]()

    def graded(one: Submission, stage: str) -> Report:
        return grade(one, stage, grading, hidden=True)

    found = choices(exercise, None, "swallowed-exit-code")
    made, refused = first(Proof(submission, graded, live=False), found, told.append)
    assert made is None
    assert "the live stage might" in refused["swallowed-exit-code"]
    made, refused = first(Proof(submission, graded, live=True), found, told.append)
    assert made is not None and not refused
    assert {one.spec.id for one in made.failed} <= set(found[0].fault.caught_by)
    assert {one.spec.stage for one in made.failed} == {"live"}
