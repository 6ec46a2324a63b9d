"""Right submissions that were packed by accident in other ways than `breakfix submit` packs: tests/wild/odd/.

They are as outsiders handed them in: by Finder, by GitHub's "Download ZIP", by macOS's tar, by old .NET, by PowerShell.
"""

import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from harness.core import paths
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.runs import practice

from .conftest import Breakfix
from .rounds import write_round

ODD = paths.KIT / "tests" / "wild" / "odd"
SLUG = "serving-never-ready"
PLACES = sorted(place.name for place in ODD.iterdir())
UNMARKED = "github-download.zip"  # the candidate's list of ignored files left .breakfix.json out


@pytest.mark.parametrize("name", PLACES)
def test_each_is_read_whole(breakfix: Breakfix, name: str) -> None:
    """No check fails for how it was packed, and no note speaks of what macOS or GitHub put beside it."""
    ran = breakfix("grade", ODD / name, "--exercise", SLUG, "--stage", "policy", "--format", "json")
    report = json.loads(ran.out)
    assert (ran.code, report["outcome"], report["score"], report["notes"]) == (0, "passed", 100, []), ran.out


def test_a_batch_reads_the_same_forms(breakfix: Breakfix, tmp_path: Path) -> None:
    """Whatever they are called; what is none is named, and one of which nobody can say what it is, is not graded."""
    handed = tmp_path / "handed"
    shutil.copytree(ODD, handed)
    (handed / "plain.tar").rename(handed / "no ending")
    (handed / "mac-finder.zip").rename(handed / "Finder.ZIP")
    (handed / "ada.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(50))
    (handed / "letter.txt").write_text("see the other file")
    (handed / "__MACOSX").mkdir()
    ran = breakfix("batch", handed, "--stage", "policy")
    lines = {line.split("  ")[0]: line for line in ran.out.splitlines() if line.strip()}
    for name in ("no ending", "Finder", "mac-tar-appledouble", "utf-16-file", "windows-separators"):
        assert "passed" in lines[name], ran.out
    for name in ("github-download", "ada"):
        assert "not graded" in lines[name], ran.out
    assert "__MACOSX" not in ran.out + ran.err
    assert "letter.txt is neither a folder nor an archive" in ran.err


def test_a_round_reads_them_too(breakfix: Breakfix, tmp_path: Path) -> None:
    """By the ledger, where the marker was left out by the team's word; and a folder of several is named as such."""
    path = write_round(tmp_path / "team")
    for name in ("ada", "bob"):
        assert breakfix("bundle", "--round", path, "--candidate", name, "--output", f"all/{name}").code == 0
    packed = tmp_path / "ada.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(tmp_path / "all" / "ada" / "workspace", "x/ada-main/workspace")
    assert breakfix("grade", packed, "--round", path, "--stage", "policy").code == 1
    assert "name one of them" in breakfix("grade", tmp_path / "all", "--round", path, "--stage", "policy").err
    (tmp_path / "all" / "ada" / "workspace" / ".breakfix.json").unlink()
    told = breakfix("grade", tmp_path / "all" / "ada", "--round", path, "--stage", "policy")
    assert (told.code, "say with --candidate whose it is" in told.err) == (2, True)
    id_ = json.loads((tmp_path / "team" / "round.ledger.jsonl").read_text("utf-8").splitlines()[0])["id"]
    one = ("grade", tmp_path / "all" / "ada", "--round", path, "--candidate", id_, "--stage", "policy")
    assert breakfix(*one).code == 1


def test_what_was_meant_is_told_to_candidate_and_team(breakfix: Breakfix, workspace: Path) -> None:
    """By check, by submit and by grade, in the report for either."""
    (workspace / "kustomization.yaml").write_text("patches: [{path: fix.yaml}]\n")
    words = "kustomization.yaml is a kustomization, which is not built"
    assert words in " ".join(breakfix("check", workspace, "--stage", "policy").out.split())
    assert words in " ".join(breakfix("submit", workspace, "--output", "one.tar.gz").err.split())
    for audience in ("candidate", "team"):
        ran = breakfix("grade", workspace, "--stage", "policy", "--audience", audience, "--format", "json")
        assert any(note.startswith(words) for note in json.loads(ran.out)["notes"])


def test_submit_tells_of_a_report_that_is_old_or_bad(breakfix: Breakfix, tmp_path: Path) -> None:
    """What goes with the files is what the team sets beside its own grade: it is of these files, whole, and passed."""
    workspace = tmp_path / "mine"
    exercise = exercises.load(SLUG)
    practice.make_workspace(exercise, workspace)

    def warned() -> str:
        return " ".join(breakfix("submit", workspace, "--output", "one.tar.gz").err.split())

    breakfix("check", workspace, "--stage", "policy")
    kept = workspace / ".breakfix-report.json"
    assert json.loads(kept.read_text("utf-8"))["audience"] == "candidate"
    said = warned()
    assert "was of the policy stage only" in said
    assert "did not pass" not in said
    assert "older ones" not in said
    for path, text in faults.reference_files(exercise).items():
        (workspace / path).write_text(text, "utf-8")
    assert "is of other files than these, older ones: run `breakfix check` again" in warned()
    breakfix("check", workspace, "--stage", "policy")
    report = json.loads(kept.read_text("utf-8"))
    kept.write_text(json.dumps(report | {"stage": "all"}), "utf-8")
    assert "last check" not in warned()
    assert "local report" not in warned()
    failed = [{**report["results"][0], "verdict": "FAIL"}, *report["results"][1:]]
    kept.write_text(json.dumps(report | {"stage": "all", "outcome": "failed", "results": failed}), "utf-8")
    assert "did not pass, it is failed (files-readable)" in warned()
    kept.write_text("[]", "utf-8")
    assert "cannot be read" in warned()


def test_the_local_report_is_no_file_of_the_repository(breakfix: Breakfix, tmp_path: Path) -> None:
    path = write_round(tmp_path / "team")
    breakfix("bundle", "--round", path, "--candidate", "Ada", "--output", "ada")
    assert ".breakfix-report.json" in (tmp_path / "ada" / ".gitignore").read_text("utf-8").splitlines()


def _reference(slug: str, folder: Path) -> Path:
    exercise = exercises.load(slug)
    practice.make_workspace(exercise, folder)
    for path, text in faults.reference_files(exercise).items():
        (folder / path).write_text(text, "utf-8")
    return folder


def test_a_zip_without_hidden_folders_names_the_workflow_and_why(breakfix: Breakfix, tmp_path: Path) -> None:
    """Everything else was handed in, so that nothing is empty."""
    workspace = _reference("green-but-wrong", tmp_path / "mine")
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for path in sorted(workspace.rglob("*")):
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(workspace).parts):
                archive.write(path, path.relative_to(tmp_path))
    ran = breakfix("grade", "mine.zip", "--exercise", "green-but-wrong", "--stage", "policy", "--format", "json")
    (problem,) = json.loads(ran.out)["problems"]
    assert (ran.code, problem["file"]) == (1, ".github/workflows/train.yml")
    assert "leaves out folders whose names begin with a dot" in problem["message"]


