"""Comparing a round's reports: what belongs together, and what is refused by name; what a void check changes."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.render import renderer
from harness.exercises import faults, marker
from harness.hiring import rounds
from harness.runs import practice
from tests.unit import comparisons

from .conftest import Breakfix
from .rounds import write_round

REASON = "The ticket did not say where the cache may stand."


@pytest.fixture
def graded(breakfix: Breakfix, tmp_path: Path) -> tuple[Path, Path]:
    """A round with three bundles, and the reports on two: one repaired as the reference is, one as it was handed out."""
    path = write_round(tmp_path / "team")
    one = rounds.load(path)
    for number, name in enumerate(("Ada Lovelace", "Bo Diddley", "Cy Twombly")):
        entry = one.ledger.add(name)
        exercise, folder = one.exercise_of(entry), tmp_path / "submissions" / f"{number}"
        if number == 2:
            continue
        practice.fill(exercise, folder)
        marker.write(exercise, folder, entry.id)
        if number == 0:
            for file, text in faults.texts(exercise, faults.solution_of(exercise) / "reference").items():
                (folder / file).write_text(text, "utf-8")
    assert breakfix("batch", "submissions", "--round", path, "--output", "reports", "--stage", "policy").code == 0
    return path, tmp_path / "reports"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder with two reports of one round, kept as the grader wrote them."""
    folder = tmp_path / "kept"
    folder.mkdir()
    for name, report in (("0", comparisons.of("broken", "aaaa")), ("1", comparisons.of("cheat", "bbbb"))):
        (folder / f"{name}.json").write_text(renderer("json")(report), "utf-8")
    return folder


def voiding(path: Path, **voided: str) -> None:
    text = path.read_text("utf-8").partition("voided:")[0]
    path.write_text(text + "voided:\n" + "".join(f"  {name}: {why!r}\n" for name, why in voided.items()), "utf-8")


def changed(source: Path, target: Path, change: Callable[[Any], object]) -> Path:
    data = json.loads(source.read_text("utf-8"))
    change(data)
    target.write_text(json.dumps(data), "utf-8")
    return target


def test_a_round_is_compared_by_opaque_ids(breakfix: Breakfix, tmp_path: Path, graded: tuple[Path, Path]) -> None:
    """All forms in one go; no form names a person of the ledger."""
    path, reports = graded
    outputs = [
        arg for form in ("terminal", "json", "csv", "html") for arg in ("--format", form, "--output", f"t.{form}")
    ]
    ran = breakfix("compare", reports, "--round", path, *outputs)
    assert (ran.code, ran.out) == (0, ""), ran.err
    for form in ("terminal", "json", "csv", "html"):
        text = (tmp_path / f"t.{form}").read_text("utf-8")
        for name in ("Ada", "Lovelace", "Bo Did", "Twombly"):
            assert name not in text
    ids = [entry.id for entry in rounds.load(path).ledger.entries()]
    data = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert [(row["candidate"], row["outcome"]) for row in data["rows"]] == [(ids[0], "passed"), (ids[1], "failed")]
    assert data["missing"] == [ids[2]]


def test_voiding_re_scores_everyone(breakfix: Breakfix, graded: tuple[Path, Path]) -> None:
    """In compare, from reports that know nothing of it, and in grade; both come to the same."""
    path, reports = graded
    before = table(breakfix("compare", reports, "--format", "csv").out)
    failing = next(name for name, verdict in before[1].items() if verdict == "FAIL")
    voiding(path, **{failing: REASON})
    after = table(breakfix("compare", reports, "--round", path, "--format", "csv").out)
    assert int(after[1]["score"]) > int(before[1]["score"])
    assert {row[failing] for row in after[:2]} == {f"VOID: {REASON}"}
    again = breakfix("batch", "submissions", "--round", path, "--output", "reports", "--stage", "policy")
    assert again.code == 0
    assert table(breakfix("compare", reports, "--format", "csv").out)[:2] == after[:2], "graded again, now void itself"
    assert REASON in breakfix("compare", reports).out


def test_a_void_check_is_shown_in_every_form_of_a_report(breakfix: Breakfix, graded: tuple[Path, Path]) -> None:
    path, _ = graded
    voiding(path, **{"keys-exist": REASON, "workload-kept": REASON})
    for form in ("terminal", "json", "junit", "sarif", "markdown", "html"):
        ran = breakfix("grade", "submissions/1", "--round", path, "--stage", "policy", "--format", form)
        assert ran.out.count(REASON) == 2, form
    copy = breakfix("grade", "submissions/1", "--round", path, "--stage", "policy", "--audience", "candidate").out
    assert (copy.count(REASON), "keys-exist" in copy, "some were void" in copy) == (1, False, True)


@pytest.mark.parametrize("command", [["grade", "submissions/0"], ["compare", "reports"], ["batch", "submissions"]])
def test_what_cannot_be_void_is_told_with_its_line(
    breakfix: Breakfix, graded: tuple[Path, Path], command: list[str]
) -> None:
    path, _ = graded
    voiding(path, **{"keys-exist": REASON, "no-such-check": REASON, "schema-valid": REASON})
    ran = breakfix(*command, "--round", path)
    assert (ran.code, ran.out) == (2, "")
    assert "round.yaml:11: no check of serving-never-ready that is installed here is called 'no-such-check'" in ran.err
    assert "round.yaml:12: schema-valid cannot be void" in ran.err
    voiding(path, **{"keys-exist": " " * 20})
    assert "round.yaml:10: voided.keys-exist" in breakfix(*command, "--round", path).err


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def provenance(**told: str) -> Callable[[Any], object]:
    return lambda data: data["provenance"].update(told)


