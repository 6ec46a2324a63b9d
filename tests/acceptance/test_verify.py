"""`breakfix verify` as an author meets it: a grader that was damaged by hand is told what it no longer catches."""

import json
import re
import shutil
from pathlib import Path

import pytest

from harness.core import paths

from .conftest import Breakfix

SLUG = "serving-never-ready"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of an exercise, which takes the place of the kit's own."""
    for part in ("exercises", "solutions"):
        shutil.copytree(paths.KIT / part / SLUG, tmp_path / "pack" / part / SLUG)
    return tmp_path / "pack"


def edit(path: Path, pattern: str, replacement: str) -> None:
    text = path.read_text("utf-8")
    changed = re.sub(pattern, replacement, text, count=1, flags=re.DOTALL)
    assert changed != text
    path.write_text(changed, "utf-8")


def test_a_sound_exercise_is_proven_and_written_down(breakfix: Breakfix, tmp_path: Path) -> None:
    matrix, page = tmp_path / "matrix.json", tmp_path / "page.md"
    here = ("--journal", tmp_path / "grades")
    ran = breakfix("verify", SLUG, "--stage", "policy", *here, "--output", matrix, "--page", page)
    assert ran.code == 0, ran.out + ran.err
    assert "PROVEN" in ran.out
    (data,) = json.loads(matrix.read_text("utf-8"))
    assert data["findings"] == []
    assert data["rates"] == {"false_pass": [0, data["rates"]["false_pass"][1]], "false_fail": [0, data["rates"]["false_fail"][1]], "flakes": [0, data["rates"]["flakes"][1]]}  # fmt: skip
    assert "| fault loopback |" in page.read_text("utf-8")
    again = breakfix("verify", SLUG, "--stage", "policy", *here, "--resume")
    assert (again.code, "grades were made by an earlier run" in again.err, "0 grades in" in again.err) == (
        0,
        True,
        True,
    )
    assert [one.suffix for one in (tmp_path / "grades").iterdir()] == [".jsonl"]


def test_a_check_that_was_removed_is_missed(breakfix: Breakfix, pack: Path) -> None:
    """The fault that nothing catches any more is named."""
    checks = pack / "solutions" / SLUG / "checks" / "test_startup.py"
    edit(checks, r'@check\(\s*"address-reachable".*?(?=\n@check|\Z)', "")
    ran = breakfix("--pack", pack, "verify", SLUG, "--stage", "policy")
    assert ran.code == 1, ran.out + ran.err
    assert "fault loopback is caught by no check" in ran.out
    assert "fault loopback declares address-reachable, which does not fail (not among the checks)" in ran.out
    assert "NOT PROVEN" in ran.out


def test_a_check_that_was_weakened_is_found_out(breakfix: Breakfix, pack: Path) -> None:
    """The cheat that gets through is named, and the check that nothing trips any more."""
    checks = pack / "solutions" / SLUG / "checks" / "test_kept.py"
    edit(checks, r'(@check\(\s*"hardening-kept".*?""".*?""")', r"\1\n    return")
    ran = breakfix("--pack", pack, "verify", SLUG, "--stage", "policy")
    assert ran.code == 1, ran.out + ran.err
    assert "cheat runs-as-root: gets through hardening-kept, which must reject it (PASS)" in ran.out


def test_a_cheat_that_names_no_check_is_refused(breakfix: Breakfix, pack: Path) -> None:
    told = pack / "solutions" / SLUG / "cheats" / "runs-as-root.yaml"
    told.write_text("claim: Root\nremove: [manifests/services.yaml]\n", "utf-8")
    ran = breakfix("--pack", pack, "verify", SLUG, "--stage", "policy")
    assert (ran.code, ran.out) == (2, "")
    assert "runs-as-root.yaml:1: must name the check that rejects this cheat" in ran.err


def test_texts_that_are_not_written_yet_are_told(breakfix: Breakfix, tmp_path: Path) -> None:
    """A new exercise stays unproven until its ticket, debrief and rubric are real."""
    assert breakfix("new", "late-features", "--dir", tmp_path).code == 0
    ran = breakfix("--pack", tmp_path, "verify", "late-features", "--stage", "policy")
    assert ran.code == 1, ran.out + ran.err
    assert re.search(r"solutions/late-features/rubric\.yaml still says TODO, on \d+ lines from 5 on", ran.out)
    assert "exercises/late-features/README.md still says TODO" in ran.out


def test_only_what_changed_is_proven_again(breakfix: Breakfix, tmp_path: Path) -> None:
    """Which exercises those are and why is said, also that there is none; what was found wrong stays to be proven."""
    nothing = breakfix("verify", "--changed", "--stage", "policy")
    assert nothing.code == 0, nothing.out + nothing.err
    assert "there is nothing to prove again" in nothing.out
    assert breakfix("new", "late-features", "--dir", tmp_path).code == 0
    page = tmp_path / "page.md"
    for why in ("it is not on the page", "its proof found something wrong"):
        ran = breakfix("--pack", tmp_path, "verify", "late-features", "--changed", "--page", page, "--stage", "policy")
        assert ran.code == 1, ran.out + ran.err
        assert f"late-features: {why}" in ran.out
        assert "late-features" in page.read_text("utf-8")
