"""What failed is played again: a failure that comes again stands, one that does not is undecided."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading.confirm import confirmed, unconfirmed
from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.proof.cases import Case, all_cases
from grader.report.report import Confirmation, Outcome, Report, Verdict
from harness.containers.sandbox import Sandbox
from harness.exercises import variants
from harness.intake.submission import Submission, collect

pytestmark = pytest.mark.sandbox
PLAYED = "fault check-waits"  # only its plays tell of it: its files alone break no check


def case(name: str) -> Case:
    return next(one for one in all_cases(variants.load("fork-safe-ci", None)) if one.name == name)


def submission(name: str, folder: Path) -> Submission:
    one = case(name)
    folder.mkdir()
    one.write(folder)
    return collect(one.exercise, folder)


def test_failures_are_seen_twice(sandbox: Sandbox, tmp_path: Path) -> None:
    """The second play is of the same files at first, then of repaired ones: as though the first had been chance."""
    broken, repaired = submission(PLAYED, tmp_path / "broken"), submission("reference", tmp_path / "repaired")
    grading = Grading(lambda: Place(None, {}, sandbox))
    first = grade(broken, "all", grading, hidden=True)
    names = unconfirmed(first)
    assert names

    def again(of: Submission) -> Report:
        return confirmed(first, of, grading)

    same = again(broken)
    assert [replace(one, seconds=0) for one in same.results] == [replace(one, seconds=0) for one in first.results]
    assert (same.outcome, same.score) == (Outcome.FAILED, first.score)
    assert same.confirmation == Confirmation(names)
    other = again(repaired)
    failed = {one.spec.id for one in first.results if one.verdict is Verdict.FAIL and one.spec.scenario}
    undecided = {one.spec.id: one.reason for one in other.results if one.verdict is Verdict.ERROR}
    assert failed <= set(undecided)
    assert all(
        reason is not None and "passed when it was played again" in reason.message for reason in undecided.values()
    )
    assert (other.outcome, other.score) == (Outcome.UNDECIDED, None)


def test_nothing_is_played_where_nothing_failed(tmp_path: Path) -> None:
    """Failures of the files alone are no matter of chance."""
    broken = submission("broken", tmp_path / "broken")

    def nowhere() -> Place:
        raise AssertionError("a place was asked for")

    grading = Grading(nowhere)
    report = grade(broken, "policy", grading, hidden=True)
    assert report.outcome is Outcome.FAILED
    assert confirmed(report, broken, grading) is report
