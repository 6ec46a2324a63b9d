"""A variant, live: the grader grades it by its own names. Each commit draws one exercise, and the nightly run has all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.plays.place import Place
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from tests.draws import drawn

pytestmark = pytest.mark.cluster


def on_this_cluster(exercise: Exercise) -> bool:
    """Whether it needs neither nodes of its own, where test_gpus or test_components prove its variant, nor a sandbox."""
    return bool(exercise.workloads) and not exercise.gpus and not exercise.nodes


SLUGS = [slug for slug in exercises.slugs() if on_this_cluster(exercises.load(slug))]


@pytest.mark.parametrize("slug", drawn(SLUGS, 1, "variant"))
def test_a_variant_breaks_and_is_repaired(
    slug: str, place: Place, tmp_path: Path, prove_variant: Callable[[str, Path, Place], None]
) -> None:
    """Its reference passes everything; its broken form fails as its faults declare, each caught or blocked."""
    prove_variant(slug, tmp_path, place)
