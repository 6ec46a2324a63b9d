"""Pipelines at the command line, as far as no engine is needed: no cluster is ever asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core import versions
from harness.exercises import exercise as exercises
from harness.runs import practice

from .conftest import Breakfix

SLUG = "green-but-wrong"
NO_ENGINE = {"PATH": "/nowhere", "DOCKER_HOST": "unix:///nowhere/engine.sock"}
FILE = ".github/workflows/train.yml"


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A workspace as `breakfix start` makes it."""
    folder = tmp_path / "pipeline"
    practice.make_workspace(exercises.load(SLUG), folder)
    return folder


def test_start_needs_no_engine(breakfix: Breakfix, tmp_path: Path) -> None:
    ran = breakfix("start", SLUG, "--dir", tmp_path / "mine", env=NO_ENGINE)
    assert ran.code == 0, ran.err
    assert "production is wrong" in ran.out
    assert (tmp_path / "mine" / FILE).is_file()


@pytest.mark.parametrize("command", ["apply", "status"])
def test_there_is_nothing_to_apply(breakfix: Breakfix, pipeline: Path, command: str) -> None:
    ran = breakfix(command, pipeline, env=NO_ENGINE)
    assert (ran.code, ran.out) == (2, "")
    assert "breakfix check" in ran.err


def test_a_play_that_there_is_not_is_refused_before_a_client_is_loaded(pipeline: Path) -> None:
    """On a busy machine that takes most of a minute."""
    code = """
import pathlib
import sys
from breakfix.options import Options
from breakfix.commands.rehearsing import play
from harness.core.errors import InputError
try:
    play(Options(), "drift", pathlib.Path(sys.argv[1]))
except InputError as problem:
    print(problem)
slow = {"docker", "kubernetes", "urllib3", "grader.live.observer", "harness.cluster.cluster", "harness.containers.imagebuild"}
print(sorted(slow & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, pipeline], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.splitlines() == [
        f"{SLUG} has no namespaces; play its public scenarios with: breakfix check",
        "[]",
    ]


def test_reset_brings_the_broken_files_back(breakfix: Breakfix, pipeline: Path) -> None:
    before = (pipeline / FILE).read_text("utf-8")
    (pipeline / FILE).write_text("on: push\n")
    ran = breakfix("reset", pipeline, env=NO_ENGINE)
    assert ran.code == 0, ran.err
    assert (pipeline / FILE).read_text("utf-8") == before


def test_playing_needs_an_engine(breakfix: Breakfix, pipeline: Path) -> None:
    ran = breakfix("grade", pipeline, env=NO_ENGINE)
    assert ran.code == 3
    assert "DOCKER_HOST" in ran.err


def test_the_policy_stage_needs_none(breakfix: Breakfix, pipeline: Path) -> None:
    """The broken workflow is valid and within the rules: what is wrong with it shows when it is played."""
    ran = breakfix("grade", pipeline, "--stage", "policy", "--format", "json", env=NO_ENGINE)
    assert ran.code == 0
    provenance = json.loads(ran.out)["provenance"]
    assert (provenance["act"], "kubernetes" in provenance) == (versions.ACT, False)


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (("actions/cache@v4", "stranger/cache@v4"), "objects-allowed", "is not among the accepted actions"),
        (("candidate: [compact, extended]", f"candidate: {list(range(300))}"), "objects-allowed", "makes 300 legs"),
        (("runs-on: ubuntu-latest", "runs-on: gpu"), "objects-allowed", "names a runner"),
        (("    needs: validate\n", "    need: validate\n"), "schema-valid", "refused by GitHub's schema"),
        (("  pull_request:\n", ""), "workflow-kept", "no workflow starts any more"),
        (("on:\n", "on: [\n"), "files-readable", "is not valid YAML"),
    ],
)
def test_bad_workflows_get_a_verdict(
    breakfix: Breakfix, pipeline: Path, change: tuple[str, str], check: str, words: str
) -> None:
    """A finding with file and line, exit code 1; what may not be played is not, so that no engine is needed."""
    text = (pipeline / FILE).read_text("utf-8")
    assert change[0] in text
    (pipeline / FILE).write_text(text.replace(*change))
    stage = ["--stage", "policy"] if check == "workflow-kept" else []
    ran = breakfix("grade", pipeline, "--format", "json", *stage, env=NO_ENGINE)
    assert ran.code == 1, ran.err
    failed = {one["check"]["id"]: one["reason"] for one in json.loads(ran.out)["results"] if one["verdict"] == "FAIL"}
    assert words in failed[check]["message"]
    assert failed[check]["file"] == FILE
    assert failed[check]["line"] >= 1


def test_files_that_are_not_the_candidates_are_graded_as_they_were(breakfix: Breakfix, pipeline: Path) -> None:
    (pipeline / "training" / "validate.py").write_text("")
    (pipeline / "platform" / "allowed-actions.yaml").write_text("stranger/cache: [v4]\n")
    ran = breakfix("grade", pipeline, "--stage", "policy", "--format", "json")
    notes = json.loads(ran.out)["notes"]
    assert any(note.startswith("training/validate.py is not yours to edit") for note in notes)
    assert any(note.startswith("platform/allowed-actions.yaml is not yours to edit") for note in notes)
