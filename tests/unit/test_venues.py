"""A venue is one module and one line; nothing else asks which one an exercise has."""

import re
from pathlib import Path

import pytest

from breakfix.commands import practice
from breakfix.options import Options
from grader.venues import VENUES, named, venue_of
from harness.core import paths
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.intake.reading import READINGS, reading_of
from harness.runs import practice as workspaces

OWN = {
    "harness/exercises/exercise.py",
    "harness/exercises/pipeline.py",
    "harness/intake/reading.py",
}  # what an exercise declares, how files are read
NAMED = re.compile(r"\.pipeline\b(?! import)|\.kind == \"(?:deployment|pipeline)\"|venue == |\.on_cluster and ")


def test_each_venue_says_how_its_files_are_read() -> None:
    assert [venue.name for venue in VENUES] == [reading.venue for reading in READINGS]
    for venue in VENUES:
        assert named(venue.name) is venue
        assert venue.standard.is_file()
        assert venue.loop


def test_no_other_code_branches_on_where_an_exercise_is_played() -> None:
    """Except where its files are read and its exercise.yaml is."""
    found = [
        f"{name}: {line.strip()}"
        for top in ("harness", "grader", "breakfix")
        for path in sorted((paths.KIT / top).rglob("*.py"))
        if not (name := str(path.relative_to(paths.KIT))).startswith(("grader/venues/", "harness/images/"))
        if name not in OWN
        for line in path.read_text("utf-8").splitlines()
        if NAMED.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("slug", exercises.slugs())
def test_an_exercise_has_what_its_venue_plays(slug: str) -> None:
    exercise = exercises.load(slug)
    venue = venue_of(exercise)
    assert venue.scenarios(exercise)
    assert venue.inputs(exercise)
    assert bool(exercise.workloads) == venue.on_cluster
    assert reading_of(exercise.venue).shape is not None
    if not venue.on_cluster:
        with pytest.raises(AssertionError, match="has no workload"):
            _ = exercise.workload


@pytest.mark.parametrize("wrong", ["", "venue: moon\n"])
def test_an_exercise_says_where_it_is_played(wrong: str, tmp_path: Path) -> None:
    shipped = exercises.load("serving-never-ready")
    own = tmp_path / shipped.slug
    own.mkdir()
    (own / "workspace").symlink_to(shipped.workspace)
    text = (shipped.folder / "exercise.yaml").read_text("utf-8")
    (own / "exercise.yaml").write_text(text.replace("\nvenue: cluster\n", f"\n{wrong}"), "utf-8")
    with pytest.raises(InputError, match="venue"):
        exercises.read(own)


def test_a_workspace_without_a_cluster_is_not_applied(tmp_path: Path) -> None:
    exercise = variants.load("green-but-wrong", None)
    workspaces.make_workspace(exercise, tmp_path / "mine")
    with pytest.raises(InputError, match="breakfix check"):
        practice.apply(Options(), tmp_path / "mine")
