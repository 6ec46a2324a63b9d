"""Faults are edits; the shipped workspace is the reference with all of them."""

import itertools
import random
from pathlib import Path

import pytest

from harness import exercise as exercises
from harness import faults
from harness.errors import InputError
from harness.faults import Edit, Fault

SLUGS = list(exercises.slugs())


def fault(name: str, find: str, replace: str = "") -> Fault:
    return Fault(name, "V1", "claim", ("check",), (Edit("f", find, replace),))


@pytest.mark.parametrize("slug", SLUGS)
def test_the_shipped_workspace_is_reference_plus_faults(slug: str) -> None:
    """Nothing is broken by hand."""
    exercise = exercises.load(slug)
    broken = faults.inject(faults.reference_files(exercise), faults.load(exercise))
    shipped = {path: (exercise.workspace / path).read_text("utf-8") for path in broken}
    assert broken == shipped
    assert {
        path.relative_to(exercise.workspace).as_posix() for path in exercise.workspace.rglob("*") if path.is_file()
    } == set(shipped)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_pair_combines_in_any_order(slug: str) -> None:
    exercise = exercises.load(slug)
    files = faults.reference_files(exercise)
    for pair in itertools.combinations(faults.load(exercise), 2):
        assert faults.inject(files, pair) == faults.inject(files, reversed(pair))


@pytest.mark.parametrize("slug", SLUGS)
def test_the_order_of_all_faults_does_not_matter(slug: str) -> None:
    exercise = exercises.load(slug)
    files, known = faults.reference_files(exercise), list(faults.load(exercise))
    whole = faults.inject(files, known)
    for seed in range(5):
        shuffled = random.Random(seed).sample(known, len(known))
        assert faults.inject(files, shuffled) == whole


@pytest.mark.parametrize(("find", "times"), [("a", 2), ("z", 0)])
def test_an_anchor_must_stand_once(find: str, times: int) -> None:
    with pytest.raises(InputError, match=f"stands {times} times in f"):
        faults.inject({"f": "abca"}, [fault("one", find)])


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(InputError, match="faults one and two change the same place in f"):
        faults.inject({"f": "abcd"}, [fault("two", "bc"), fault("one", "ab")])


def test_faults_yaml_problems_are_told(tmp_path: Path) -> None:
    """faults.yaml has a schema of its own."""
    from harness.schemas import load_valid  # noqa: PLC0415

    path = tmp_path / "faults.yaml"
    path.write_text("faults:\n  - id: Bad Id\n    catalogue: V1\n    claim: c\n    caught_by: []\n    edits: []\n")
    with pytest.raises(InputError) as caught:
        load_valid(path, "faults")
    assert str(caught.value).count("faults.yaml:") == 3
