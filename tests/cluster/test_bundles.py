"""A candidate's bundle of each exercise for a cluster, set up as its README says: `check` plays it to a verdict."""

import json
from pathlib import Path

import pytest

from harness import exercise as exercises
from tests import bundles

pytestmark = pytest.mark.cluster
SLUGS = [slug for slug in exercises.slugs() if exercises.load(slug).pipeline is None]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("slug", SLUGS)
def test_check_comes_to_a_verdict(tmp_path: Path, slug: str) -> None:
    """The broken state is run, on a cluster with GPUs where it wants some, and fails; that its public checks are not all of them is said."""
    bundle = bundles.installed(tmp_path, slug, live=True)
    checked = bundle.run("--plain", "check", "workspace", "--yes")
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "of 100 points are judged later" in checked.stdout
    report = json.loads((bundle.folder / "workspace" / ".breakfix-report.json").read_text("utf-8"))
    run = [one for one in report["results"] if one["check"]["stage"] == "live"]
    assert run and {one["verdict"] for one in run} <= {"PASS", "FAIL", "BLOCKED"}
    assert report["outcome"] == "failed"
