"""What the team is given for the interview: changes, unusual places, questions and rubric, by what did not pass."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from grader.checking.checking import run_checks
from grader.report import changes, interview
from grader.report.report import Verdict
from grader.report.reporting import report
from grader.report.score import block
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission, SubmittedFile, collect
from tests.unit.reports import by_policy, kept

SLUGS = list(exercises.slugs())


def solution(exercise: Exercise) -> Path:
    assert exercise.solution is not None
    return exercise.solution


def written(exercise: Exercise, folder: Path, **edits: str) -> Submission:
    """Return the reference as a submission, with texts replaced in its files."""
    for path, text in faults.reference_files(exercise).items():
        for old, new in edits.items():
            text = text.replace(old, new)  # noqa: PLW2901 - the edited text
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return collect(exercise, folder)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_workspace_as_handed_out_has_no_changes(slug: str) -> None:
    exercise = exercises.load(slug)
    assert changes.changes(collect(exercise, exercise.workspace)) == ()


def test_a_variant_is_compared_with_its_own_workspace(tmp_path: Path) -> None:
    exercise = variants.load("serving-never-ready", 7)
    for path, data in variants.workspace_files(exercise).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert changes.changes(collect(exercise, tmp_path)) == ()
    (tmp_path / "manifests" / "more.yaml").write_text("kind: None\n", "utf-8")
    (found,) = changes.changes(collect(exercise, tmp_path))
    assert (found.file, found.status, found.diff.splitlines()[-1]) == ("manifests/more.yaml", "added", "+kind: None")


@pytest.mark.parametrize("slug", SLUGS)
def test_no_known_solution_is_unusual(slug: str) -> None:
    exercise = exercises.load(slug)
    folders = [solution(exercise) / "reference", *(solution(exercise) / "alternatives").glob("*/")]
    assert len(folders) > 2
    for folder in folders:
        assert changes.unusual(collect(exercise, folder)) == (), folder.name


def test_what_no_solution_has_and_what_all_of_them_keep_is_named(tmp_path: Path) -> None:
    exercise = exercises.load("serving-never-ready")
    edits = {"terminationGracePeriodSeconds: 15": "terminationGracePeriodSeconds: 400  # to be sure"}
    found = changes.unusual(written(exercise, tmp_path, **edits))
    told = [(one.kind, one.text.strip()) for one in found]
    assert ("added", "terminationGracePeriodSeconds: 400  # to be sure") in told
    assert ("removed", "terminationGracePeriodSeconds: 15") in told
    for one in found:
        lines = (tmp_path if one.kind == "added" else exercise.workspace) / one.file
        assert lines.read_text("utf-8").splitlines()[one.line - 1].strip() == one.text.strip()


@pytest.mark.parametrize("line", ["", "a: b", f"a: {'x' * 900}"])
def test_large_differences_are_cut_and_cost_no_time(line: str) -> None:
    exercise = exercises.load("serving-never-ready")
    data = f"{line}\n".encode() * (900_000 // (len(line) + 1))
    files = tuple(SubmittedFile(f"manifests/{number}.yaml", data, editable=True) for number in range(40))
    submission = Submission(exercise, files, (), ())
    began = time.process_time()
    found = changes.changes(submission)
    places = changes.unusual(submission)
    assert time.process_time() - began < 2.0
    assert len(found) == 40 + 2, "and the two that are gone"
    assert sum(len(one.diff) for one in found) < changes.MOST + 50 * 50
    assert len(places) <= changes.PLACES


@pytest.mark.parametrize("slug", SLUGS)
def test_every_question_of_the_debrief_is_there_with_its_answer(slug: str) -> None:
    """Also those whose check did not run, and none with its number or its checks left in the text."""
    exercise = exercises.load(slug)
    submission = collect(exercise, exercise.workspace)
    results = [one for stage in ("policy", "live") for one in run_checks(submission, stage, hidden=True).results]
    prepared, notes = interview.prepare(submission, results)
    assert notes == ()
    assert prepared is not None
    assert 8 <= len(prepared.questions) <= 10
    for question in prepared.questions:
        assert set(question.answer) == {"Choice", "Why", "Operation"}
        assert question.checks
        assert question.text
        assert not question.text[0].isdigit()
        assert not set(question.checks) & set(question.text.replace("`", " ").split())
    assert 4 <= len(prepared.rubric) <= 6


def test_questions_about_what_did_not_pass_come_first() -> None:
    source = kept("cheat")
    unmet = {one.spec.id for one in source.results if one.verdict in (Verdict.FAIL, Verdict.BLOCKED)}
    assert source.interview is not None
    asked = [bool(question.failed) for question in source.interview.questions]
    assert asked == sorted(asked, reverse=True)
    assert any(asked)
    for question in source.interview.questions:
        assert set(question.failed) == set(question.checks) & unmet


def test_a_broken_rubric_costs_no_grade(tmp_path: Path) -> None:
    original = exercises.load("serving-never-ready")
    shutil.copytree(solution(original), tmp_path / "solution")
    (tmp_path / "solution" / "rubric.yaml").write_text("dimensions: 7\n", "utf-8")
    exercise = replace(original, solution=tmp_path / "solution")
    submission = collect(exercise, exercise.workspace)
    found = report(submission, run_checks(submission, "policy", hidden=True).results, stage="policy")
    assert found.interview is None
    assert any("rubric.yaml:1" in note for note in found.notes)
    assert found.score == by_policy("serving-never-ready").score


def test_without_the_solution_there_is_nothing_to_prepare() -> None:
    exercise = replace(exercises.load("serving-never-ready"), solution=None)
    submission = collect(exercise, exercise.workspace)
    assert interview.prepare(submission, block(run_checks(submission, "policy", hidden=True).results)) == (None, ())
