"""What checkout's requests came to, judged: a load that lasts is no wrong answer, and one without end is."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from grader.checks.observed import Observed
from grader.checks.spec import CheckFailureError
from harness.exercises import exercise as exercises

RIGHT, WRONG, LOADING = (200, True), (200, False), (503, None)


@pytest.fixture(scope="module")
def predictions_right() -> Callable[[Observed], None]:
    path = exercises.load("serving-never-ready").folder / "checks" / "test_serving.py"
    spec = importlib.util.spec_from_file_location("serving_checks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check: Callable[[Observed], None] = module.test_predictions_are_right
    return check


def observed(*answers: tuple[int, bool | None]) -> Observed:
    probes = [
        {"kind": "predict", "t": 1.0, "status": status, "correct": right, "error": ""} for status, right in answers
    ]
    data: dict[str, Any] = {"apply_errors": [], "phases": {"ready": 0.0, "settled": 0.5, "held": 2.0}, "probes": probes}
    return Observed("steady", {**data, "url": "http://fraud-scorer"}, {"kind": "Deployment", "name": "fraud-scorer"})


def test_servers_that_still_load_do_not_count(predictions_right: Callable[[Observed], None]) -> None:
    predictions_right(observed(LOADING, LOADING, RIGHT))


@pytest.mark.parametrize("answers", [(LOADING, LOADING), (LOADING, RIGHT, WRONG), (RIGHT, (401, None)), (WRONG,)])
def test_what_is_wrong_counts(
    predictions_right: Callable[[Observed], None], answers: tuple[tuple[int, bool | None], ...]
) -> None:
    with pytest.raises(CheckFailureError, match="right prediction"):
        predictions_right(observed(*answers))
