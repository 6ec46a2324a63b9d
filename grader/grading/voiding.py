"""Checks that a round takes out for everybody: whether they can be taken out at all."""

from collections.abc import Iterator

from grader.checking.checking import catalogue
from grader.report.score import APPLICABLE
from harness.core.errors import InputError
from harness.exercises.exercise import Exercise
from harness.hiring.rounds import Round
from harness.schemas import load_document


def confirm(one: Round) -> None:
    """Make sure that what the round voids are checks of its exercises, and none on which all others stand.

    Raises: InputError that names every other one, with file and line.
    """
    if not one.voided:
        return
    document = load_document(one.path, "round")
    problems = []
    for number, task in enumerate(one.tasks):
        for name, told in _problems(one.shipped(task)):
            place = ("parts", number, "voided", name) if one.several else ("voided", name)
            problems.append(f"{one.path}:{document.line_of(place)}: {told}")
    if problems:
        raise InputError("\n".join(problems))


def _problems(exercise: Exercise) -> Iterator[tuple[str, str]]:
    known = {spec.id for spec in catalogue(exercise)} if exercise.voided else set()
    for name in exercise.voided:
        if name not in known:
            yield (
                name,
                f"no check of {exercise.slug} that is installed here is called {name!r}: there is nothing to void",
            )
        elif name in APPLICABLE:
            yield name, f"{name} cannot be void: where it fails, nothing else of a submission can be judged"
