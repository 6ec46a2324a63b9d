"""Rounds and bundles for the tests of the hiring flow."""

import json
from pathlib import Path
from typing import Any

import yaml

from harness.core import versions
from harness.exercises import exercise as exercises

SLUG = "serving-never-ready"
SEED = 7130000422  # stands in no file by chance


def write_round(folder: Path, slug: str = SLUG, **other: Any) -> Path:
    """Write a round.yaml and return its path."""
    declared = {
        "round": "spring", "kit": versions.KIT, "exercise": slug, "version": exercises.load(slug).version, "seed": SEED,
        "pass_mark": 80, "ai_policy": "disclosed", "contact": "jobs@example.org", **other,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "round.yaml"
    path.write_text(yaml.safe_dump(declared, sort_keys=False), "utf-8")
    return path


def entries(path: Path) -> list[dict[str, Any]]:
    """Return a round's ledger."""
    return [json.loads(line) for line in path.with_suffix(".ledger.jsonl").read_text("utf-8").splitlines()]
