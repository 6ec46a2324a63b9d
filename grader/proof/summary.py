"""What a proof comes to: findings, rates, margins, as data for the matrix's file and the page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from grader.proof import rules
from grader.proof.cases import Kind
from grader.proof.inputs import inputs_of
from grader.proof.matrix import Rates, Row, flaky, gaps, is_open, let_through, margins, rates, wrong
from grader.report.report import CheckSpec
from grader.venues import venue_of
from harness.core import versions
from harness.exercises.exercise import Exercise

SCHEMA_VERSION = 1
LEAST = {
    "public": {Kind.GOOD: 3, Kind.CHEAT: 3, Kind.FAULT: 2},
    "private": {Kind.GOOD: 2, Kind.CHEAT: 1, Kind.FAULT: 1},
}


@dataclass(frozen=True)
class Summary:
    """One exercise's proof. `findings` is what is wrong with it; `undecided` names the cases the machine spoiled."""

    exercise: Exercise
    stage: str
    repeat: int
    rows: Sequence[Row]
    specs: Sequence[CheckSpec]
    findings: Sequence[str]
    undecided: Sequence[str]
    rates: Rates


def summary(
    exercise: Exercise, rows: Sequence[Row], specs: Sequence[CheckSpec], *, stage: str, profile: str
) -> Summary:
    """Return what the rows come to; `profile` (public or private) says how many cases there must be."""
    by_name = {row.case.name: row for row in rows}
    findings = [sentence for row in rows for sentence in wrong(row, by_name)]
    findings += [f"{row.case.name}: {check} changes its verdict between grades" for row in rows for check in flaky(row)]
    findings += gaps(exercise, rows, specs, LEAST[profile] if stage == "all" else {})
    findings += rules.problems(exercise, specs) if profile == "public" else []
    findings += unfinished(exercise)
    findings += let_through(rows) if stage == "all" else []
    undecided = [row.case.name for row in rows if any(is_open(row.case, cell) for cell in row.cells)]
    repeat = max((len(row.cells) for row in rows), default=0)
    return Summary(exercise, stage, repeat, rows, specs, tuple(findings), tuple(undecided), rates(rows))


def unfinished(exercise: Exercise) -> list[str]:
    """Return which of an exercise's own texts still say TODO, as those of a new one do."""
    folders = [folder for folder in (exercise.folder, exercise.solution) if folder]
    found = []
    for path in (path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in {".md", ".yaml"}):
        lines = [number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if "TODO" in line]
        if lines:
            found.append(
                f"{path.relative_to(path.parents[2])} still says TODO, on {len(lines)} lines from {lines[0]} on"
            )
    return found


def as_data(found: Summary, on: date) -> dict[str, Any]:
    """Return the summary as plain data, with every grade: what a matrix's file holds of one exercise, proven `on` a day."""
    return {
        "schema_version": SCHEMA_VERSION,
        "slug": found.exercise.slug,
        "version": found.exercise.version,
        "seed": found.exercise.seed,
        "title": found.exercise.title,
        "inputs": inputs_of(found.exercise),
        "kit": versions.KIT,
        "date": on.isoformat(),
        "engine": " ".join(venue_of(found.exercise).engine),
        "stage": found.stage,
        "repeat": found.repeat,
        "findings": list(found.findings),
        "undecided": list(found.undecided),
        "rates": asdict(found.rates),
        "margins": margins(found.exercise, found.rows),
        "checks": [asdict(spec) for spec in found.specs],
        "rules": [asdict(rule) for rule in rules.rules_of(found.exercise)],
        "rows": [_row(row) for row in found.rows],
    }


def _row(row: Row) -> Mapping[str, Any]:
    case = row.case
    declared = {"faults": case.faults, "rejected_by": case.rejected_by, "after": case.after}
    return {"case": case.name, "kind": case.kind.value, **declared, "cells": [asdict(cell) for cell in row.cells]}
