"""A blank exercise hands out what there is and nothing of a solution; its faults are omissions, for its proof alone."""

import json
from pathlib import Path

import pytest

from breakfix.commands import authoring, bundling
from breakfix.options import Options
from grader.proof.cases import Kind, all_cases
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.runs import practice

SLUGS = [slug for slug in exercises.slugs() if exercises.load(slug).blank]
LONG = 25  # characters of a line that stands in a reference by no chance


def lines(texts: dict[str, str]) -> set[str]:
    return {line.strip() for text in texts.values() for line in text.splitlines() if len(line.strip()) >= LONG}


def secrets_of(exercise: Exercise) -> set[str]:
    """Return the lines that only the reference has."""
    good = {path: text for path, text in faults.reference_files(exercise).items() if exercise.may_edit(path)}
    assert good
    public = {
        str(path): path.read_text("utf-8") for path in exercise.folder.rglob("*") if path.suffix in {".md", ".py"}
    }
    return lines(good) - lines(public)


def test_there_is_one() -> None:
    assert SLUGS


@pytest.mark.parametrize("seed", [None, 3])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_workspace_holds_nothing_of_the_reference(slug: str, seed: int | None, tmp_path: Path) -> None:
    """Also where a round's faults are put in, of which there are none."""
    exercise = variants.load(slug, seed)
    practice.make_workspace(exercise, tmp_path / "w")
    made = {path.relative_to(tmp_path / "w").as_posix(): path for path in (tmp_path / "w").rglob("*") if path.is_file()}
    assert not [path for path in made if exercise.may_edit(path)]
    assert not secrets_of(exercise) & lines({name: path.read_text("utf-8") for name, path in made.items()})
    assert variants.workspace_files(exercise, ()) == variants.workspace_files(exercise)


@pytest.mark.parametrize("slug", SLUGS)
def test_what_a_bundle_brings_holds_nothing_of_the_reference(slug: str) -> None:
    exercise = variants.load(slug, 3)
    found = {name: data.decode() for name, data in bundling._public_side(exercise)}
    assert {f"exercises/{slug}/workspace/{path}" for path in exercise.shipped_files} <= found.keys()
    assert not secrets_of(exercises.load(slug)) & lines(found)


@pytest.mark.parametrize("slug", SLUGS)
def test_its_workspace_is_not_made_of_the_reference(slug: str) -> None:
    with pytest.raises(InputError, match="begins blank"):
        authoring.rebreak(Options(), slug)


@pytest.mark.parametrize("slug", SLUGS)
def test_its_proof_has_omissions_in_place_of_faults(slug: str) -> None:
    """Each alone, a chain of several, and what was handed out, which breaks nothing and must not pass."""
    exercise = exercises.load(slug)
    cases = {case.name: case for case in all_cases(exercise)}
    assert {f"omission {one.id}" for one in faults.load(exercise)} == {
        name for name, case in cases.items() if case.kind is Kind.FAULT
    }
    assert len(faults.load(exercise)) >= 12
    assert (cases["blank"].kind, "broken" in cases) == (Kind.ODD, False)
    assert cases["blank"].files == variants.workspace_files(exercise)
    assert next(case.after for case in cases.values() if case.kind is Kind.PARTIAL) == ""


@pytest.mark.parametrize("slug", SLUGS)
def test_its_marker_tells_no_omission(slug: str, tmp_path: Path) -> None:
    practice.make_workspace(variants.load(slug, 3), tmp_path / "w")
    told = json.loads((tmp_path / "w" / ".breakfix.json").read_text("utf-8"))
    assert not {one.id for one in faults.load(exercises.load(slug))} & set(json.dumps(told).split('"'))
