"""What programs read of `list`, `show` and `doctor`: JSON of a stable shape, whose schemas stand in schemas/ beside this."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from breakfix import record
from grader.venues import venue_of
from harness.cluster.doctor import Finding
from harness.core import versions
from harness.exercises.exercise import Exercise
from harness.hiring.takehomes import Prepared

SCHEMAS = Path(__file__).parent / "schemas"
VERSION = 1  # of all three: fields may come, none goes or changes its meaning without another number


def write(told: Mapping[str, Any]) -> None:
    """Write one object to stdout, in ASCII alone."""
    sys.stdout.write(json.dumps({"schema_version": VERSION, "kit": versions.KIT, **told}, indent=2) + "\n")


def listed(exercises: Sequence[Exercise], takehomes: Sequence[Prepared]) -> dict[str, Any]:
    """Return what `list` tells."""
    return {"exercises": [_summary(one) for one in exercises], "takehomes": [_takehome(one) for one in takehomes]}


def shown(one: Exercise) -> dict[str, Any]:
    """Return what `show` tells of one exercise, as spoiler-free as its ticket."""
    return {
        **_summary(one), "requirements": dict(one.requirements), "editable": list(one.editable), "pass_mark": one.pass_mark,
        "ai_policy": one.ai_policy, "scenarios": list(venue_of(one).scenarios(one)), "ticket": one.ticket,
    }  # fmt: skip


def shown_takehome(one: Prepared) -> dict[str, Any]:
    """Return what `show` tells of a take-home: its story as the first word of each name makes it."""
    return {**_takehome(one), "story": one.told}


def examined(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what `doctor` found."""
    ready = all(one.ok for one in findings if one.required)
    return {"ready": ready, "findings": [asdict(one) for one in findings]}


def _takehome(one: Prepared) -> dict[str, Any]:
    return {"takehome": one.name, "title": one.title, "minutes": dict(one.minutes), "parts": dict(one.parts)}


def _summary(one: Exercise) -> dict[str, Any]:
    every = record.all_of(one)
    return {
        "slug": one.slug, "version": one.version, "title": one.title, "level": one.level, "venue": one.venue,
        "minutes": {"from": one.minutes["from"], "to": one.minutes["to"], "piloted": bool(one.minutes.get("piloted"))},
        "topics": list(one.topics), "summary": one.summary,
        "progress": [
            {"variant": name, "attempts": known.attempts, "best": known.best, "passed": known.passed}
            for name, known in every.items()
        ],
    }  # fmt: skip
