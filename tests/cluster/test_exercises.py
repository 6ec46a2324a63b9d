"""Exercises graded for real, as `breakfix verify` does: policy and live, on the shared cluster, each in namespaces of its own.

Each commit draws two of the exercises with a cluster. Those with GPUs or nodes of their own are in test_gpus, test_simulated and test_components.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.plays.place import Place
from grader.report.report import Report, Verdict
from harness.exercises import exercise as exercises
from harness.kube.kube import Ref
from tests.draws import drawn_cases, graded_cases, mistakes, proven_here

pytestmark = pytest.mark.cluster
Grade = Callable[..., Report]
EXERCISE = exercises.load("serving-never-ready")
SOLUTION = EXERCISE.solution or Path()


def failed(report: Report) -> dict[str, str]:
    return {one.spec.id: str(one.reason) for one in report.results if one.verdict is Verdict.FAIL}


@pytest.mark.parametrize("slug", proven_here(lambda one: not one.gpus and not one.nodes))
def test_an_exercise_is_graded_as_its_cases_declare(slug: str, place: Place, tmp_path: Path) -> None:
    """The reference passes, the broken state fails where its faults say, a cheat where it says."""
    assert mistakes(graded_cases(drawn_cases(slug), lambda: place, tmp_path / "journal.jsonl")) == []


def test_runs_leave_no_namespace(grade_folder: Grade, place: Place, tmp_path: Path) -> None:
    """After a grade with the public checks only, its namespaces are gone; the report speaks the candidate's names."""
    folder = tmp_path / "manifests"
    folder.mkdir()
    for path in (SOLUTION / "reference" / "manifests").iterdir():
        text = path.read_text("utf-8").replace(
            "runAsNonRoot: true", "runAsNonRoot: true\n        runAsUserName: nobody"
        )
        (folder / path.name).write_text(text)
    report = grade_folder(EXERCISE, tmp_path, hidden=False)
    assert set(failed(report)) == {"schema-valid"}
    assert not [one for one in report.results if one.spec.visibility == "hidden"]
    text = (SOLUTION / "reference" / "manifests" / "deployment.yaml").read_text("utf-8")
    (folder / "deployment.yaml").write_text(text.replace("matchLabels:\n", "matchLabels:\n      another: label\n"))
    report = grade_folder(EXERCISE, tmp_path, hidden=False)
    reason = failed(report)["becomes-ready"]
    assert "the API server refused the manifests" in reason
    for removal in place.removals:
        removal.result()
    for observation in report.observations.values():
        for name in observation["namespaces"]:
            assert place.admin.get(Ref("v1", "Namespace", "", name)) is None
            assert name not in reason
