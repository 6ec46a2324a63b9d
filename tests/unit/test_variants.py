"""Variants: the same bytes everywhere, many of them, and nothing in them but what a variant may change."""

import hashlib
import itertools
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults, marker, variants
from harness.intake.submission import collect
from harness.runs import practice

SLUGS = list(exercises.slugs())
GOLDEN = Path(__file__).parent / "golden" / "variants.json"
SEEDS = (0, 1, 7, 1000, 2**40)
SLUG = "serving-never-ready"


def digest(slug: str, seed: int) -> str:
    """Return the SHA-256 of all that a candidate gets of a variant."""
    exercise = variants.load(slug, seed)
    files = {**variants.workspace_files(exercise), "README.md": exercise.ticket.encode()}
    total = hashlib.sha256()
    for path, data in sorted(files.items()):
        total.update(f"{path}\0{len(data)}\0".encode() + data)
    return total.hexdigest()


def test_variants_are_the_same_bytes_everywhere() -> None:
    """A changed digest is a new exercise version: workspaces that are out there were made with the old bytes."""
    found = {
        f"{slug} version {exercises.load(slug).version}": {str(seed): digest(slug, seed) for seed in SEEDS}
        for slug in SLUGS
    }
    assert json.loads(GOLDEN.read_text("utf-8")) == found


def test_draws_depend_on_the_key_alone_and_are_even() -> None:
    first, second = (variants.Draws("a", 1), variants.Draws("a", 1))
    assert [first.below(7) for _ in range(50)] == [second.below(7) for _ in range(50)]
    assert variants.Draws("a", 1).below(2**60) != variants.Draws("a", 2).below(2**60)
    count = Counter(variants.Draws("even", seed).below(6) for seed in range(6000))
    assert all(850 < count[face] < 1150 for face in range(6)), count


@pytest.mark.parametrize("slug", SLUGS)
def test_a_thousand_seeds_draw(slug: str) -> None:
    """They give at least six fault sets of several faults, none where it begins blank, and at least fifty sets of names."""
    shipped, table = exercises.load(slug), faults.table(exercises.load(slug))
    drawn = [variants.faults_of(shipped, seed) for seed in range(1000)]
    assert shipped.blank or min(map(len, drawn)) >= 3
    sets = {frozenset(fault.id for fault in one) for one in drawn}
    assert len(sets) == len(table.sets()) >= (1 if shipped.blank else 6)
    assert len({tuple(variants.names_of(shipped, seed).items()) for seed in range(1000)}) >= 50


@pytest.mark.parametrize("slug", SLUGS)
def test_a_seed_generates(slug: str) -> None:
    """Sixty of them: names and faults together. That every set of faults can be injected is tested by itself."""
    shipped = exercises.load(slug)
    for seed in range(60):
        exercise = variants.drawn(shipped, seed)
        assert exercise.chosen == variants.names_of(shipped, seed)
        assert variants.workspace_files(exercise).keys() == variants.workspace_files(shipped).keys()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_fault_is_drawn_by_some_seed(slug: str) -> None:
    table = faults.table(exercises.load(slug))
    drawn = {fault.id for drawn in table.sets() for fault in drawn}
    assert drawn == (set() if table.blank else {fault.id for fault in table.faults})


@pytest.mark.parametrize("slug", SLUGS)
def test_every_set_combines_in_any_order(slug: str) -> None:
    exercise = exercises.load(slug)
    for drawn in faults.table(exercise).sets():
        assert faults.broken_files(exercise, drawn) == faults.broken_files(exercise, reversed(drawn))


@pytest.mark.parametrize("slug", SLUGS)
def test_names_do_not_meet_what_is_there(slug: str) -> None:
    """No new name stands in the exercise already, and each old one does, in the workspace or the ticket."""
    exercise = exercises.load(slug)
    shipped = {path: data.decode() for path, data in variants.workspace_files(exercise).items()}
    everything = "\n".join([*shipped.values(), exercise.ticket, *faults.reference_files(exercise).values()])
    words = set(re.findall(r"[A-Za-z0-9_-]+", everything))
    for old, name in exercise.names.items():
        assert old in words
        assert not words & set(name.to)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_variant_differs_only_by_its_names(slug: str) -> None:
    """Put back, they give the shipped texts; the objects of a variant no longer have the shipped names."""
    shipped = exercises.load(slug)
    for seed in range(20):
        exercise = variants.drawn(shipped, seed)
        for path, text in faults.reference_files(exercise).items():
            assert exercise.renaming.restore(text) == faults.reference_files(shipped)[path]
        objects = collect(exercise, exercise.workspace).manifests
        assert not {one.name for one in objects if one.file.startswith("platform/")} & set(exercise.names)
        assert not set(exercise.namespaces) & set(exercise.names)


def test_names_and_faults_are_drawn_apart() -> None:
    """Candidates of a round: one fault set, names of their own."""
    shipped = exercises.load(SLUG)
    of_the_round = variants.faults_of(shipped, 5)
    made = [variants.workspace_files(variants.drawn(shipped, seed), of_the_round) for seed in range(4)]
    for one, other in itertools.combinations(made, 2):
        assert one != other
    back = {
        variants.drawn(shipped, seed).renaming.restore(files["manifests/deployment.yaml"].decode())
        for seed, files in enumerate(made)
    }
    assert len(back) == 1


def test_without_a_seed_the_shipped_workspace_is_made(tmp_path: Path) -> None:
    exercise = exercises.load(SLUG)
    practice.make_workspace(exercise, tmp_path / "w")
    for path in exercise.workspace.rglob("*.yaml"):
        assert (tmp_path / "w" / path.relative_to(exercise.workspace)).read_bytes() == path.read_bytes()
    assert (tmp_path / "w" / "README.md").read_bytes() == (exercise.folder / "README.md").read_bytes()
    assert marker.read(tmp_path / "w").seed is None


def test_a_workspace_remembers_its_seed(tmp_path: Path) -> None:
    exercise = variants.load(SLUG, 12)
    practice.make_workspace(exercise, tmp_path / "w")
    found = variants.of_workspace(tmp_path / "w")
    assert (found.seed, found.chosen, found.workload) == (12, exercise.chosen, exercise.workload)
    submission = collect(found, tmp_path / "w")
    assert submission.problems == () == submission.notes


def test_a_seed_of_another_version_is_refused(tmp_path: Path) -> None:
    """Its names would be others."""
    data = {"exercise": SLUG, "version": exercises.load(SLUG).version + 1, "seed": 3}
    (tmp_path / marker.MARKER).write_text(json.dumps(data))
    with pytest.raises(InputError, match="whose seeds are others"):
        variants.of_workspace(tmp_path)


def test_a_variant_needs_the_solution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A candidate's kit grades a variant that it was given, but makes none."""
    target = tmp_path / "exercises" / SLUG
    target.parent.mkdir()
    target.symlink_to(exercises.load(SLUG).folder)
    monkeypatch.setattr("harness.core.paths.KIT", tmp_path)
    exercise = variants.load(SLUG, 3)
    with pytest.raises(InputError, match="the solution of serving-never-ready is not on this machine"):
        practice.make_workspace(exercise, tmp_path / "w")
    assert not (tmp_path / "w").exists()
