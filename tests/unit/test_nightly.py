"""The nightly workflow tells of right solutions that do not pass, and of nothing else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.core import paths

PROGRAM = paths.KIT / ".github" / "drift.py"


def row(case: str, kind: str, *outcomes: str) -> dict[str, Any]:
    cells = [
        {"outcome": outcome, "reasons": {} if outcome == "passed" else {"slow": "late\nby 3 s"}} for outcome in outcomes
    ]
    return {"case": case, "kind": kind, "cells": cells}


def told(path: Path) -> list[str]:
    ran = subprocess.run([sys.executable, PROGRAM, path], capture_output=True, text=True, check=True, timeout=60)
    first, *lines, last = ran.stdout.splitlines()
    assert first == f"drift<<{last}", "a value of several lines, as a step's output takes it"
    return lines


def test_a_reference_that_fails_once_in_three_is_drift(tmp_path: Path) -> None:
    """Each in one line, whatever its reasons hold; a cheat that fails is as it should be."""
    rows = [
        row("reference", "good", "passed", "failed", "passed"),
        row("alternative two", "good", "passed", "passed", "passed"),
        row("cheat one", "cheat", "failed", "failed", "failed"),
    ]
    path = tmp_path / "proof.json"
    path.write_text(json.dumps([{"slug": "serving", "rows": rows}]), "utf-8")
    assert told(path) == ["- serving, reference: passed, failed, passed; late by 3 s"]
    path.write_text(json.dumps([{"slug": "serving", "rows": rows[1:]}]), "utf-8")
    assert told(path) == []


def test_a_proof_that_was_not_made_tells_nothing(tmp_path: Path) -> None:
    assert told(tmp_path / "proof.json") == []
