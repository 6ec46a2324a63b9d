"""A variant, live: the grader grades it by its own names."""

import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.grade import Place, grade
from grader.report import Outcome, Report, Verdict
from harness import exercise as exercises
from harness import faults, variants
from harness.exercise import Exercise
from harness.submission import collect

pytestmark = pytest.mark.cluster
SEED = 20_261_125  # any other would do


def graded(exercise: Exercise, files: dict[str, bytes], folder: Path, place: Place) -> Report:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return grade(
        collect(exercise, folder),
        "all",
        hidden=True,
        place=lambda: place,
        stop=threading.Event(),
        tell=lambda text: print(f"· {text}", file=sys.stderr),  # noqa: T201 - pytest keeps it for a failure
    )


def ended(report: Report, *verdicts: Verdict) -> set[str]:
    return {one.spec.id for one in report.results if one.verdict in verdicts}


@pytest.mark.parametrize("slug", [slug for slug in exercises.slugs() if exercises.load(slug).pipeline is None])
def test_a_variant_breaks_and_is_repaired(slug: str, place: Place, tmp_path: Path) -> None:
    """Its reference passes everything; its broken form fails as its faults declare, each caught or blocked."""
    exercise = variants.load(slug, SEED)
    drawn = variants.faults_of(exercise, SEED)
    reference = {path: text.encode() for path, text in faults.reference_files(exercise).items()}
    with ThreadPoolExecutor(2) as pool:
        fixed = pool.submit(graded, exercise, reference, tmp_path / "reference", place)
        broken = pool.submit(graded, exercise, variants.workspace_files(exercise), tmp_path / "broken", place)
    rest = {one.spec.id: (one.verdict, one.reason) for one in fixed.result().results if one.verdict is not Verdict.PASS}
    assert (rest, fixed.result().outcome, fixed.result().score) == ({}, Outcome.PASSED, 100)
    failed = ended(broken.result(), Verdict.FAIL)
    assert broken.result().outcome is Outcome.FAILED
    assert failed <= {check for fault in drawn for check in fault.caught_by}
    for fault in drawn:
        assert set(fault.caught_by) & ended(broken.result(), Verdict.FAIL, Verdict.BLOCKED), fault.id
    told = str([one.reason for one in broken.result().results if one.reason])
    assert not [old for old in exercise.chosen if f"/{old}" in re.sub(rf"models(/{old})+", "", told)]
