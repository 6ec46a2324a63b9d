"""Reports in several forms, for several readers, as a person asks for them."""

import json
from pathlib import Path

import pytest

from grader.render import FORMS
from tests.acceptance.conftest import Breakfix

KEPT = Path(__file__).parent.parent / "reports"


def test_one_grade_in_several_forms(breakfix: Breakfix, workspace: Path, tmp_path: Path) -> None:
    words: list[str | Path] = []
    for form in FORMS:
        words += ["--format", form, "--output", tmp_path / form]
    ran = breakfix("grade", workspace, "--stage", "policy", *words, "--format", "terminal")
    assert ran.code == 1
    assert "NOT PASSED" in ran.out, "the last form goes to stdout"
    texts = {form: (tmp_path / form).read_text("utf-8") for form in FORMS}
    assert json.loads(texts["json"])["outcome"] == "failed"
    assert json.loads(texts["sarif"])["version"] == "2.1.0"
    assert texts["junit"].startswith("<?xml")
    assert texts["markdown"].startswith("## The fraud scorer never becomes ready: not passed")
    assert texts["html"].startswith("<!doctype html>")


@pytest.mark.parametrize("order", [("terminal", "json"), ("json", "terminal")])
def test_what_is_for_the_terminal_goes_there_and_not_into_the_one_file(
    breakfix: Breakfix, tmp_path: Path, order: tuple[str, str]
) -> None:
    words = [word for form in order for word in ("--format", form)]
    ran = breakfix("report", KEPT / "broken.json", *words, "--output", "x.json")
    assert ran.code == 0, ran.err
    assert "NOT PASSED" in ran.out
    assert json.loads((tmp_path / "x.json").read_text("utf-8"))["slug"] == "serving-never-ready"


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "json", "--format", "html"),
        ("--output", "a", "--output", "b"),
        ("--format", "json", "--output", "a", "--format", "html", "--output", "a"),
    ],
)
def test_forms_and_files_that_do_not_pair_are_usage_errors(
    breakfix: Breakfix, workspace: Path, words: tuple[str, ...]
) -> None:
    ran = breakfix("grade", workspace, "--stage", "policy", *words)
    assert ran.code == 2
    assert "--output" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("form", [*FORMS, "terminal"])
def test_a_kept_report_is_shown_again_for_the_candidate(breakfix: Breakfix, form: str) -> None:
    team = breakfix("report", KEPT / "broken.json", "--format", form)
    candidate = breakfix("report", KEPT / "broken.json", "--format", form, "--audience", "candidate")
    assert (team.code, candidate.code) == (0, 0)
    assert "keys-exist" in team.out
    assert "keys-exist" not in candidate.out


def test_a_candidates_copy_stays_one(breakfix: Breakfix, tmp_path: Path) -> None:
    """Nothing brings back what it leaves out."""
    copy = tmp_path / "copy.json"
    assert (
        breakfix("report", KEPT / "broken.json", "--audience", "candidate", "--format", "json", "--output", copy).code
        == 0
    )
    again = breakfix("report", copy, "--format", "json")
    assert again.out == copy.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is no JSON report"),
        ("[]", "document: [] is not of type 'object'"),
        ("\x00\xff", "is no JSON report"),
        ("[" * 100_000, "is no JSON report"),
        ('{"schema_version": 9}', "schema_version: 1 was expected"),
    ],
)
def test_a_file_that_is_no_report_is_named(breakfix: Breakfix, tmp_path: Path, text: str | None, told: str) -> None:
    file = tmp_path / "report.json"
    if text is not None:
        file.write_bytes(text.encode("latin-1"))
    ran = breakfix("report", file)
    assert ran.code == 2
    assert told in ran.err
    assert str(file) in ran.err
