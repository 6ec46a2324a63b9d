"""The take-homes that the kit ships: listed, shown, pinned for a team, and right for every candidate."""

from pathlib import Path

import pytest
import yaml

from harness.core import versions
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.files import tokens
from harness.hiring import rounds, takehomes

from .conftest import Breakfix

NAMES = list(takehomes.names())


def test_they_are_listed_and_shown(breakfix: Breakfix) -> None:
    """With their time and parts; the story has a word in place of each of its names."""
    told = breakfix("list").out
    assert {"platform-takeover", "gpu-and-retraining"} <= set(NAMES)
    for name in NAMES:
        assert name in told
        shown = breakfix("show", name)
        assert (shown.code, "$" in shown.out) == (0, False), shown.err
        for part, slug in takehomes.load(name).parts.items():
            assert f"{part}: {slug}" in shown.out
        assert shown.out.count("short form of 3 faults") == len(takehomes.load(name).short)
    assert breakfix("show", "no-such-thing").code == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_team_pins_one_and_fills_in_whom_to_ask(breakfix: Breakfix, tmp_path: Path, name: str) -> None:
    """Seeds are drawn anew each time; without a contact it is no round yet, and nothing is written over."""
    for folder in ("one", "two"):
        assert breakfix("bundle", "--takehome", name, "--output", folder).code == 0
    one, two = (yaml.safe_load((tmp_path / folder / "round.yaml").read_text("utf-8")) for folder in ("one", "two"))
    assert one["kit"] == versions.KIT and [part["seed"] for part in one["parts"]] != [
        part["seed"] for part in two["parts"]
    ]
    assert [part["version"] for part in one["parts"]] == [
        exercises.load(part["exercise"]).version for part in one["parts"]
    ]
    ran = breakfix("bundle", "--takehome", name, "--output", "one")
    assert (ran.code, "exists and is left as it is" in ran.err) == (2, True)
    path = tmp_path / "one" / "round.yaml"
    with pytest.raises(InputError, match=r"round\.yaml:\d+: contact"):
        rounds.load(path)
    path.write_text(path.read_text("utf-8").replace('contact: ""', "contact: jobs@example.org"), "utf-8")
    found = rounds.load(path)
    for candidate in range(20):
        entry = found.ledger.add(str(candidate))
        assert "$" not in found.story_of(entry)
        for task in found.tasks:
            exercise = found.exercise_of(entry, task)
            for shipped, new in found.shared(entry, task).items():
                assert exercise.chosen[shipped] == new
            texts = faults.reference_files(exercise)
            plain = faults.reference_files(exercises.load(task.exercise))
            assert {path: exercise.renaming.restore(text) for path, text in texts.items()} == plain


@pytest.mark.parametrize(
    "more", [[], ["--candidate", "Ada"], ["--takehome", "platform-takeover", "--candidate", "Ada"]]
)
def test_what_is_wanted_has_to_be_said(breakfix: Breakfix, more: list[str]) -> None:
    ran = breakfix("bundle", *more)
    assert (ran.code, "--takehome alone" in ran.err) == (2, True)


def test_an_unknown_one_is_told_with_the_nearest(breakfix: Breakfix) -> None:
    ran = breakfix("bundle", "--takehome", "platform-takeovers")
    assert (ran.code, "did you mean 'platform-takeover'?" in ran.err) == (2, True)


@pytest.mark.parametrize("name", NAMES)
def test_a_story_tells_what_its_parts_are_and_no_fault(name: str) -> None:
    """Each folder is named in it, and no shipped name that a variant changes stands in it."""
    one = takehomes.load(name)
    for part, slug in one.parts.items():
        assert f"`{part}/`" in one.story
        old = exercises.load(slug).names
        assert tokens.Renaming(dict.fromkeys(old, "?")).text(one.story) == one.story
