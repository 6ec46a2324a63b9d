"""The rules of a ticket, sentence by sentence: which must check holds each, or why there is nothing to check."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.report.report import CheckSpec
from harness.exercises import faults
from harness.exercises.exercise import Exercise
from harness.files.yamlfile import Document
from harness.schemas import load_document

SECTIONS = ("What must be true", "Ground rules")  # of a ticket: what a candidate is held to
ANYTHING = "…"  # in a rule's words: whatever stands between, as in a long table
NO_RULE = re.compile(r"\bR\d+\b|\bRequirement\b")  # what a table of requirements has beside its sentences


@dataclass(frozen=True)
class Rule:
    """Words of a ticket, and the checks that hold them, or why none does."""

    says: str
    checks: tuple[str, ...]
    because: str


def path_of(exercise: Exercise) -> Path:
    """Return where an exercise's rules stand."""
    return faults.solution_of(exercise) / "rules.yaml"


def rules_of(exercise: Exercise) -> list[Rule]:
    """Return the rules, in the order of their file; none where there is no file.

    Raises: InputError where the file is not valid.
    """
    return [] if not path_of(exercise).exists() else _rules(load_document(path_of(exercise), "rules"))


def _rules(document: Document) -> list[Rule]:
    return [Rule(one["says"], tuple(one.get("checks", ())), one.get("because", "")) for one in document.value["rules"]]


def problems(exercise: Exercise, specs: Sequence[CheckSpec]) -> Iterator[str]:
    """Yield what the table of rules lacks: words the ticket does not say, checks that are none, rules without a must check."""
    path = path_of(exercise)
    where = path.relative_to(path.parents[2])
    if not path.exists():
        yield f"{where} is missing: it says which must check holds each rule of the ticket"
        return
    known = {spec.id: spec for spec in specs}
    left = _held_to(exercise)
    for rule in rules_of(exercise):
        words = _pattern(rule.says)
        if not words.search(left):
            yield f"{where}: the ticket does not say {rule.says!r} under {' or '.join(SECTIONS)}, or an earlier rule has it"
        left = words.sub(" ¶ ", left)
        unknown = [check for check in rule.checks if check not in known]
        yield from (f"{where}: {check}, of {rule.says!r}, is no check" for check in unknown)
        if rule.checks and not any(known[check].must for check in rule.checks if check in known):
            yield f"{where}: {rule.says!r} has no must check, so that a high score would pass what breaks it"
    for rest in NO_RULE.sub("¶", left).split("¶"):
        if re.search(r"\w", rest):
            yield f"{where}: no rule covers {_plain(rest)!r} of the ticket"


def _held_to(exercise: Exercise) -> str:
    """Return what stands in the ticket's sections that a candidate is held to, with its white space folded."""
    text = (exercise.folder / "README.md").read_text("utf-8")
    parts = {title.strip(): body for title, _, body in (part.partition("\n") for part in text.split("\n## ")[1:])}
    return " ".join(" ".join(parts[title].split()) + " ¶ " for title in SECTIONS if title in parts)


def _pattern(says: str) -> re.Pattern[str]:
    parts = [re.escape(" ".join(part.split())) for part in says.split(ANYTHING)]
    return re.compile("[^¶]*?".join(parts))


def _plain(text: str) -> str:
    return " ".join(text.split()).strip("|-* ")
