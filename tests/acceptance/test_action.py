"""The GitHub action and workflows: linted by actionlint, and the action run by act on this machine itself."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.build import gobuild
from harness.core import paths, versions
from harness.exercises import exercise as exercises
from harness.runs import practice

ACTIONLINT = gobuild.Program(
    "github.com/rhysd/actionlint", "1.7.12", {"actionlint": "github.com/rhysd/actionlint/cmd/actionlint"}
)
ACT = Path(sys.executable).with_name("act")
WORKFLOW = """\
on: workflow_dispatch
jobs:
  grade:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6.0.2  # act copies the folder
      - id: grade
        uses: ./kit
        with: {submission: handed, exercise: serving-never-ready, stage: policy, reports: reports FAIL}
      - if: always()
        run: |
          echo "told ${{ steps.grade.outputs.outcome }} ${{ steps.grade.outputs.score }}"
          echo "reports" $(ls reports)
"""
NOTHING = "name: nothing\nruns: {using: composite, steps: [{run: 'true', shell: sh}]}\n"


def test_workflows_have_no_findings() -> None:
    """Those of this repository, and the one that candidates get."""
    program = gobuild.compiled(ACTIONLINT, lambda _: None) / "actionlint"
    files = [*(paths.KIT / ".github/workflows").glob("*.yml"), paths.KIT / "breakfix/handout/self-check.yml"]
    assert len(files) > 3
    found = subprocess.run([program, *files], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("solved", "more", "ok", "told"),
    [
        (True, "", True, "told passed 100"),
        (False, "", False, "told failed"),
        (False, ", fail-on-verdict: 'false'", True, "told failed"),
        (True, ", round: ''", True, "told passed 100"),
    ],
)
def test_the_action_grades(tmp_path: Path, *, solved: bool, more: str, ok: bool, told: str) -> None:
    """The job ends as the verdict says, its outputs tell it, and its reports and summary are there."""
    exercise, repository, codeql = exercises.load("serving-never-ready"), tmp_path / "repository", tmp_path / "codeql"
    practice.make_workspace(exercise, repository / "handed")
    if solved:
        shutil.copytree((exercise.solution or Path()) / "reference", repository / "handed", dirs_exist_ok=True)
    (repository / "kit").symlink_to(paths.KIT)
    for place, text in (
        (codeql / "upload-sarif" / "action.yml", NOTHING),
        (repository / ".github" / "workflows" / "grade.yml", WORKFLOW.replace(" FAIL", more)),
    ):
        place.parent.mkdir(parents=True)
        place.write_text(text, "utf-8")
    ran = subprocess.run(
        [
            ACT, "workflow_dispatch", "--json", "--directory", repository,
            "--platform", "ubuntu-24.04=-self-hosted", "--container-daemon-socket", "-", "--no-cache-server",
            "--local-repository", f"https://github.com/github/codeql-action@v4={codeql}",
        ],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    said = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    printed = "".join(one["msg"] for one in said if one.get("raw_output"))
    assert (ran.returncode == 0) == ok, ran.stdout[-3000:] + ran.stderr
    assert told in printed, printed
    assert "reports report.html report.json report.sarif report.xml summary.md" in printed, printed
    assert '"command":"summary"' in ran.stdout


def test_act_is_the_one_that_plays_pipelines() -> None:
    said = subprocess.run([ACT, "--version"], capture_output=True, text=True, check=True).stdout
    assert versions.ACT in said
