"""A candidate's bundle of each pipeline, set up as its README says: `check` plays it to a verdict."""

from pathlib import Path

import pytest

from harness.exercises import exercise as exercises
from tests import bundles

pytestmark = pytest.mark.sandbox
SLUGS = [slug for slug in exercises.slugs() if not exercises.load(slug).workloads]


@pytest.mark.parametrize("slug", SLUGS)
def test_check_comes_to_a_verdict(tmp_path: Path, slug: str) -> None:
    """The broken state is played and fails; that its public checks are not all of them is said."""
    bundles.check_comes_to_a_verdict(tmp_path, slug)
