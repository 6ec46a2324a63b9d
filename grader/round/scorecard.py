"""What people judge: one rater's form on one candidate, on the exercise's rubric, empty and filled in."""

import hashlib
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.report.interview import rubric
from grader.report.report import Dimension
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.files.yamlfile import Document, Path_
from harness.schemas import load_document

LEVELS = ("missing", "partial", "solid", "strong")
SHORTEST = 10  # characters of evidence: fewer cannot say what was seen and where
WIDTH = 110
HEAD = """\
# One rater's form on one candidate. Fill it in alone, and show it to nobody before the other rater's is done too.
# Whose submission it is must not matter: the id is all you need. Do not look it up.
# Read NOTES.md, the difference to what was handed out, and the report. Judge what is written and done, not style or length.
# Each dimension by itself: read its levels from the bottom up; the highest that holds as a whole is the level.
# Evidence says what you saw, and where (a file, a line, a sentence). Without it a level counts for nothing.
"""


@dataclass(frozen=True)
class Rating:
    """One rater's judgement on one dimension."""

    level: str
    evidence: str


@dataclass(frozen=True)
class Form:
    """One rater's filled-in form, by dimension; `about` is the exercise and its version, or those of the parts."""

    path: Path
    round: str
    about: Mapping[str, Any]
    candidate: str
    rater: str
    dimensions: tuple[Dimension, ...]
    ratings: Mapping[str, Rating]
    document: Document = field(repr=False)

    @property
    def title(self) -> str:
        """What was done, in a few words."""
        return ", ".join(one["exercise"] for one in self.about.get("parts", {"": self.about}).values())


def about(known: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """Return what a form says of exercises and versions, by the parts of a take-home; by '' the only one."""
    found: dict[str, Any] = {part: {"exercise": slug, "version": version} for part, (slug, version) in known.items()}
    alone: dict[str, Any] | None = found.get("")
    return {"parts": found} if alone is None else alone


def blank(exercises: Mapping[str, Exercise], label: str, candidate: str, rater: str) -> str:
    """Return an empty form as YAML: the dimensions with their anchored levels, and nothing of who the candidate is.

    The exercises are by the parts of a take-home, whose rubrics stand under one another; by '' the only one.

    Raises: InputError where an exercise has no rubric here.
    """
    known = {
        "scorecard": 1, "round": label, **about({part: (one.slug, one.version) for part, one in exercises.items()}),
        "candidate": candidate, "rater": rater,
    }  # fmt: skip
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in known.items()]
    for part, exercise in exercises.items():
        lines += ["ratings:"] if exercise is next(iter(exercises.values())) else []
        lines += ["", *_comment(f"Part {part}: {exercise.title}", "  # ")] if part else []
        lines += _dimensions(dimensions({part: exercise}))
    return "\n".join([HEAD, *lines]) + "\n"


def rater_of(name: str) -> str:
    """Return a rater's name as forms have it.

    Raises: InputError for one that cannot be shown.
    """
    rater = " ".join(name.split())
    if not rater or not rater.isprintable():
        raise InputError("--rater is no name that can be shown")
    return rater


def shuffled(ids: Sequence[str], label: str, rater: str) -> list[str]:
    """Return the ids, each once, in an order of the rater's own, the same whenever it is asked for."""
    return sorted(set(ids), key=lambda one: hashlib.sha256(f"{label}\0{rater.casefold()}\0{one}".encode()).digest())


def _dimensions(known: Sequence[Dimension]) -> Iterator[str]:
    for one in known:
        yield ""
        yield from _comment(f"{one.title}. {one.why}", "  # ")
        yield from _comment(f"Read: {one.read}", "  # ")
        for level in LEVELS:
            yield from _comment(f"{level}: {one.levels[level]}", "  #   ")
        yield from (
            f"  {one.id}:",
            f"    level:  # {', '.join(LEVELS[:-1])} or {LEVELS[-1]}",
            "    evidence: |-",
            "      ",
        )


def _comment(text: str, mark: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), WIDTH, initial_indent=mark, subsequent_indent=mark, break_long_words=False
    )


def dimensions(known: Mapping[str, Exercise]) -> tuple[Dimension, ...]:
    """Return the dimensions of the exercises' rubrics, those of parts under names with the part's in front.

    Raises: InputError where there is none on this machine.
    """
    found: list[Dimension] = []
    for part, exercise in known.items():
        own = rubric(exercise)
        if not own:
            raise InputError(
                f"{exercise.slug} has no rubric.yaml here: it stands with the team's solution, which is needed"
            )
        found += [replace(one, id=f"{part}.{one.id}", title=f"{part}: {one.title}") if part else one for one in own]
    return tuple(found)


def read(path: Path) -> Form:
    """Return a filled-in form.

    Raises: InputError that names everything that is missing or odd in it, with file and line.
    """
    document = load_document(path, "scorecard")
    data = document.value
    parts = data.get("parts", {"": data})
    here = {part: exercises.load(one["exercise"]) for part, one in parts.items()}
    problems = [
        (
            document.line_of(("parts", part, "version") if part else ("version",)),
            f"it is on version {parts[part]['version']} of {one.slug}, and this kit has {one.version}",
        )
        for part, one in here.items()
        if one.version != parts[part]["version"]
    ]
    known = dimensions(here)
    problems += _problems(document, known)
    if problems:
        raise InputError("\n".join(f"{path}:{line}: {told}" for line, told in sorted(problems)))
    ratings = {name: Rating(one["level"], one["evidence"].strip()) for name, one in data["ratings"].items()}
    told = about({part: (one["exercise"], one["version"]) for part, one in parts.items()})
    rater = " ".join(data["rater"].split())
    return Form(path, data["round"], told, data["candidate"], rater, known, ratings, document)


def _problems(document: Document, known: Sequence[Dimension]) -> Iterator[tuple[int, str]]:
    ratings, ids = document.value["ratings"], [one.id for one in known]

    def at(*place: str) -> int:
        path: Path_ = ("ratings", *place)
        return document.line_of(path)

    if not document.value["rater"].strip() or not document.value["rater"].isprintable():
        yield document.line_of(("rater",)), "rater is no name that can be shown"
    for name in ratings:
        if name not in ids:
            yield at(name), f"{name} is no dimension of the rubric; it has {', '.join(ids)}"
    for name in ids:
        if name not in ratings:
            yield at(), f"{name} is missing: rate every dimension"
            continue
        if ratings[name].get("level") is None:
            yield at(name, "level"), f"{name} has no level: write {', '.join(LEVELS[:-1])} or {LEVELS[-1]}"
        if len((ratings[name].get("evidence") or "").strip()) < SHORTEST:
            yield at(name, "evidence"), f"{name} has no evidence: write what you saw, and where"
