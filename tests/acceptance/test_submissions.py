"""From a bundle to a grade by the round's own ledger, whatever the submission says of itself."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from harness.exercises import faults
from harness.hiring import rounds

from .conftest import Breakfix
from .rounds import entries, write_round


@pytest.fixture
def handed(breakfix: Breakfix, tmp_path: Path) -> tuple[Path, Path]:
    """A round and the bundle of one candidate, repaired as the reference is."""
    path = write_round(tmp_path / "team")
    assert breakfix("bundle", "--round", path, "--candidate", "Ada", "--output", "ada").code == 0
    one = rounds.load(path)
    exercise = one.exercise_of(one.ledger.entries()[0])
    workspace = tmp_path / "ada" / "workspace"
    for name, text in faults.texts(exercise, faults.solution_of(exercise) / "reference").items():
        (workspace / name).write_text(text, "utf-8")
    return path, workspace


def remark(workspace: Path, **changes: object) -> None:
    marker = workspace / ".breakfix.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text("utf-8")), **changes}), "utf-8")


def test_submit_and_grade(breakfix: Breakfix, tmp_path: Path, handed: tuple[Path, Path]) -> None:
    """The archive has the editable files, notes and local report; it is the same twice; its grade is by the ledger."""
    path, workspace = handed
    assert "not been run here" in breakfix("submit", workspace).err
    breakfix("check", workspace, "--stage", "policy")
    kept = json.loads((workspace / ".breakfix-report.json").read_text("utf-8"))
    kept["results"][0]["verdict"] = "FAIL"
    (workspace / ".breakfix-report.json").write_text(json.dumps(kept), "utf-8")
    again = breakfix("check", workspace, "--stage", "policy")
    assert "local report" not in again.out, "a check was compared to the one before"
    first = breakfix("submit", workspace, "--output", "one.tar.gz")
    assert (first.code, "NOTES.md is missing or not filled in" in first.err) == (0, True)
    breakfix("submit", workspace, "--output", "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        names = set(archive.getnames())
    assert {
        ".breakfix.json",
        ".breakfix-report.json",
        "NOTES.md",
        "submission.json",
        "manifests/deployment.yaml",
    } <= names
    assert not [name for name in names if name.startswith("platform/")]
    for given in ("one.tar.gz", workspace, workspace.parent):
        ran = breakfix("grade", given, "--round", path, "--stage", "policy", "--format", "json")
        report = json.loads(ran.out)
        assert (ran.code, report["score"], report["notes"]) == (0, 100, []), ran.out
        assert report["provenance"]["candidate"] == entries(path)[0]["id"]
        assert report["provenance"]["round"] == rounds.load(path).label


def test_notes_that_name_their_author_are_told(breakfix: Breakfix, handed: tuple[Path, Path]) -> None:
    """Raters should not know whose it is; a word that only holds the name is no name."""
    path, workspace = handed
    notes = workspace / "NOTES.md"
    for text, said in (("# Notes\n\nAda Lovelace\n", True), ("# Notes\n\nAdapted, by adages\n", False)):
        notes.write_text(text, "utf-8")
        told = json.loads(breakfix("grade", workspace, "--round", path, "--stage", "policy", "--format", "json").out)
        assert ("names its author (line 3)" in str(told["notes"])) is said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exercise": "credentials-rotated"}, "was edited or is another's"),
        ({"version": 7}, "was edited or is another's"),
        ({"kit": "0.0.1"}, "of kit 0.0.1"),
        ({"candidate": "aaaaaaaaaa"}, "it is of another round"),
        ({"candidate": ""}, "has no candidate's id"),
        ({"candidate": 7}, "'candidate' is not text"),
    ],
)
def test_a_submission_of_something_else_is_told(
    breakfix: Breakfix, handed: tuple[Path, Path], changes: dict[str, object], words: str
) -> None:
    """Exit 2 and what to do; the team's own word settles whose it is."""
    path, workspace = handed
    remark(workspace, **changes)
    ran = breakfix("grade", workspace, "--round", path, "--stage", "policy")
    assert (ran.code, ran.out, words in ran.err) == (2, "", True), ran.err
    settled = breakfix("grade", workspace, "--round", path, "--candidate", entries(path)[0]["id"], "--stage", "policy")
    assert settled.code == 0


