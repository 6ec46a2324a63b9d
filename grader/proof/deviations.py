"""Submissions told as edits of the reference: the kit's own cheats, and what outsiders handed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import InputError
from harness.exercises import faults
from harness.exercises.exercise import Exercise
from harness.schemas import load_document


@dataclass(frozen=True)
class Deviation:
    """A submission that is the reference but for what its file says; `rejected_by` is empty where it must pass."""

    path: Path
    claim: str
    rejected_by: str
    files: dict[str, str]

    @property
    def name(self) -> str:
        """What it is called: its file's name."""
        return self.path.stem


def cheats(exercise: Exercise) -> Iterator[Deviation]:
    """Yield the fixes that only silence a symptom, from solutions/<slug>/cheats/.

    Raises: InputError where a file is not valid, or names no check.
    """
    for path in sorted((faults.solution_of(exercise) / "cheats").glob("*.yaml")):
        cheat = deviation(exercise, path)
        if not cheat.rejected_by:
            raise InputError(f"{path}:1: must name the check that rejects this cheat, as rejected_by:")
        yield cheat


def wild_folder(exercise: Exercise) -> Path:
    """Return where submissions of outsiders are kept: tests/wild/<slug>/ beside the exercise's solutions/."""
    return faults.solution_of(exercise).parents[1] / "tests" / "wild" / exercise.slug


def wild(exercise: Exercise) -> Iterator[Deviation]:
    """Yield the outsiders' submissions, each with its verdict, from tests/wild/<slug>/.

    Raises: InputError where a file is not valid.
    """
    for path in sorted(wild_folder(exercise).glob("*.yaml")):
        yield deviation(exercise, path)


def deviation(exercise: Exercise, path: Path) -> Deviation:
    """Return the submission that a file tells, with the variant's names.

    Raises: InputError that names the file, where it is not valid or does not fit the reference.
    """
    told = load_document(path, "deviation").value
    return Deviation(path, told["claim"], told.get("rejected_by", ""), faults.deviating(exercise, path, told))
