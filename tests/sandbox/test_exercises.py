"""Each exercise that is played in a sandbox: what is right passes, what is broken fails as declared, cheats where they say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.proof.cases import Case, Kind, all_cases
from grader.report.report import Outcome, Report, Verdict
from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.exercises.exercise import Exercise
from harness.intake.submission import collect

pytestmark = pytest.mark.sandbox
SLUGS = [slug for slug in exercises.slugs() if not exercises.load(slug).workloads]
BROKEN = [slug for slug in SLUGS if not exercises.load(slug).blank]
Places = Callable[[Exercise], Place]
SEED = 20_261_125  # any other would do


def graded(case: Case, folder: Path, place_of: Places) -> Report:
    case.write(folder)
    return grade(collect(case.exercise, folder), "all", Grading(lambda: place_of(case.exercise)), hidden=True)


def ended(report: Report, *verdicts: Verdict) -> set[str]:
    return {one.spec.id for one in report.results if one.verdict in verdicts}


def cases(slug: str, seed: int | None, *kinds: Kind) -> list[Case]:
    return [case for case in all_cases(variants.load(slug, seed)) if case.kind in kinds]


@pytest.mark.parametrize("seed", [None, SEED])
@pytest.mark.parametrize("slug", SLUGS)
def test_the_reference_scores_100_under_any_names(
    place_of: Places, tmp_path: Path, slug: str, seed: int | None
) -> None:
    report = graded(cases(slug, seed, Kind.GOOD)[0], tmp_path, place_of)
    reasons = {one.spec.id: one.reason for one in report.results if one.verdict is not Verdict.PASS}
    assert (reasons, report.score, report.outcome) == ({}, 100, Outcome.PASSED)


@pytest.mark.parametrize("seed", [None, SEED])
@pytest.mark.parametrize("slug", BROKEN)
def test_the_broken_workspace_fails_as_its_faults_declare(
    place_of: Places, tmp_path: Path, slug: str, seed: int | None
) -> None:
    """What fails are the checks that its faults declare, but for those that say nothing until another passes."""
    (case,) = cases(slug, seed, Kind.BROKEN)
    report = graded(case, tmp_path, place_of)
    assert report.outcome is Outcome.FAILED
    told = {one.spec.id: one.reason for one in report.results if one.verdict is not Verdict.PASS}
    declared = {check for checks in case.faults.values() for check in checks}
    assert ended(report, Verdict.FAIL) <= declared <= ended(report, Verdict.FAIL, Verdict.BLOCKED), told
    assert ended(report, Verdict.ERROR) == set()
