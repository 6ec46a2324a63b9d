"""Rated sample submissions: a weak, a solid and a strong one, on which raters practise before they rate candidates."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.report.interview import rubric
from grader.round.scorecard import LEVELS, Rating, shuffled
from harness.core.errors import InputError
from harness.exercises import faults, worlds
from harness.exercises.exercise import Exercise
from harness.schemas import load_document

LETTERS = "abc"  # what raters know them by
FOLDER = "samples"


@dataclass(frozen=True)
class Sample:
    """What somebody might have handed in, and how we rate it: `files` by path, `ratings` by dimension of the rubric.

    A rating's evidence is why it is that level, and neither the next one up nor down.
    """

    path: Path
    story: str
    files: dict[str, str]
    notes: str
    ratings: Mapping[str, Rating]


def known(exercise: Exercise) -> tuple[Sample, ...]:
    """Return the samples of an exercise, from solutions/<slug>/samples/.

    Raises: InputError where there are none, or one is not valid: each with file and line.
    """
    paths = sorted((faults.solution_of(exercise) / FOLDER).glob("*.yaml"))
    if not paths:
        raise InputError(
            f"{exercise.slug} has no rated samples; they would stand in solutions/{exercise.slug}/{FOLDER}/"
        )
    return tuple(_sample(exercise, path) for path in paths)


def by_letter(exercise: Exercise, rater: str) -> dict[str, Sample]:
    """Return the samples by the letters that a rater knows them by, in an order that is the rater's own, always the same.

    Raises: InputError as `known`.
    """
    found = {sample.path.stem: sample for sample in known(exercise)}
    return {
        letter: found[name] for letter, name in zip(LETTERS, shuffled([*found], exercise.slug, rater), strict=False)
    }


def apart(mine: str, theirs: str) -> int:
    """Return how many levels a rating lies above another."""
    return LEVELS.index(mine) - LEVELS.index(theirs)


def _sample(exercise: Exercise, path: Path) -> Sample:
    document = load_document(path, "sample")
    told = document.value
    left = {fault.id: fault for fault in faults.load(exercise)}
    chosen = told.get("faults", ())
    if unknown := sorted({*chosen} - left.keys()):
        raise InputError(f"{path}:{document.line_of(('faults',))}: faults.yaml has no {', '.join(unknown)}")
    wanted = {one.id for one in rubric(exercise)}
    if wanted != told["ratings"].keys():
        odd = ", ".join(sorted(wanted ^ told["ratings"].keys()))
        raise InputError(f"{path}:{document.line_of(('ratings',))}: rates other dimensions than the rubric has: {odd}")
    kept = faults.deviating(exercise, path, told, [left[name] for name in chosen])
    ratings = {name: Rating(one["level"], one["why"].strip()) for name, one in told["ratings"].items()}
    renamed = exercise.renaming.text
    return Sample(path, told["story"].strip(), worlds.filled(exercise, kept), renamed(told["notes"]), ratings)
