"""Every step that no exercise plays yet, on the cluster: a tiny exercise whose reference passes and whose broken twin fails."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.report.report import Outcome, Report, Verdict
from harness.exercises import exercise as exercises

pytestmark = pytest.mark.cluster
LIVE = Path(__file__).parent.parent / "live"
# drain and scaled want nodes and a component besides: test_components plays them.
FAILS = {
    "trigger": "written",
    "rollout": "out",
    "restart": "back",
    "load": "served",
}  # the check at which the broken twin fails


@pytest.mark.parametrize("verb", FAILS)
def test_the_reference_passes_and_the_broken_twin_fails_where_it_has_to(
    verb: str, grade_folder: Callable[..., Report]
) -> None:
    """And what the step saw stands in the observation, with its times."""
    exercise = exercises.read(LIVE / verb)
    right = grade_folder(exercise, LIVE / verb / "reference")
    assert {result.spec.id: str(result.reason) for result in right.results if result.verdict is not Verdict.PASS} == {}
    wrong = grade_folder(exercise, exercise.workspace)
    assert {result.spec.id for result in wrong.results if result.verdict is Verdict.FAIL} == {FAILS[verb]}
    assert (right.outcome, wrong.outcome) == (Outcome.PASSED, Outcome.FAILED)
    steps = {step["step"]: step for seen in right.observations.values() for step in seen["steps"]}
    assert steps[verb]["ended"] >= steps[verb]["began"]
