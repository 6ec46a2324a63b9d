"""Each exercise that is played in a sandbox, as `breakfix verify` does: the reference, what is handed out, and one cheat."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.plays.place import Place
from grader.report.report import Verdict
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from tests.draws import drawn_cases, graded_cases, mistakes

pytestmark = pytest.mark.sandbox
SLUGS = [slug for slug in exercises.slugs() if not exercises.load(slug).workloads]


@pytest.mark.parametrize("slug", SLUGS)
def test_an_exercise_is_graded_as_its_cases_declare(
    slug: str, place_of: Callable[[Exercise], Place], tmp_path: Path
) -> None:
    """The reference passes, the broken state fails where its faults say, the blank one somewhere, a cheat where it says."""
    place = place_of(exercises.load(slug))
    rows = graded_cases(drawn_cases(slug), lambda: place, tmp_path / "journal.jsonl")
    assert mistakes(rows) == []
    for row in rows:
        for cell in row.cells:
            assert row.case.declared <= cell.having(Verdict.FAIL) | cell.having(Verdict.BLOCKED), cell.reasons
