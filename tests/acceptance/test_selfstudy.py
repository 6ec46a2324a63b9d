"""Hints, debrief and progress, without a cluster."""

import json
import shutil
from itertools import count
from pathlib import Path

import pytest

from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.intake.submission import collect
from harness.runs import practice

from .conftest import Breakfix

SLUG = "serving-never-ready"
FAULT = "secret-key"  # the first of which a candidate is told
SEED = next(
    seed for seed in count(1) if FAULT in {fault.id for fault in variants.faults_of(exercises.load(SLUG), seed)}
)


def edit(workspace: Path, old: str, new: str) -> None:
    """Replace the one place where `old` stands in the deployment."""
    path = workspace / "manifests" / "deployment.yaml"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_hints_go_on_tier_by_tier_then_to_the_next_fault(breakfix: Breakfix, workspace: Path) -> None:
    """They are remembered; once all three are told, the last one stays; a repaired fault is left behind."""
    told = [breakfix("hint", workspace).out for _ in range(4)]
    for number, out in enumerate(told[:3], 1):
        assert f"Hint {number} of 3" in out
    assert "Still stuck?" in told[1]
    assert told[3] == told[2]
    edit(workspace, "key: token\n", "key: api-token\n")
    after = breakfix("hint", workspace).out
    assert "Hint 1 of 3, where to look" in after
    assert "MODEL_SERVER_PORT" not in after
    assert "hints: 4" in breakfix("show", SLUG).out


def test_hints_speak_a_variants_names(breakfix: Breakfix, tmp_path: Path) -> None:
    """Every hint of every fault of a seed: none has a shipped name that this variant does not have."""
    exercise = variants.load(SLUG, SEED)
    folder = tmp_path / "variant"
    practice.make_workspace(exercise, folder)
    breakfix("hint", folder)
    said = " ".join(breakfix("hint", folder).out.split())
    assert f"Secret {exercise.chosen['scoring-credentials']}" in said
    assert not [old for old in exercise.chosen if f" {old}" in said]
    shown = breakfix("show", SLUG).out
    assert f"seed {SEED}: started, hints: 2" in shown
    assert "as shipped" not in shown


def test_a_hint_on_a_broken_file_says_where(breakfix: Breakfix, workspace: Path) -> None:
    edit(workspace, "spec:\n  replicas: 2", "spec: [\n  replicas: 2")
    ran = breakfix("hint", workspace)
    assert "look at what you changed" in ran.out
    assert "manifests/deployment.yaml:" in ran.out


def test_a_hint_names_no_hidden_check(breakfix: Breakfix, workspace: Path) -> None:
    """What the candidate gave up is told by its requirement."""
    for path in (exercises.load(SLUG).solution or Path()).glob("reference/manifests/*"):
        shutil.copy(path, workspace / "manifests")
    edit(workspace, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")
    ran = breakfix("hint", workspace)
    assert ran.out.startswith("R7 The hardening stays")
    assert "hardening-kept" not in ran.out


def test_where_the_files_show_nothing_the_cluster_must(breakfix: Breakfix, workspace: Path) -> None:
    for path in (exercises.load(SLUG).solution or Path()).glob("reference/manifests/*"):
        shutil.copy(path, workspace / "manifests")
    assert breakfix("grade", workspace, "--stage", "policy").code == 0
    ran = breakfix("hint", workspace)
    assert (ran.code, "run `breakfix check`" in ran.out) == (0, True)
    listed = breakfix("list").out
    assert "started" in listed
    assert "passed" not in listed


def test_the_debrief_tells_the_faults_and_the_difference(breakfix: Breakfix, tmp_path: Path) -> None:
    """Those of this variant, under its names."""
    exercise = variants.load(SLUG, SEED)
    folder = tmp_path / "variant"
    practice.make_workspace(exercise, folder)
    ran = breakfix("debrief", folder)
    assert ran.code == 0
    assert "This tells every fault" in ran.err
    faults, _, difference = ran.out.partition("From your files to the reference")
    for fault in variants.faults_of(exercise, SEED):
        assert f"  {fault.id}  " in faults.partition("The 6 faults of")[2]
    assert f"seed {SEED}; 2 of those told above are not among them" in faults
    assert "-                  key: token" in difference
    assert f"+                  key: {exercise.chosen['api-token']}" in difference
    assert "debrief read" in breakfix("show", SLUG).out


@pytest.mark.parametrize("command", ["hint", "debrief"])
def test_without_the_solution_self_study_says_so(breakfix: Breakfix, tmp_path: Path, command: str) -> None:
    """A candidate's kit has none."""
    shutil.copytree(exercises.load(SLUG).folder, tmp_path / "pack" / "exercises" / "mine")
    described = tmp_path / "pack" / "exercises" / "mine" / "exercise.yaml"
    described.write_text(described.read_text("utf-8").replace(f"id: {SLUG}", "id: mine"))
    practice.make_workspace(exercises.read(described.parent), tmp_path / "w")
    ran = breakfix("--pack", tmp_path / "pack", command, tmp_path / "w")
    assert (ran.code, ran.out) == (2, "")
    assert "the solution of mine is not on this machine" in ran.err


def test_a_broken_record_is_told(breakfix: Breakfix, tmp_path: Path) -> None:
    record = tmp_path / "state" / "breakfix" / "progress" / f"{SLUG}.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"as shipped": {"surprise": 1}}')
    ran = breakfix("list")
    assert ran.code == 2
    assert f"{SLUG}.json, your progress, cannot be read" in ran.err


def test_a_grade_does_not_need_the_record(breakfix: Breakfix, workspace: Path, tmp_path: Path) -> None:
    """Where it cannot be kept, the verdict and the exit code are the same, and stdout holds the report alone."""
    (tmp_path / "state").write_text("no folder")
    ran = breakfix("grade", workspace, "--stage", "policy", "--format", "json")
    assert (ran.code, json.loads(ran.out)["outcome"]) == (1, "failed")
    assert "your progress was not noted" in ran.err


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (
            {"failed": ["no-early-traffic"], "full": True},
            ["R3 No request reaches", "does not hold", "look at what you wrote"],
        ),
        (
            {"failed": [], "full": False},
            ["Nothing fails by the public checks", "`breakfix grade .` runs the hidden ones too"],
        ),
        ({"failed": [], "full": True}, ["Nothing fails.", "`breakfix debrief`"]),
    ],
)
def test_on_sound_files_the_last_report_counts(
    breakfix: Breakfix, workspace: Path, tmp_path: Path, seen: dict[str, object], words: list[str]
) -> None:
    """As long as it is on these very files; once they change, it says nothing more. No hidden check is named."""
    exercise = exercises.load(SLUG)
    for path in (exercise.solution or Path()).glob("reference/manifests/*"):
        shutil.copy(path, workspace / "manifests")
    last = {"files": collect(exercise, workspace).digest(editable=True), "live": True, **seen}
    record = tmp_path / "state" / "breakfix" / "progress" / f"{SLUG}.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({f"version {exercise.version}, as shipped": {"attempts": 1, "last": last}}))
    said = " ".join(breakfix("hint", workspace).out.split())
    assert all(word in said for word in words), said
    assert "no-early-traffic" not in said
    edit(workspace, "terminationGracePeriodSeconds: 15", "terminationGracePeriodSeconds: 16")
    assert "run `breakfix check`" in " ".join(breakfix("hint", workspace).out.split())
