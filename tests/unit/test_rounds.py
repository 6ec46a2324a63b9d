"""round.yaml and its ledger: every problem at once, and nothing that can be bent afterwards."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core import versions
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.hiring import rounds
from tests.acceptance.rounds import SLUG, write_round


def test_a_round_pins_what_all_get(tmp_path: Path) -> None:
    one = rounds.load(write_round(tmp_path, seed=3, pass_mark=66, ai_policy="allowed"))
    assert (one.shipped().pass_mark, one.shipped().ai_policy, one.shipped().seed) == (66, "allowed", 3)
    entry = one.ledger.add("Ada")
    exercise = one.exercise_of(entry)
    assert exercise.pass_mark == 66
    ids = [fault.id for fault in variants.faults_of(exercise, exercise.seed)]
    assert ids == [fault.id for fault in variants.faults_of(one.exercise_of(one.ledger.add("Bo")), 3)]
    assert exercise.chosen == variants.names_of(exercises.load(SLUG), entry.names)


def test_every_problem_is_told_with_its_line(tmp_path: Path) -> None:
    path = write_round(tmp_path, pass_mark=0, ai_policy="sometimes", seed=-1)
    path.write_text(path.read_text("utf-8") + "voided: {x: short}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        rounds.load(path)
    told = str(caught.value).splitlines()
    for line, key in ((5, "seed"), (6, "pass_mark"), (7, "ai_policy"), (9, "voided.x")):
        assert any(f"round.yaml:{line}: {key}" in one for one in told), key


def test_a_round_of_another_kit_or_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        rounds.load(write_round(tmp_path, kit="0.0.1", version=99))
    assert f":2: the round is pinned to kit 0.0.1, and this is {versions.KIT}" in str(caught.value)
    assert ":4: the round is pinned to version 99" in str(caught.value)


def test_an_unknown_exercise_is_told(tmp_path: Path) -> None:
    path = write_round(tmp_path)
    path.write_text(path.read_text("utf-8").replace(SLUG, "no-such-thing"), "utf-8")
    with pytest.raises(InputError, match=r"round\.yaml:3: no exercise is called 'no-such-thing'; --pack"):
        rounds.load(path)


def test_bundles_made_at_once_all_get_into_the_ledger(tmp_path: Path) -> None:
    """Forty threads, twenty candidates: twenty entries, each with an id of its own."""
    one = rounds.load(write_round(tmp_path))
    threads = [threading.Thread(target=one.ledger.add, args=(f"candidate {number % 20}",)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.id for entry in one.ledger.entries()}) == len(one.ledger.entries()) == 20


def test_a_round_that_was_changed_after_bundles_were_made_is_refused(tmp_path: Path) -> None:
    rounds.load(write_round(tmp_path)).ledger.add("Ada")
    changed = rounds.load(write_round(tmp_path, seed=5))
    with pytest.raises(InputError, match=r"round.ledger.jsonl:1: bundle .* stay as they are"):
        changed.ledger.entries()


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "x"}', '"x"'])
def test_a_damaged_ledger_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    one = rounds.load(write_round(tmp_path))
    one.ledger.add("Ada")
    with one.ledger.path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match=r"round.ledger.jsonl:2: cannot be read"):
        one.ledger.entries()


def test_labels_tell_rounds_apart_and_not_voids(tmp_path: Path) -> None:
    """What cannot be compared has another label; voiding a check leaves it."""
    label = rounds.load(write_round(tmp_path)).label
    assert label == rounds.load(write_round(tmp_path, voided={"keys-exist": "the ticket was unclear"})).label
    others = [rounds.load(write_round(tmp_path, seed=11)).label, rounds.load(write_round(tmp_path, pass_mark=11)).label]
    assert len({label, *others}) == 3


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"fraud-scorer": "evil"}, "fraud-scorer"),
        ({"x": "y"}, "(x)"),
        ({"fraud-scorer": "risk-scorer"}, "some are missing"),
    ],
)
def test_names_that_no_bundle_has_are_refused(tmp_path: Path, names: dict[str, str], words: str) -> None:
    """An edited marker gets a clear message."""
    data = {"exercise": SLUG, "version": exercises.load(SLUG).version, "candidate": "abc", "names": names}
    (tmp_path / ".breakfix.json").write_text(json.dumps(data), "utf-8")
    with pytest.raises(InputError) as caught:
        variants.of_workspace(tmp_path)
    assert words in str(caught.value) and "names are none that" in str(caught.value)


def test_more_minutes_are_kept_until_another_number_is_given(tmp_path: Path) -> None:
    """The ledger is only ever added to; the last line of an id counts, in the place of the first."""
    one = rounds.load(write_round(tmp_path))
    first = one.ledger.add("Ada")
    one.ledger.add("Bo")
    assert first.extra_minutes == 0
    assert one.ledger.add("Ada", 45) == replace(first, extra_minutes=45)
    assert one.ledger.add("Ada").extra_minutes == 45
    assert [entry.extra_minutes for entry in one.ledger.entries()] == [45, 0]
    assert len(one.ledger.path.read_text("utf-8").splitlines()) == 3
    assert one.ledger.add("Ada", 0) == first


@pytest.mark.parametrize("minutes", [-1, "45", True, 1.5])
def test_minutes_that_are_none_are_told_with_their_line(tmp_path: Path, minutes: object) -> None:
    one = rounds.load(write_round(tmp_path))
    one.ledger.add("Ada")
    line = json.loads(one.ledger.path.read_text("utf-8"))
    with one.ledger.path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**line, "extra_minutes": minutes}) + "\n")
    with pytest.raises(InputError, match=r"ledger.jsonl:2: extra_minutes is no whole number"):
        one.ledger.entries()
