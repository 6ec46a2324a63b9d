"""Short forms: so many faults and no more, the same for a seed everywhere, of those that may stand together."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.faults import FaultTable
from harness.hiring import rounds
from harness.intake.reading import reading_of
from tests.acceptance.rounds import SLUG, write_round


def table(fit: tuple[tuple[str, ...], ...] = ()) -> FaultTable:
    return replace(faults.table(exercises.load(SLUG)), fit=fit)


def has_parts(slug: str) -> bool:
    """Say whether an exercise has faults that can be fewer: it is neither blank nor made for one cause."""
    known = exercises.load(slug)
    return not known.blank and not reading_of(known.venue).whole


def test_a_round_draws_so_many_faults(tmp_path: Path) -> None:
    """Its time is that of a short form, its label another, and its candidates have the same faults."""
    one = rounds.load(write_round(tmp_path, short=3))
    first, second = (one.exercise_of(one.ledger.add(name)) for name in ("Ada", "Bo"))
    drawn = variants.faults_of(first, first.seed)
    assert len(drawn) == 3
    assert [fault.id for fault in drawn] == [fault.id for fault in variants.faults_of(second, second.seed)]
    assert (first.time, first.label) == ("30 to 45 minutes", one.shipped().label)
    assert first.label.endswith(" short 3")
    assert one.label != rounds.load(write_round(tmp_path)).label
    broken = variants.workspace_files(first)
    assert broken == {name: text.encode() for name, text in faults.broken_files(first, drawn).items()}


def test_without_a_word_of_its_own_any_part_of_a_variant_will_do() -> None:
    found = table().short(3)
    whole = [{fault.id for fault in one} for one in table().sets()]
    assert len(found) > len(whole)
    assert all(len(one) == 3 and any({fault.id for fault in one} <= ids for ids in whole) for one in found)
    assert table().short(99) == []


def test_what_is_fit_is_drawn_and_nothing_else() -> None:
    ids = [fault.id for fault in table().faults]
    fit = ((ids[0], ids[2]), (ids[4], ids[1], ids[3]))
    assert [[fault.id for fault in one] for one in table(fit).short(3)] == [[ids[1], ids[3], ids[4]]]
    assert [[fault.id for fault in one] for one in table(fit).short(2)] == [[ids[0], ids[2]]]


@pytest.mark.parametrize("slug", [slug for slug in exercises.slugs() if has_parts(slug)])
def test_every_exercise_says_which_first_steps_are_fit(slug: str) -> None:
    """At least six sets of three, in which each fault of the exercise has its turn."""
    known = faults.table(exercises.load(slug))
    sets = known.short(3)
    assert len(sets) >= 6
    assert {fault.id for one in sets for fault in one} == {fault.id for fault in known.faults}


@pytest.mark.parametrize(
    ("slug", "count", "words"),
    [
        ("write-the-pipeline", 3, "begins blank"),
        ("eight-percent-worse", 3, "made for one cause"),
        ("nothing-schedules", 6, "no short form of 6: faults.yaml says that 3 are fit"),
    ],
)
def test_what_has_no_short_form_is_told_with_its_line(tmp_path: Path, slug: str, count: int, words: str) -> None:
    with pytest.raises(InputError) as caught:
        rounds.load(write_round(tmp_path, slug, short=count))
    assert "round.yaml:9: " in str(caught.value) and words in str(caught.value)


def test_sets_that_cannot_be_are_told_with_their_line(tmp_path: Path) -> None:
    """A set of the file's own may not name what is no fault."""
    exercise = exercises.load(SLUG)
    source = faults.solution_of(exercise)
    data = yaml.safe_load((source / "faults.yaml").read_text("utf-8"))
    (tmp_path / "faults.yaml").write_text(yaml.safe_dump({**data, "short": [["no-such"]]}, sort_keys=False), "utf-8")
    (tmp_path / "reference").symlink_to(source / "reference")
    with pytest.raises(InputError, match=r"faults\.yaml:\d+: short\.0 names no-such, which is no fault"):
        faults.table(replace(exercise, solution=tmp_path))
