"""Drive the command line as a person would: a process of its own, its output and its exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.exercises import exercise as exercises
from harness.runs import practice


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str


Breakfix = Callable[..., Ran]


@pytest.fixture
def breakfix(tmp_path: Path) -> Breakfix:
    """Run breakfix in an empty folder, its temporary files in a folder of its own, which must be empty afterwards."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}  # nobody's own progress is touched

    def run(*args: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> Ran:
        full = {**os.environ, "COLUMNS": "100", "TMPDIR": str(scratch), **state, **(env or {})}
        done = subprocess.run(
            [sys.executable, "-m", "breakfix", *map(str, args)],
            env=full, cwd=cwd or tmp_path, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr
        assert list(scratch.iterdir()) == []
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace as `breakfix start` makes it."""
    folder = tmp_path / "workspace"
    practice.make_workspace(exercises.load("serving-never-ready"), folder)
    return folder
