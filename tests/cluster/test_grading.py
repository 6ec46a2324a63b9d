"""Submissions graded for real: policy and live, on the shared cluster, each in namespaces of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.plays.place import Place
from grader.proof.cases import Case, Kind, all_cases
from grader.report.report import Outcome, Report, Verdict
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.kube.kube import Ref
from tests.draws import drawn

pytestmark = pytest.mark.cluster
Grade = Callable[..., Report]
EVERYTHING = [exercises.load(slug) for slug in exercises.slugs()]
SLUGS = [one.slug for one in EVERYTHING if one.workloads and not one.gpus and not one.nodes]


def solution_of(slug: str) -> Path:
    return exercises.load(slug).solution or Path()


def cheat(slug: str) -> Case:
    """Return one cheat: all of them are verify's to grade."""
    cheats = [case for case in all_cases(exercises.load(slug)) if case.kind is Kind.CHEAT]
    return cheats[drawn(range(len(cheats)), 1, slug)[0]]


def ended(report: Report, verdict: Verdict) -> dict[str, str]:
    return {one.spec.id: str(one.reason) for one in report.results if one.verdict is verdict}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_broken_state_fails_as_declared(slug: str, grade_folder: Grade) -> None:
    """Its FAILs are among those its faults declare, and every fault is caught or blocked; reasons name no run."""
    exercise = exercises.load(slug)
    report = grade_folder(exercise, exercise.workspace)
    failed, blocked = ended(report, Verdict.FAIL), ended(report, Verdict.BLOCKED)
    shipped = faults.table(exercise).shipped()
    declared = {check for fault in shipped for check in fault.caught_by}
    assert report.outcome is Outcome.FAILED
    assert set(failed) <= declared
    for fault in shipped:
        assert set(fault.caught_by) & {*failed, *blocked}, fault.id
    for observation in report.observations.values():
        assert not [name for name in observation["namespaces"] if name in str(failed)]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_reference_passes_everything(slug: str, grade_folder: Grade) -> None:
    report = grade_folder(exercises.load(slug), solution_of(slug) / "reference")
    rest = {one.spec.id: (one.verdict, one.reason) for one in report.results if one.verdict is not Verdict.PASS}
    assert (rest, report.outcome, report.score) == ({}, Outcome.PASSED, 100)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_cheat_fails_at_the_must_check_that_it_names(slug: str, grade_folder: Grade, tmp_path: Path) -> None:
    case = cheat(slug)
    case.write(tmp_path)
    report = grade_folder(exercises.load(slug), tmp_path)
    assert report.outcome is Outcome.FAILED, case.name
    assert case.rejected_by in ended(report, Verdict.FAIL), case.name
    assert next(one.spec.must for one in report.results if one.spec.id == case.rejected_by)


def test_runs_leave_no_namespace(grade_folder: Grade, place: Place, tmp_path: Path) -> None:
    """After a grade with the public checks only, its namespaces are gone; the report speaks the candidate's names."""
    slug, folder = SLUGS[-1], tmp_path / "manifests"
    folder.mkdir()
    for path in (solution_of(slug) / "reference" / "manifests").iterdir():
        text = path.read_text("utf-8").replace(
            "runAsNonRoot: true", "runAsNonRoot: true\n        runAsUserName: nobody"
        )
        (folder / path.name).write_text(text)
    report = grade_folder(exercises.load(slug), tmp_path, hidden=False)
    assert set(ended(report, Verdict.FAIL)) == {"schema-valid"}
    assert not [one for one in report.results if one.spec.visibility == "hidden"]
    text = (solution_of(slug) / "reference" / "manifests" / "deployment.yaml").read_text("utf-8")
    (folder / "deployment.yaml").write_text(text.replace("matchLabels:\n", "matchLabels:\n      another: label\n"))
    report = grade_folder(exercises.load(slug), tmp_path, hidden=False)
    reason = ended(report, Verdict.FAIL)["becomes-ready"]
    assert "the API server refused the manifests" in reason
    for removal in place.removals:
        removal.result()
    for observation in report.observations.values():
        for name in observation["namespaces"]:
            assert place.admin.get(Ref("v1", "Namespace", "", name)) is None
            assert name not in reason
