"""Every solution comes with its debrief, its rubric and its hints, and they speak of this exercise's faults and checks."""

import importlib.util
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from grader.checks.spec import ATTRIBUTE
from grader.report.report import CheckSpec
from grader.venues import venue_of
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.schemas import load_valid

SLUGS = list(exercises.slugs())
TIERS = ("where", "what", "how")
QUESTION = re.compile(r"^\d+\. .*?(?=^\d+\. |^#|\Z)", re.MULTILINE | re.DOTALL)


def solution_of(slug: str) -> Path:
    folder = exercises.load(slug).solution
    assert folder is not None
    return folder


def debrief_of(slug: str) -> str:
    return (solution_of(slug) / "DEBRIEF.md").read_text("utf-8")


def specs(slug: str) -> dict[str, CheckSpec]:
    """Return what the exercise's checks declare, standard ones included, by check id."""
    files = [venue_of(exercises.load(slug)).standard]
    for _, folder in exercises.load(slug).check_folders(hidden=True):
        files += sorted(folder.glob("test_*.py"))
    found: dict[str, CheckSpec] = {}
    for number, path in enumerate(files):
        spec = importlib.util.spec_from_file_location(f"texts_{slug.replace('-', '_')}_{number}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        known = [getattr(value, ATTRIBUTE) for value in vars(module).values() if hasattr(value, ATTRIBUTE)]
        found |= {one.id: one for one in known}
    return found


def unnamed(text: str, ids: Iterable[str]) -> list[str]:
    """Return the ids that the text does not name in code style."""
    return [one for one in ids if f"`{one}`" not in text]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_rubric_is_valid_and_its_checks_exist(slug: str) -> None:
    dimensions = load_valid(solution_of(slug) / "rubric.yaml", "rubric")["dimensions"]
    ids = [one["id"] for one in dimensions]
    assert len(set(ids)) == len(ids)
    assert {name for one in dimensions for name in one.get("checks", [])} <= set(specs(slug))


@pytest.mark.parametrize("slug", SLUGS)
def test_no_two_levels_of_a_dimension_read_alike(slug: str) -> None:
    """An anchor that stands at two levels anchors neither."""
    for dimension in load_valid(solution_of(slug) / "rubric.yaml", "rubric")["dimensions"]:
        assert len(set(dimension["levels"].values())) == 4, dimension["id"]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_hints_cover_exactly_the_faults(slug: str) -> None:
    hints = load_valid(solution_of(slug) / "hints.yaml", "hints")["hints"]
    assert set(hints) == {fault.id for fault in faults.load(exercises.load(slug))}
    for name, tiers in hints.items():
        assert set(tiers) == set(TIERS), name
        assert len(set(tiers.values())) == len(TIERS), name


@pytest.mark.parametrize("slug", SLUGS)
def test_the_debrief_names_every_fault_and_every_must_check(slug: str) -> None:
    text = debrief_of(slug)
    assert not unnamed(text, [fault.id for fault in faults.load(exercises.load(slug))])
    assert not unnamed(text, [spec.id for spec in specs(slug).values() if spec.must])


@pytest.mark.parametrize("slug", SLUGS)
def test_the_debrief_tells_which_cheat_is_which(slug: str) -> None:
    folder = solution_of(slug) / "cheats"
    assert not unnamed(debrief_of(slug), [path.stem for path in folder.glob("*.yaml")])


@pytest.mark.parametrize("slug", SLUGS)
def test_every_interview_question_is_tied_to_a_check(slug: str) -> None:
    """Eight to ten questions, each naming a check that exists and what a good answer states."""
    _, heading, rest = debrief_of(slug).partition("\n## Questions for the interview\n")
    assert heading
    questions = QUESTION.findall(rest.partition("\n## ")[0])
    assert 8 <= len(questions) <= 10
    for question in questions:
        assert set(re.findall(r"`([a-z0-9-]+)`", question)) & set(specs(slug)), question
        for part in ("*Choice:*", "*Why:*", "*Operation:*"):
            assert part in question, question


def _without_a_tier(hints: dict[str, Any]) -> str:
    tiers = next(iter(hints.values()))
    del tiers["what"]
    return "'what' is a required property"


def _with_a_fourth_tier(hints: dict[str, Any]) -> str:
    next(iter(hints.values()))["then"] = "text"
    return "'then' was unexpected"


@pytest.mark.parametrize("damage", [_without_a_tier, _with_a_fourth_tier])
def test_hints_of_other_than_three_tiers_are_refused(damage: Callable[[dict[str, Any]], str], tmp_path: Path) -> None:
    hints: dict[str, Any] = {"some-fault": dict.fromkeys(TIERS, "text")}
    wanted = damage(hints)
    path = tmp_path / "hints.yaml"
    lines = ["hints:"]
    for name, tiers in hints.items():
        lines += [f"  {name}:", *(f"    {tier}: {text}" for tier, text in tiers.items())]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError, match=wanted):
        load_valid(path, "hints")


@pytest.mark.parametrize("count", [3, 7])
def test_a_rubric_of_too_few_or_too_many_dimensions_is_refused(count: int, tmp_path: Path) -> None:
    levels = "{missing: a, partial: b, solid: c, strong: d}"
    entries = [f"  - {{id: d{one}, title: t, why: w, read: r, levels: {levels}}}" for one in range(count)]
    path = tmp_path / "rubric.yaml"
    path.write_text("\n".join(["dimensions:", *entries]), "utf-8")
    with pytest.raises(InputError, match=r"rubric\.yaml:\d+: dimensions: .* is too (short|long)"):
        load_valid(path, "rubric")
