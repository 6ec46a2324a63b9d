"""Faults are edits; the shipped workspace is the reference with all of them."""

import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest

from grader.checking.checking import catalogue
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.exercises.faults import Fault
from harness.files.edits import Edit

SLUGS = list(exercises.slugs())


def fault(name: str, find: str, replace: str = "") -> Fault:
    return Fault(name, "V1", "claim", ("check",), (Edit("f", find, replace),))


@pytest.mark.parametrize("slug", SLUGS)
def test_the_shipped_workspace_is_reference_plus_faults(slug: str) -> None:
    """Nothing is broken by hand; of a blank exercise it is what the candidate does not write."""
    exercise = exercises.load(slug)
    if exercise.blank:
        written = {path for path in exercise.shipped_files if exercise.may_edit(path)}
        assert not written
        assert faults.reference_files(exercise).keys() > exercise.shipped_files.keys()
        return
    broken = faults.broken_files(exercise, faults.table(exercise).shipped())
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
        if faults.clash(*pair):
            continue
        assert faults.inject(files, pair) == faults.inject(files, reversed(pair))


@pytest.mark.parametrize("slug", SLUGS)
def test_the_order_of_all_faults_does_not_matter(slug: str) -> None:
    exercise = exercises.load(slug)
    files, known = faults.reference_files(exercise), list(faults.table(exercise).together())
    whole = faults.inject(files, known)
    for seed in range(5):
        shuffled = random.Random(seed).sample(known, len(known))
        assert faults.inject(files, shuffled) == whole


@pytest.mark.parametrize(("find", "times"), [("a", 2), ("z", 0)])
def test_an_anchor_must_stand_once(find: str, times: int) -> None:
    with pytest.raises(InputError, match=f"stands {times} times in f"):
        faults.inject({"f": "abca"}, [fault("one", find)])


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(InputError, match="fault one and fault two change the same place in f"):
        faults.inject({"f": "abcd"}, [fault("two", "bc"), fault("one", "ab")])


def told(tmp_path: Path, faults_yaml: str) -> str:
    """Return what is said of a faults.yaml for a reference whose one file holds `one two three`."""
    source = exercises.load("serving-never-ready").folder
    folder, solution = tmp_path / "exercises" / "demo", tmp_path / "solutions" / "demo"
    (solution / "reference" / "manifests").mkdir(parents=True)
    (folder / "workspace").mkdir(parents=True)
    text = (source / "exercise.yaml").read_text("utf-8").replace("id: serving-never-ready", "id: demo")
    (folder / "exercise.yaml").write_text(text)
    (solution / "reference" / "manifests" / "a.yaml").write_text("one two three")
    (solution / "faults.yaml").write_text(faults_yaml)
    with pytest.raises(InputError) as caught:
        faults.load(exercises.read(folder))
    return str(caught.value).replace(f"{solution}/", "")


def entry(name: str, find: str, rest: str = "", file: str = "manifests/a.yaml") -> str:
    edit = f"{{file: {file}, find: {find}, replace: x}}"
    return f"  - {{id: {name}, catalogue: V1, claim: c, caught_by: [k], edits: [{edit}]{rest}}}\n"


def test_faults_yaml_is_checked_by_its_schema(tmp_path: Path) -> None:
    """Every problem at once, each with its line."""
    said = told(
        tmp_path, "faults:\n  - id: Bad Id\n    catalogue: V1\n    claim: c\n    caught_by: []\n    edits: []\n"
    )
    assert [line.partition(" ")[0] for line in said.splitlines()] == [f"faults.yaml:{n}:" for n in (5, 6, 2)]


def test_what_the_schema_cannot_see_is_told_at_once(tmp_path: Path) -> None:
    """With file and line: ids, pools, exclusions, anchors, files that are not the candidate's, and overlaps."""
    said = told(
        tmp_path,
        "pools: {few: {draw: 3}}\nfaults:\n"
        + entry("one", "one", ", pool: few")
        + entry("two", "two", ", pool: other")
        + entry("two", "four")
        + entry("three", "three", ", excludes: [nobody]", file="platform/a.yaml")
        + entry("wide", "one two"),
    )
    for words in (
        "faults.yaml:1: pool few is to draw 3, but holds 1 faults",
        "faults.yaml:4: fault two is of pool other, which is not declared",
        "faults.yaml:4: 2 faults share the id two",
        "faults.yaml:5: fault two: its anchor stands 0 times in manifests/a.yaml, not once: 'four'",
        "faults.yaml:6: fault three excludes nobody, which is no other fault",
        "faults.yaml:6: fault three changes platform/a.yaml, which the candidate may not edit",
        "faults.yaml:7: faults one and wide change the same place in manifests/a.yaml",
    ):
        assert words in said.splitlines(), said


def test_faults_that_exclude_each_other_may_share_a_place_but_not_a_variant(tmp_path: Path) -> None:
    """Always together and never together: no variant can be drawn."""
    said = told(tmp_path, "faults:\n" + entry("one", "one") + entry("wide", "one two", ", excludes: [one]"))
    assert said == "faults.yaml:1: no variant can be drawn: faults that are drawn together exclude each other"


def test_sets_leave_out_what_excludes_each_other() -> None:
    """Of two pools of two, one pair cannot be: three sets; the shipped workspace takes the first that fits."""
    a, b, c, d = (replace(fault(name, name), pool=pool) for name, pool in zip("abcd", "ppqq", strict=True))
    table = faults.FaultTable((a, b, replace(c, excludes=("a",)), d), {"p": 1, "q": 1})
    assert ["".join(one.id for one in drawn) for drawn in table.sets()] == ["ad", "bc", "bd"]
    assert "".join(one.id for one in table.shipped()) == "abd"


@pytest.mark.parametrize("slug", SLUGS)
def test_no_fault_may_stay(slug: str) -> None:
    """One fault alone in the reference fails the submission: at a must check, or below the pass mark."""
    exercise = exercises.load(slug)
    specs = {spec.id: spec for spec in catalogue(exercise)}
    for one in faults.load(exercise):
        stopped = set(one.caught_by)
        while more := {spec.id for spec in specs.values() if stopped.intersection(spec.requires)} - stopped:
            stopped |= more
        lost = sum(specs[check].points for check in stopped)
        score = 100 - 100 * lost / sum(spec.points for spec in specs.values())
        assert score < exercise.pass_mark or any(specs[check].must for check in stopped), one.id