def public(data: Any) -> list[Any]:
    return [one for one in data["results"] if one["check"]["visibility"] == "public"]


CHANGES: dict[str, tuple[Callable[[Any], object], str]] = {
    "another round": (provenance(round="autumn 0123"), "round is 'autumn 0123', not 'spring"),
    "another kit": (provenance(kit="0.0.9"), "kit is '0.0.9', not '0.1.0'"),
    "another exercise": (lambda data: data.update(slug="other"), "exercise is 'other', not 'serving-never-ready'"),
    "another version": (lambda data: data.update(version=99), "version is 99, not "),
    "another stage": (lambda data: data.update(stage="live"), "stage is 'live', not 'all'"),
    "another pass mark": (lambda data: data.update(pass_mark=3), "pass mark is 3, not 80"),
    "public checks only": (lambda data: data.update(results=public(data)), "its checks are others, or count otherwise: "),
    "no round": (lambda data: data["provenance"].pop("round"), "its provenance names no round; grade"),
    "no id": (provenance(candidate="=cmd|'/c calc'!A1"), "which is no opaque id"),
    "a candidate's copy": (
        lambda data: data.update(audience="candidate", interview=None, results=public(data)), "is a candidate's copy",
    ),
    "not confirmed": (
        lambda data: data.update(confirmation={"scenarios": [], "pending": True}), "its failures were not confirmed",
    ),
    "not confirmed, as it was told before": (
        provenance(confirmed="not yet: what failed has been seen once"), "its failures were not confirmed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_reports_that_do_not_belong_together_are_refused(
    breakfix: Breakfix, tmp_path: Path, kept: Path, name: str
) -> None:
    """The file and what differs; nothing on stdout."""
    change, words = CHANGES[name]
    odd = changed(kept / "1.json", tmp_path / "odd.json", change)
    ran = breakfix("compare", kept / "0.json", odd)
    assert (ran.code, ran.out) == (2, "")
    assert f"odd.json: {words}" in ran.err or ("odd.json: its candidate is" in ran.err and words in ran.err)


def test_every_file_that_is_no_report_is_told(breakfix: Breakfix, kept: Path) -> None:
    (kept / "list.json").write_text("[]", "utf-8")
    (kept / "half.json").write_text('{"schema_version": 1, ', "utf-8")
    (kept / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (kept / "deep.json").write_text("[" * 200_000, "utf-8")
    (kept / "other.json").write_text('{"name": "package"}', "utf-8")
    (kept / ".hidden.json").write_text("{", "utf-8")
    ran = breakfix("compare", kept)
    assert (ran.code, ran.out) == (2, "")
    for name in ("list", "half", "bytes", "deep", "other"):
        assert f"{name}.json" in ran.err
    assert "hidden" not in ran.err
    ran = breakfix("compare", kept / "0.json", kept / "gone.json")
    assert (ran.code, "gone.json cannot be read: No such file" in ran.err) == (2, True)


def test_a_folder_without_reports_is_told(breakfix: Breakfix, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = breakfix("compare", "empty")
    assert (ran.code, "empty holds no .json file" in ran.err) == (2, True)


def test_two_reports_of_one_candidate_are_told(breakfix: Breakfix, tmp_path: Path, kept: Path) -> None:
    """Of one submission, or of two that carry one id; a file that is named twice is one."""
    same = changed(kept / "0.json", tmp_path / "same.json", lambda _: None)
    ran = breakfix("compare", kept, same)
    assert (ran.code, "are two reports of the same submission" in ran.err) == (2, True)
    other = changed(kept / "0.json", tmp_path / "other.json", provenance(**{"submitted files": "sha256:00"}))
    ran = breakfix("compare", kept, other)
    assert (ran.code, "with different files: find out" in ran.err) == (2, True)
    assert breakfix("compare", kept, kept / "0.json").code == 0


def test_the_named_round_must_be_theirs(breakfix: Breakfix, tmp_path: Path, graded: tuple[Path, Path]) -> None:
    path, reports = graded
    other = write_round(tmp_path / "other", seed=3)
    ran = breakfix("compare", reports, "--round", other)
    assert (ran.code, "0.json: is of round 'spring" in ran.err) == (2, True)
    strange = changed(reports / "1.json", tmp_path / "strange.json", provenance(candidate="zzzz"))
    ran = breakfix("compare", reports / "0.json", strange, "--round", path)
    assert (ran.code, "strange.json: its candidate zzzz is not in" in ran.err) == (2, True)


def test_reports_with_other_voids_are_refused(breakfix: Breakfix, tmp_path: Path, graded: tuple[Path, Path]) -> None:
    """Without the round nobody knows what counts; with it, what was void and is no more needs a grade."""
    path, reports = graded
    voiding(path, **{"keys-exist": REASON})
    report = tmp_path / "void.json"
    breakfix("grade", "submissions/1", "--round", path, "--stage", "policy", "--format", "json", "--output", report)
    ran = breakfix("compare", reports / "0.json", report)
    assert (ran.code, "void.json: keys-exist is void, and not in" in ran.err) == (2, True)
    assert breakfix("compare", reports / "0.json", report, "--round", path).code == 0
    voiding(path, **{"model-found": REASON})
    ran = breakfix("compare", reports / "0.json", report, "--round", path)
    assert (ran.code, "void.json: keys-exist is void in it, and not in" in ran.err) == (2, True)
