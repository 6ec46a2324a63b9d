"""Which fault is tried when, and what is put in: of every exercise, and under the names that a candidate has."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading import twist
from grader.report.report import CheckResult, Report, Verdict
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission, collect
from tests.unit import reports

BLANK = [slug for slug in sorted(exercises.slugs()) if exercises.load(slug).blank]
SLUGS = sorted({*exercises.slugs()} - {*BLANK})


def fixed(exercise: Exercise, folder: Path) -> Submission:
    """Return the reference, handed in under the exercise's names."""
    for file, text in faults.reference_files(exercise).items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, "utf-8")
    return collect(exercise, folder)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("seed", [None, 5])
def test_every_fault_goes_into_the_reference_as_it_is_in_a_workspace(
    slug: str, seed: int | None, tmp_path: Path
) -> None:
    """Under the names of a variant too."""
    exercise = variants.load(slug, seed)
    submission = fixed(exercise, tmp_path)
    for fault in faults.load(exercise):
        made = twist.applied(submission, fault)
        wanted = faults.broken_files(exercise, [fault])
        assert made == {path: wanted[path] for path in made}
        assert made != twist.texts_of(submission)


@pytest.mark.parametrize("slug", SLUGS)
def test_unseen_faults_come_first_whatever_the_seed(slug: str) -> None:
    exercise = variants.load(slug, 5)
    had = {fault.id for fault in variants.faults_of(exercise, 5)}
    orders = set()
    for seed in (None, *range(8)):
        found = twist.choices(exercise, seed, None)
        assert {one.fault.id for one in found} == {fault.id for fault in faults.load(exercise)}
        assert all(one.repaired == (one.fault.id in had) for one in found)
        assert [one.repaired for one in found] == sorted(one.repaired for one in found)
        orders.add(tuple(one.fault.id for one in found))
        assert found == twist.choices(exercise, seed, None)
    assert len(orders) > 4


@pytest.mark.parametrize("slug", BLANK)
def test_a_blank_exercise_says_that_it_has_no_twist(slug: str) -> None:
    """No candidate's own files have the words that its omissions change."""
    with pytest.raises(InputError, match="begins blank, and has no twist"):
        twist.choices(exercises.load(slug), None, None)


def test_a_file_that_is_no_text_is_left_as_it_is(tmp_path: Path) -> None:
    """It is copied byte by byte; faults go into others."""
    exercise = exercises.load("green-but-wrong")
    submission = fixed(exercise, tmp_path)
    odd = replace(next(one for one in submission.files if one.editable), data=b"\xff\xfe")
    odd_one = replace(submission, files=tuple(odd if one.path == odd.path else one for one in submission.files))
    assert odd.path not in twist.texts_of(odd_one)
    (tmp_path / "new").mkdir()
    twist.write(odd_one, {}, tmp_path / "new", "abc")
    assert (tmp_path / "new" / odd.path).read_bytes() == b"\xff\xfe"


class Grades:
    """A grader of which the test says what it finds, before and after."""

    def __init__(self, before: dict[str, Verdict], after: dict[str, Verdict]) -> None:
        self.found = [before, after]
        self.source = reports.by_policy("serving-never-ready")

    def __call__(self, one: Submission, stage: str) -> Report:  # noqa: ARG002 - the form of a grade
        verdicts = self.found[1 if len(self.found) == 2 else 0]
        results = tuple(
            CheckResult(result.spec, verdicts.get(result.spec.id, Verdict.PASS)) for result in self.source.results
        )
        if len(self.found) == 2:
            self.found.pop()
        return replace(self.source, results=results)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"service-reaches-pods": Verdict.FAIL}, ""),
        ({}, {"service-reaches-pods": Verdict.FAIL, "services-kept": Verdict.BLOCKED}, ""),
        ({"keys-exist": Verdict.FAIL}, {"service-reaches-pods": Verdict.FAIL, "keys-exist": Verdict.FAIL}, ""),
        ({}, {"service-reaches-pods": Verdict.FAIL, "keys-exist": Verdict.FAIL}, "more than it declares: keys-exist"),
        ({}, {}, "no check that passed before sees it"),
        ({"service-reaches-pods": Verdict.FAIL}, {"service-reaches-pods": Verdict.FAIL}, "no check that passed before"),
    ],
)
def test_what_a_proof_asks_for(
    tmp_path: Path, before: dict[str, Verdict], after: dict[str, Verdict], told: str
) -> None:
    """A check that the fault declares fails now and did not before, and none that it does not declare."""
    exercise = exercises.load("serving-never-ready")
    proof = twist.Proof(fixed(exercise, tmp_path), Grades(before, after), live=False)
    choice = twist.choices(exercise, None, "selector")[0]
    if not told:
        assert [one.spec.id for one in proof.of(choice).failed] == ["service-reaches-pods"]
        return
    with pytest.raises(InputError, match=told):
        proof.of(choice)


def test_nothing_is_proven_where_something_is_undecided(tmp_path: Path) -> None:
    exercise = exercises.load("serving-never-ready")
    proof = twist.Proof(fixed(exercise, tmp_path), Grades({}, {"keys-exist": Verdict.ERROR}), live=False)
    with pytest.raises(EnvironmentBrokenError, match="keys-exist is undecided"):
        proof.of(twist.choices(exercise, None, "selector")[0])
