"""A batch, killed in its middle and taken up again: the verdicts are those of each submission alone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.proof.cases import all_cases
from harness.exercises import exercise as exercises
from harness.intake import handin
from harness.intake.submission import collect
from harness.runs import practice

pytestmark = pytest.mark.sandbox
EXERCISE = exercises.load("eight-percent-worse")


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """A cheat that only a live check sees, and an archive of the reference."""
    folder, reference = tmp_path / "handed", tmp_path / "reference"
    cases = {case.name: case for case in all_cases(EXERCISE)}
    for name, place in (("cheat monitor-by-the-data-folder", folder / "cheat"), ("reference", reference)):
        practice.make_workspace(EXERCISE, place)
        cases[name].write(place)
    (folder / "reference.tar.gz").write_bytes(handin.pack(collect(EXERCISE, reference), reference).data)
    return folder


def start(handed: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "breakfix", "--plain", "batch", str(handed), "--yes"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip


def reports(handed: Path) -> dict[str, Any]:
    folder = handed.with_name("handed-reports")
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def test_a_killed_batch_goes_on(handed: Path) -> None:
    """After kill -9 at the first report, the next run makes the others, confirms what failed, and touches no report."""
    first = start(handed)
    for line in first.stderr or ():
        if "1/2" in line:
            break
    first.kill()
    first.communicate()
    (before,) = handed.with_name("handed-reports").glob("*.html")
    stamp = before.stat().st_mtime_ns
    second = start(handed)
    out, err = second.communicate(timeout=600)
    assert second.returncode == 0, out + err
    found = reports(handed)
    verdicts = {name: (one["outcome"], one["score"] == 100) for name, one in found.items()}
    assert verdicts == {"cheat": ("failed", False), "reference": ("passed", True)}
    assert found["cheat"]["confirmation"]["scenarios"]
    assert found["reference"]["confirmation"] is None
    if before.stem == "reference":
        assert before.stat().st_mtime_ns == stamp
