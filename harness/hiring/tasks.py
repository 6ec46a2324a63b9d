"""What one exercise is in a round: its version, seed and weight, and whether all of it is handed out or a short form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.exercises import exercise, faults
from harness.exercises.exercise import Exercise
from harness.files.yamlfile import Document, Path_
from harness.intake.reading import reading_of

WHOLE = "workspace"  # the folder of an exercise that is a round by itself
SHORT_FORM = {"from": 30, "to": 45, "piloted": False}  # minutes


@dataclass(frozen=True)
class Task:
    """One exercise as a round pins it, in a folder of its own where there are several; `short` is how many faults it draws.

    With `short` 0 it draws as its pools say. `voided` maps checks to reasons.
    """

    exercise: str
    version: int
    seed: int
    folder: str = WHOLE
    weight: int = 1
    short: int = 0
    voided: Mapping[str, str] = field(default_factory=dict)

    @property
    def pins(self) -> tuple[str, ...]:
        """What fixes the files that are handed out."""
        short = (f"short {self.short}",) if self.short else ()
        return (self.exercise, str(self.version), str(self.seed), *short)

    def load(self) -> Exercise:
        """Return the exercise under its shipped names."""
        return self.ruled(exercise.load(self.exercise))

    def ruled(self, known: Exercise) -> Exercise:
        """Return an exercise, under whatever names, as this task has it."""
        minutes = SHORT_FORM if self.short else known.minutes
        return replace(known, seed=self.seed, short=self.short, voided=self.voided, minutes=minutes)


def read(data: Mapping[str, Any]) -> Task:
    """Return the task that a mapping of round.yaml declares: a part, or the round itself where it has one exercise."""
    folder = data.get("part", WHOLE)
    names = ("exercise", "version", "seed", "weight", "short", "voided")
    return Task(folder=folder, **{name: data[name] for name in names if name in data})


def problems(document: Document, at: Path_, task: Task) -> Iterator[tuple[int, str]]:
    """Yield what the schema cannot see of a task that is declared at a place: line and message."""

    def line(key: str) -> int:
        return document.line_of((*at, key))

    if task.exercise not in exercise.slugs():
        yield line("exercise"), f"no exercise is called {task.exercise!r}; --pack adds those of a pack"
        return
    known = exercise.load(task.exercise)
    if task.version != known.version:
        told = f"the round is pinned to version {task.version} of {task.exercise}, and this kit has version {known.version}"
        yield line("version"), told
    elif task.short and (why := _no_short_form(known, task.short)):
        yield line("short"), f"{task.exercise} has no short form of {task.short}: {why}"


def _no_short_form(known: Exercise, count: int) -> str:
    """Return why so many faults of an exercise are no task of their own; '' where they are, or nobody here can say."""
    if known.blank:
        return "it begins blank, and nothing in it is broken"
    if known.solution is None:
        return ""
    table = faults.table(known)
    if reading_of(known.venue).whole and not table.fit:
        return "its data are made for one cause"
    if not table.short(count):
        sizes = sorted({len(ids) for ids in table.fit})
        return (
            f"faults.yaml says that {' or '.join(map(str, sizes))} are fit"
            if sizes
            else "no variant has so many faults"
        )
    return ""
