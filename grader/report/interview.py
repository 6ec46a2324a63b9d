"""What the team reads and asks after a grade: its rubric, the debrief's questions, and what was done unusually."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.report.changes import unusual
from grader.report.report import CheckResult, Dimension, Interview, Question, Verdict
from harness.core.errors import InputError
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission
from harness.schemas import load_valid

HEADING = "\n## Questions for the interview\n"
QUESTION = re.compile(r"^\d+\. .*?(?=^\d+\. |\Z)", re.MULTILINE | re.DOTALL)
PART = re.compile(r"\*(Choice|Why|Operation):\*\s*(.*?)(?=\*(?:Choice|Why|Operation):\*|\Z)", re.DOTALL)
CODE = re.compile(r"`([a-z0-9-]+)`")


def prepare(submission: Submission, results: Sequence[CheckResult]) -> tuple[Interview | None, tuple[str, ...]]:
    """Return the material for the interview, and notes on what of it cannot be read.

    A slip in a rubric must not cost a grade: it is named, and the material left out.
    """
    solution = submission.exercise.solution
    if solution is None:
        return None, ()
    failed = tuple(one.spec.id for one in results if one.verdict in (Verdict.FAIL, Verdict.BLOCKED))
    try:
        questions = tuple(_questions(submission, solution / "DEBRIEF.md", {one.spec.id for one in results}, failed))
        return Interview(rubric(submission.exercise, failed), questions, unusual(submission)), ()
    except (InputError, OSError, UnicodeDecodeError) as problem:
        return None, (f"nothing is prepared for the interview: {problem}",)


def rubric(exercise: Exercise, failed: tuple[str, ...] = ()) -> tuple[Dimension, ...]:
    """Return the dimensions of the exercise's rubric, each with its checks among those that did not pass.

    Raises: InputError where the rubric is there and cannot be read.
    """
    path = None if exercise.solution is None else exercise.solution / "rubric.yaml"
    return () if path is None or not path.is_file() else tuple(_rubric(exercise, path, failed))


def _rubric(exercise: Exercise, path: Path, failed: tuple[str, ...]) -> Iterator[Dimension]:
    renamed = exercise.renaming.text
    for one in load_valid(path, "rubric")["dimensions"]:
        levels = {level: renamed(text).strip() for level, text in one["levels"].items()}
        own = tuple(name for name in one.get("checks", ()) if name in failed)
        yield Dimension(one["id"], one["title"], renamed(one["why"]), renamed(one["read"]), levels, own)


def _questions(submission: Submission, path: Path, known: set[str], failed: tuple[str, ...]) -> Iterator[Question]:
    """Yield the debrief's questions, those about checks that did not pass first."""
    if not path.is_file():
        return
    text = submission.exercise.renaming.text(path.read_text("utf-8"))
    found = [
        _question(part, known, failed) for part in QUESTION.findall(text.partition(HEADING)[2].partition("\n## ")[0])
    ]
    yield from sorted(found, key=lambda one: not one.failed)


def _question(text: str, known: set[str], failed: tuple[str, ...]) -> Question:
    asked, star, _ = text.partition("*Choice:*")
    checks = tuple(name for name in dict.fromkeys(CODE.findall(asked)) if name in known)
    answer = {name: _flat(said) for name, said in PART.findall(text[len(asked) :] if star else "")}
    return Question(
        _asked(asked, known), checks, tuple(name for name in checks if name in failed), answer
    )  # fmt: skip


def _asked(text: str, known: set[str]) -> str:
    """Return the question itself, without its number and the list of checks behind it."""
    text = _flat(re.sub(r"^\d+\. ", "", text))
    before, _, last = text.rpartition("(")
    named = CODE.findall(last)
    return before.strip() if named and set(named) & known and last.rstrip(" .").endswith(")") else text


def _flat(text: str) -> str:
    return " ".join(text.split())
