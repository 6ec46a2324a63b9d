"""Rounds of several parts for the tests of take-homes."""

from pathlib import Path
from typing import Any

import yaml

from harness.core import versions
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.hiring import rounds
from harness.hiring.rounds import Round

SEED = 9120000733  # stands in no file by chance
STORY = """# The night the platform changed hands

You take over $platform, all of it. Its tokens are called $token.
"""
SECRETS, SERVING, PIPELINE = "credentials-rotated", "serving-never-ready", "fork-safe-ci"
NAMES = {
    "platform": {
        "to": ["harbour", "juniper", "tidewater"],
        "parts": {"secrets": {"risk-scoring": "{}-risk"}, "serving": {"fraud-serving": "{}-fraud"}},
    },
    "token": {
        "to": ["entry-token", "gate-token"],
        "parts": {"secrets": {"api-token": "{}"}, "serving": {"api-token": "{}"}},
    },
}


def part(name: str, slug: str, **other: Any) -> dict[str, Any]:
    """Return a part as round.yaml has it."""
    return {"part": name, "exercise": slug, "version": exercises.load(slug).version, "seed": SEED, **other}


def write_takehome(folder: Path, **other: Any) -> Path:
    """Write the round.yaml and the story of a take-home of three parts, one of them short, and return the former's path."""
    declared = {
        "round": "takeover", "kit": versions.KIT,
        "parts": [
            part("secrets", SECRETS, weight=2), part("serving", SERVING, short=3), part("pipeline", PIPELINE),
        ],
        "names": NAMES, "pass_mark": 70, "ai_policy": "disclosed", "contact": "jobs@example.org", **other,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "round.yaml"
    path.write_text(yaml.safe_dump(declared, sort_keys=False), "utf-8")
    (folder / "story.md").write_text(STORY, "utf-8")
    return path


def repair(one: Round, bundle: Path, *parts: str, number: int = 0) -> None:
    """Put the reference into parts of a candidate's bundle."""
    entry = one.ledger.entries()[number]
    for name in parts:
        exercise = one.exercise_of(entry, one.task(name))
        for file, text in faults.texts(exercise, faults.solution_of(exercise) / "reference").items():
            (bundle / name / file).parent.mkdir(parents=True, exist_ok=True)
            (bundle / name / file).write_text(text, "utf-8")


def load(path: Path) -> Round:
    """Return a round."""
    return rounds.load(path)