def test_a_workflow_of_another_case_is_named_where_it_is_missed(breakfix: Breakfix, tmp_path: Path) -> None:
    """The check that misses it cannot know; the note tells."""
    workflows = _reference("fork-safe-ci", tmp_path / "mine") / ".github" / "workflows"
    (workflows / "ci.yml").rename(workflows / "CI.yml")
    (workflows / "notes.yml").write_text("---\n")
    ran = breakfix("grade", "mine", "--stage", "policy", "--format", "json")
    report = json.loads(ran.out)
    assert [one["check"]["id"] for one in report["results"] if one["verdict"] != "PASS"] == ["workflow-kept"]
    told = ".github/workflows/CI.yml differs only by case from .github/workflows/ci.yml"
    assert [note for note in report["notes"] if note.startswith(told)]


def test_the_report_lists_every_problem_of_the_files(breakfix: Breakfix, workspace: Path) -> None:
    """The check names the first and counts the others; programs, and who reads the JSON, get all; both audiences do."""
    (workspace / "manifests" / "a.yaml").write_text("```yaml\na: 1\n```\n")
    (workspace / "manifests" / "b.yaml").write_bytes(b"\x0c")
    for audience in ("candidate", "team"):
        one = ("grade", workspace, "--stage", "policy", "--audience", audience)
        assert "(and 1 more)" in " ".join(breakfix(*one).out.split())
        report = breakfix(*one, "--format", "json")
        found = [(told["file"], told["line"]) for told in json.loads(report.out)["problems"]]
        assert found == [("manifests/a.yaml", 1), ("manifests/b.yaml", 1)]
