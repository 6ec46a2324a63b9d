"""Many submissions of a round at once: each gets its own verdict, whatever lies beside it."""

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from harness.exercises import faults
from harness.hiring import rounds

from .conftest import Breakfix, Ran
from .rounds import entries, write_round


@pytest.fixture
def team(breakfix: Breakfix, tmp_path: Path) -> Path:
    """A round with a repaired submission, a broken one, one by a stranger, one that is no archive, and a stray file."""
    path = write_round(tmp_path / "team")
    for name in ("ada", "bob"):
        assert breakfix("bundle", "--round", path, "--candidate", name, "--output", name).code == 0
    one = rounds.load(path)
    exercise = one.exercise_of(one.ledger.entries()[0])
    for name, text in faults.texts(exercise, faults.solution_of(exercise) / "reference").items():
        (tmp_path / "ada" / "workspace" / name).write_text(text, "utf-8")
    handed = tmp_path / "handed"
    shutil.copytree(tmp_path / "bob" / "workspace", handed / "bob")
    breakfix("submit", tmp_path / "ada" / "workspace", "--output", handed / "ada.tar.gz")
    shutil.copytree(handed / "bob", handed / "stranger")
    marker = handed / "stranger" / ".breakfix.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text("utf-8")), "candidate": "aaaaaaaaaa"}), "utf-8")
    (handed / "noise.tar.gz").write_bytes(b"no archive at all")
    (handed / "README.txt").write_text("not a submission", "utf-8")
    return path


def batch(breakfix: Breakfix, path: Path, *more: str) -> Ran:
    return breakfix("batch", "handed", "--round", path, "--stage", "policy", *more)


def report(tmp_path: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "handed-reports" / f"{name}.json").read_text("utf-8"))
    return found


def test_each_gets_its_own_verdict(breakfix: Breakfix, tmp_path: Path, team: Path) -> None:
    ran = batch(breakfix, team)
    assert ran.code == 1, ran.err
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    assert "passed" in lines["ada"]
    assert "failed" in lines["bob"]
    assert "not graded" in lines["stranger"]
    assert "another round" in ran.out
    assert "not graded" in lines["noise"]
    assert "README" not in ran.out
    assert sorted(path.name for path in (tmp_path / "handed-reports").iterdir()) == [
        "ada.html", "ada.json", "bob.html", "bob.json",
    ]  # fmt: skip
    assert report(tmp_path, "ada")["provenance"]["candidate"] == entries(team)[0]["id"]
    assert (report(tmp_path, "ada")["score"], report(tmp_path, "bob")["outcome"]) == (100, "failed")


def test_a_rerun_grades_only_what_changed(breakfix: Breakfix, tmp_path: Path, team: Path) -> None:
    batch(breakfix, team)
    reports = tmp_path / "handed-reports"
    before = {path.name: path.stat().st_mtime_ns for path in reports.glob("*.json")}
    assert "2 of 2 have their report" in batch(breakfix, team).err
    (reports / "ada.json").write_text("{ cut", "utf-8")
    manifest = next((tmp_path / "handed" / "bob" / "manifests").iterdir())
    manifest.write_text(manifest.read_text("utf-8") + "# another try\n", "utf-8")
    batch(breakfix, team)
    after = {path.name: path.stat().st_mtime_ns for path in reports.glob("*.json")}
    assert all(before[name] < after[name] for name in before)
    assert report(tmp_path, "ada")["score"] == 100


def test_two_of_one_candidate_are_told(breakfix: Breakfix, tmp_path: Path, team: Path) -> None:
    shutil.copytree(tmp_path / "handed" / "bob", tmp_path / "handed" / "bob-again")
    assert f"bob, bob-again have one candidate's id, {entries(team)[1]['id']}" in batch(breakfix, team).err


def test_a_hostile_archive_disturbs_nobody(breakfix: Breakfix, tmp_path: Path, team: Path) -> None:
    """Its own verdict is FAIL with a reason, where its marker can be read; the others' are as ever."""
    marker = (tmp_path / "handed" / "bob" / ".breakfix.json").read_bytes()
    with tarfile.open(tmp_path / "handed" / "evil.tar.gz", "w:gz") as archive:
        for name, data in (
            (".breakfix.json", marker),
            ("../../escaped", b"x"),
            ("manifests/a.yaml", b"&a [*a, *a" * 9000),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    batch(breakfix, team)
    evil = report(tmp_path, "evil")
    assert evil["outcome"] == "failed"
    assert evil["results"][0]["verdict"] == "FAIL"
    assert report(tmp_path, "ada")["score"] == 100
    assert not (tmp_path.parent / "escaped").exists()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ([], "holds no submission"),
        (["one/", "one.tar.gz"], "would have one report"),
        (None, "is no folder"),
    ],
)
def test_what_is_no_batch_is_told(breakfix: Breakfix, tmp_path: Path, made: list[str] | None, words: str) -> None:
    folder = tmp_path / "some"
    for name in made or ():
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.mkdir() if name.endswith("/") else place.touch()
    if made == []:
        folder.mkdir()
    ran = breakfix("batch", "some", "--stage", "policy")
    assert (ran.code, words in ran.err) == (2, True), ran.err


def test_differences_from_the_local_report_are_told(breakfix: Breakfix, tmp_path: Path, team: Path) -> None:
    """What a candidate saw, or wrote, is set beside what the team sees; what is no report is passed over."""
    handed = tmp_path / "handed"
    breakfix("check", handed / "bob", "--stage", "policy")
    kept = handed / "bob" / ".breakfix-report.json"
    text = kept.read_text("utf-8")
    kept.write_text(text.replace('"PASS"', '"FAIL"'), "utf-8")
    batch(breakfix, team)
    (note,) = [one for one in report(tmp_path, "bob")["notes"] if "local report" in one]
    assert "FAIL there, PASS here" in note
    for other in ("[]", '{"results": 7}', "{" * 100_000, text):
        kept.write_text(other, "utf-8")
        shutil.rmtree(tmp_path / "handed-reports")
        batch(breakfix, team)
        assert not [one for one in report(tmp_path, "bob")["notes"] if "not as in" in one], other[:20]
