"""Submissions of a round that are alike beyond what the task explains, and words that stand in solutions alone."""

from dataclasses import replace

import pytest

from grader.report.report import Change
from grader.round import alike
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.files.tokens import Renaming
from harness.hiring import canary

SLUG = "serving-never-ready"
OWN = frozenset(f"a line of their own, number {number}" for number in range(6))
TASK = alike.Known(frozenset({"what was handed out"}), {alike.REFERENCE: frozenset({"what the reference has"})})


def added(text: str) -> tuple[Change, ...]:
    return (Change("manifests/a.yaml", "changed", "\n".join(f"+{line}" for line in text.splitlines())),)


def test_lines_of_their_own_in_two_submissions_are_told() -> None:
    found = alike.find(
        {"aaaa": OWN | {"what the reference has"}, "bbbb": OWN, "cccc": frozenset({"something else here"})}, TASK
    )
    assert [(one.one, one.other, one.shared, one.whole) for one in found] == [("aaaa", "bbbb", 6, 6)]
    assert len(found[0].lines) == 3


def test_what_the_task_explains_is_not() -> None:
    """Lines of the workspace, of a solution, and lines that most of the round have."""
    solution = replace(TASK, solutions={"the alternative other": OWN})
    assert [one.other for one in alike.find({"aaaa": OWN, "bbbb": OWN}, solution)] == ["the alternative other"] * 2
    assert alike.find({"aaaa": OWN, "bbbb": OWN}, replace(TASK, handed_out=OWN)) == ()
    assert alike.find(dict.fromkeys(("aaaa", "bbbb", "cccc"), OWN), TASK) == ()


def test_names_are_mapped_back_before_anything_is_compared() -> None:
    one, other = (Renaming({"scorer": name}) for name in ("rater", "judge"))
    told = [
        alike.own(added(f"name: {name} # as it was"), renaming) for name, renaming in (("rater", one), ("judge", other))
    ]
    assert told[0] == told[1] == {"name: scorer # as it was"}


@pytest.mark.parametrize("slug", exercises.slugs())
def test_the_teams_own_solutions_are_not_taken_for_each_other(slug: str) -> None:
    """As far as the lines go that they add to what is handed out."""
    exercise = variants.load(slug)
    task = alike.known(exercise)
    assert task is not None
    own = {name: lines - task.handed_out for name, lines in task.solutions.items()}
    others = [one for one in alike.find(own, task) if one.one != one.other]
    assert others == []


def test_a_copied_reference_is_told() -> None:
    exercise = exercises.load("green-but-wrong")
    task = alike.known(exercise)
    assert task is not None
    text = "\n".join(faults.reference_texts(exercise).values())
    found = alike.find({"aaaa": alike.own(added(text), exercise.renaming)}, task)
    assert [(one.one, one.other) for one in found] == [("aaaa", alike.REFERENCE)]


def test_without_the_solution_nothing_is_said() -> None:
    assert alike.known(replace(exercises.load(SLUG), solution=None)) is None


def test_a_canary_is_found_whole() -> None:
    word = b"breakfix-canary-" + b"0f" * 16
    assert canary.found({"a": b"# " + word + b"\n", "b": word[:-1], "c": b""}) == {"a": word.decode()}


@pytest.mark.parametrize("slug", exercises.slugs())
def test_a_solution_has_a_canary_of_its_own_and_what_candidates_get_has_none(slug: str) -> None:
    """In what the team alone reads: faults, hints, rubric, rules, hidden checks. References, from which workspaces are made, hold none."""
    exercise = exercises.load(slug)
    solution = faults.solution_of(exercise)
    team = [*solution.glob("*.yaml"), *solution.glob("*.py"), *(solution / "checks").glob("*.py")]
    words = canary.found({str(path): path.read_bytes() for path in team})
    assert words.keys() == {str(path) for path in team}
    assert len(set(words.values())) == 1
    given = [path for top in (exercise.folder, solution / "reference") for path in top.rglob("*") if path.is_file()]
    assert not canary.found({str(path): path.read_bytes() for path in given})
