"""Where submissions of a round are alike beyond what the task explains: something to look at and ask about, never a verdict."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.report.report import Change
from harness.core.errors import InputError
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.files.tokens import Renaming

SHORT = 12  # characters: a shorter line says nothing about who wrote it
LEAST, SHARE = 5, 0.5  # lines in common, and which part of the smaller one's own lines they are
LEAST_OF_SOLUTION, SHARE_OF_SOLUTION = 6, 0.6  # of the lines that this solution alone has: a repair has few ways
SHOWN = 3  # lines in common that are told
REFERENCE = "the reference"
ADVICE = (
    "A short repair has few ways, and tools give many people the same words: ask, and conclude nothing from this alone."
)
WORDS = re.compile(r"\s+")


@dataclass(frozen=True)
class Likeness:
    """Two submissions, or one and a solution of the team's: `shared` lines of the `whole` that could have been others."""

    one: str
    other: str
    shared: int
    whole: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        shown = "; ".join(self.lines)
        return f"{self.one} and {self.other} share {self.shared} of {self.whole} lines that the task does not explain: {shown}"


@dataclass(frozen=True)
class Known:
    """The lines of what was handed out, and of each solution that the team knows, under the shipped names."""

    handed_out: frozenset[str]
    solutions: Mapping[str, frozenset[str]]


def known(exercise: Exercise) -> Known | None:
    """Return what the task explains, of an exercise under its shipped names; None where its solution is not here."""
    if exercise.solution is None:
        return None
    try:
        handed_out = {
            path: data.decode("utf-8", "replace") for path, data in variants.workspace_files(exercise).items()
        }
        solutions = {REFERENCE: faults.reference_texts(exercise)}
        for folder in sorted((exercise.solution / "alternatives").glob("*/")):
            solutions[f"the alternative {folder.name}"] = faults.texts(exercise, folder)
    except (InputError, OSError):
        return None  # a slip in a pack must not cost a comparison
    return Known(_lines(handed_out.values()), {name: _lines(texts.values()) for name, texts in solutions.items()})


def own(changes: Sequence[Change], renaming: Renaming) -> frozenset[str]:
    """Return the lines that a submission adds to what was handed out, its variant's names mapped back."""
    added = (line[1:] for change in changes for line in change.diff.split("\n") if line.startswith("+"))
    return _lines(renaming.restore(line) for line in added)


def find(submissions: Mapping[str, frozenset[str]], task: Known) -> tuple[Likeness, ...]:
    """Return what is alike among submissions, by whose they are, and with the team's solutions; the most alike first.

    What was handed out, what a solution has, and what more than half of a round have, the task explains.
    """
    times = Counter(itertools.chain.from_iterable(submissions.values()))
    usual = {line for line, count in times.items() if count > max(2, len(submissions) / 2)}
    explained = task.handed_out.union(usual, *task.solutions.values())
    found = [*_pairs({name: lines - explained for name, lines in submissions.items()}), *_copies(submissions, task)]
    return tuple(sorted(found, key=lambda one: (-one.shared / one.whole, one.one, one.other)))


def _pairs(left: Mapping[str, frozenset[str]]) -> Iterator[Likeness]:
    for one, other in itertools.combinations(sorted(left), 2):
        shared, whole = left[one] & left[other], min(len(left[one]), len(left[other]))
        if len(shared) >= LEAST and len(shared) >= SHARE * whole:
            yield Likeness(one, other, len(shared), whole, _telling(shared))


def _copies(submissions: Mapping[str, frozenset[str]], task: Known) -> Iterator[Likeness]:
    for name, theirs in task.solutions.items():
        others = (lines for other, lines in task.solutions.items() if other != name)
        only = theirs.difference(task.handed_out, *others)
        for one, lines in sorted(submissions.items()):
            shared = lines & only
            if len(shared) >= LEAST_OF_SOLUTION and len(shared) >= SHARE_OF_SOLUTION * len(only):
                yield Likeness(one, name, len(shared), len(only), _telling(shared))


def _telling(shared: Iterable[str]) -> tuple[str, ...]:
    """Return the lines that tell the most: comments, then long ones."""
    ordered = sorted(shared, key=lambda line: ("#" not in line, -len(line), line))
    return tuple(line[:100] for line in ordered[:SHOWN])


def _lines(texts: Iterable[str]) -> frozenset[str]:
    found = (WORDS.sub(" ", line).strip().removeprefix("- ") for text in texts for line in text.splitlines())
    return frozenset(line for line in found if len(line) >= SHORT)
