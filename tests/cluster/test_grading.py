"""Submissions graded for real: policy and live, on the shared cluster, each in namespaces of its own."""

import sys
import threading
from pathlib import Path

import pytest
import yaml

from grader.grade import Place, grade
from grader.report import Outcome, Report, Verdict
from harness import exercise as exercises
from harness import faults
from harness.kube import Ref
from harness.submission import collect

pytestmark = pytest.mark.cluster
SLUGS = [one.slug for one in map(exercises.load, exercises.slugs()) if one.pipeline is None and not one.gpus]


def solution_of(slug: str) -> Path:
    return exercises.load(slug).solution or Path()


def parts(kind: str) -> list[tuple[str, str]]:
    """Return (slug, folder) of each exercise's alternatives or cheats."""
    return [(slug, f"{kind}/{path.name}") for slug in SLUGS for path in sorted((solution_of(slug) / kind).iterdir())]


GOOD = [*((slug, "reference") for slug in SLUGS), *parts("alternatives")]
CHEATS = parts("cheats")


def graded(slug: str, folder: Path, place: Place, *, hidden: bool = True) -> Report:
    def tell(text: str) -> None:
        sys.stderr.write(f"· {text}\n")

    return grade(
        collect(exercises.load(slug), folder),
        "all",
        hidden=hidden,
        place=lambda: place,
        stop=threading.Event(),
        tell=tell,
    )


def ended(report: Report, verdict: Verdict) -> dict[str, str]:
    return {one.spec.id: str(one.reason) for one in report.results if one.verdict is verdict}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_broken_state_fails_as_declared(slug: str, place: Place) -> None:
    """Its FAILs are among those its faults declare, and every fault is caught or blocked; reasons name no run."""
    exercise = exercises.load(slug)
    report = graded(slug, exercise.workspace, place)
    failed, blocked = ended(report, Verdict.FAIL), ended(report, Verdict.BLOCKED)
    declared = {check for fault in faults.load(exercise) for check in fault.caught_by}
    assert report.outcome is Outcome.FAILED
    assert set(failed) <= declared
    for fault in faults.load(exercise):
        assert set(fault.caught_by) & {*failed, *blocked}, fault.id
    for observation in report.observations.values():
        assert not [name for name in observation["namespaces"] if name in str(failed)]


class TestGoodFixes:
    """The reference and the alternatives; a class is what one worker runs in turn."""

    @pytest.mark.parametrize(("slug", "name"), GOOD)
    def test_pass_everything(self, slug: str, name: str, place: Place) -> None:
        report = graded(slug, solution_of(slug) / name, place)
        rest = {one.spec.id: (one.verdict, one.reason) for one in report.results if one.verdict is not Verdict.PASS}
        assert (rest, report.outcome, report.score) == ({}, Outcome.PASSED, 100)


def rejected(slug: str, name: str, place: Place) -> None:
    """Assert that a cheat fails at the `must` check that it names."""
    folder = solution_of(slug) / name
    named = yaml.safe_load((folder / "cheat.yaml").read_text("utf-8"))["rejected_by"]
    report = graded(slug, folder, place)
    assert report.outcome is Outcome.FAILED
    assert named in ended(report, Verdict.FAIL)
    assert next(one.spec.must for one in report.results if one.spec.id == named)


class TestCheats:
    """Half of the cheats."""

    @pytest.mark.parametrize(("slug", "name"), CHEATS[0::2])
    def test_fail_at_the_check_they_name(self, slug: str, name: str, place: Place) -> None:
        rejected(slug, name, place)


class TestMoreCheats:
    """The other half, so that two workers share them."""

    @pytest.mark.parametrize(("slug", "name"), CHEATS[1::2])
    def test_fail_at_the_check_they_name(self, slug: str, name: str, place: Place) -> None:
        rejected(slug, name, place)


def test_runs_leave_no_namespace(place: Place, tmp_path: Path) -> None:
    """After a grade with the public checks only, its namespaces are gone; the report speaks the candidate's names."""
    slug, folder = SLUGS[-1], tmp_path / "manifests"
    folder.mkdir()
    for path in (solution_of(slug) / "reference" / "manifests").iterdir():
        text = path.read_text("utf-8").replace(
            "runAsNonRoot: true", "runAsNonRoot: true\n        runAsUserName: nobody"
        )
        (folder / path.name).write_text(text)
    report = graded(slug, tmp_path, place, hidden=False)
    assert set(ended(report, Verdict.FAIL)) == {"schema-valid"}
    assert not [one for one in report.results if one.spec.visibility == "hidden"]
    text = (solution_of(slug) / "reference" / "manifests" / "deployment.yaml").read_text("utf-8")
    (folder / "deployment.yaml").write_text(text.replace("matchLabels:\n", "matchLabels:\n      another: label\n"))
    report = graded(slug, tmp_path, place, hidden=False)
    reason = ended(report, Verdict.FAIL)["becomes-ready"]
    assert "the API server refused the manifests" in reason
    for removal in place.removals:
        removal.result()
    for observation in report.observations.values():
        for name in observation["namespaces"]:
            assert place.admin.get(Ref("v1", "Namespace", "", name)) is None
            assert name not in reason
