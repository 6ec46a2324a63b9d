"""A candidate's bundle of an exercise for a cluster, set up as its README says: `check` plays it to a verdict.

Each commit draws two, and the nightly run has all; that bundles can be set up is tested of every one without a cluster.
"""

from pathlib import Path

import pytest

from harness.exercises import exercise as exercises
from tests import bundles
from tests.draws import drawn

pytestmark = pytest.mark.cluster
SLUGS = [
    pytest.param(slug, marks=pytest.mark.alone) if exercises.load(slug).nodes else slug  # those have load on them
    for slug in exercises.slugs()
    if exercises.load(slug).workloads
]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("slug", drawn(SLUGS, 2, "bundle"))
def test_check_comes_to_a_verdict(tmp_path: Path, slug: str) -> None:
    """The broken state is run, on a cluster with GPUs where it wants some, and fails; that its public checks are not all of them is said."""
    bundles.check_comes_to_a_verdict(tmp_path, slug)