def test_a_seed_or_names_in_the_marker_count_for_nothing(breakfix: Breakfix, handed: tuple[Path, Path]) -> None:
    path, workspace = handed
    remark(workspace, seed=3, names={"fraud-scorer": "mine"})
    assert breakfix("grade", workspace, "--round", path, "--stage", "policy").code == 0


def test_a_hostile_archive_gets_a_verdict(breakfix: Breakfix, tmp_path: Path, handed: tuple[Path, Path]) -> None:
    """Findings under files-readable and exit 1; nothing is written outside, and a changed file is told by its hash."""
    path, workspace = handed
    breakfix("submit", workspace, "--output", "good.tar.gz")
    with tarfile.open(tmp_path / "good.tar.gz") as good, tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as bad:
        for member in good:
            source = good.extractfile(member)
            assert source is not None
            data = source.read() + (b"# later\n" if member.name == "manifests/services.yaml" else b"")
            member.size = len(data)
            bad.addfile(member, io.BytesIO(data))
        entry = tarfile.TarInfo("../escaped.yaml")
        bad.addfile(entry, io.BytesIO())
    ran = breakfix("grade", "bad.tar.gz", "--round", path, "--stage", "policy", "--format", "json")
    report = json.loads(ran.out)
    failed = {one["check"]["id"]: one["reason"]["message"] for one in report["results"] if one["verdict"] == "FAIL"}
    assert (ran.code, "leads out" in failed["files-readable"]) == (1, True)
    assert [note for note in report["notes"] if note.startswith("manifests/services.yaml is not as")]
    assert not list(tmp_path.rglob("escaped.yaml"))


def test_round_and_exercise_exclude_each_other(breakfix: Breakfix, handed: tuple[Path, Path]) -> None:
    path, workspace = handed
    assert "leave out" in breakfix("grade", workspace, "--round", path, "--seed", "3").err
    assert "needs --round" in breakfix("grade", workspace, "--candidate", "x").err


def test_the_time_of_a_candidate_goes_from_the_ledger_to_the_comparison(
    breakfix: Breakfix, tmp_path: Path, handed: tuple[Path, Path]
) -> None:
    """More minutes are told in RULES.md, in the grade and in the table, by the ledger as it is when the table is made."""
    path, workspace = handed
    assert "more are yours" not in (workspace.parent / "RULES.md").read_text("utf-8")
    ran = breakfix("bundle", "--round", path, "--candidate", "Ada", "--extra-minutes", "90", "--output", "again")
    assert "their time: one to two hours, and 1 h 30 min more" in ran.out
    assert "Plan one to two hours. 1 h 30 min more are yours" in (tmp_path / "again" / "RULES.md").read_text("utf-8")
    breakfix("check", workspace, "--stage", "policy")
    breakfix("submit", workspace, "--output", "one.tar.gz")
    assert (workspace / ".breakfix-times.json").is_file()
    graded = ("grade", "one.tar.gz", "--round", path, "--stage", "policy", "--format", "json", "--output", "one.json")
    breakfix(*graded)
    report = json.loads((tmp_path / "one.json").read_text("utf-8"))
    assert report["notes"] == []
    assert (report["hours"]["extra_minutes"], report["hours"]["command"]) == (90, "check")
    assert report["hours"]["first"] <= report["hours"]["submitted"]
    breakfix("bundle", "--round", path, "--candidate", "Ada", "--extra-minutes", "30", "--output", "third")
    shown = breakfix("compare", "one.json", "--round", path)
    assert (shown.code, "0 min (+30 min)" in shown.out, "It proves nothing" in " ".join(shown.out.split())) == (
        0,
        True,
        True,
    )
