"""The time that a candidate has, and what their own machine noted of it: shown, and nothing more."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.render import outline, renderer
from grader.report.audience import copy_for
from grader.report.report import Hours
from harness.exercises import exercise as exercises
from harness.exercises import marker
from harness.intake import times
from harness.intake.submission import TIMES
from harness.runs import practice
from tests.unit.reports import kept

FIRST, SENT = "2026-03-02T09:00:00+00:00", "2026-03-03T11:40:59+00:00"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    exercise = exercises.load("serving-never-ready")
    practice.make_workspace(exercise, folder)
    marker.write(exercise, folder, "aaaaaaaaaa")
    return folder


def test_the_first_command_and_the_submit_are_noted(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later command changes nothing; a submit of the same files is the same one."""
    moments = iter([FIRST, SENT, "2026-03-04T00:00:00+00:00"])
    monkeypatch.setattr(times, "_now", lambda: next(moments))
    times.worked(bundle, "apply")
    times.worked(bundle, "check")
    times.submitted(bundle, "ab")
    times.submitted(bundle, "ab")
    assert times.parsed((bundle / TIMES).read_bytes()) == times.Times(FIRST, "apply", SENT, "ab")
    times.submitted(bundle, "cd")
    assert times.parsed((bundle / TIMES).read_bytes()).submitted.startswith("2026-03-04")


def test_of_what_is_no_bundle_nothing_is_noted(bundle: Path) -> None:
    marker.write(exercises.load("serving-never-ready"), bundle)
    times.worked(bundle, "apply")
    times.submitted(bundle, "ab")
    assert not (bundle / TIMES).exists()


def test_a_workspace_that_begins_again_keeps_its_note(bundle: Path, tmp_path: Path) -> None:
    times.worked(bundle, "apply")
    before = (bundle / TIMES).read_bytes()
    aside = bundle.rename(tmp_path / "aside")
    bundle.mkdir()
    marker.write(exercises.load("serving-never-ready"), bundle, "aaaaaaaaaa")
    times.kept(aside, bundle)
    assert (bundle / TIMES).read_bytes() == before


def test_a_link_is_not_followed(bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (bundle / TIMES).symlink_to(other)
    times.worked(bundle, "apply")
    assert other.read_text() == "mine"
    assert not (bundle / TIMES).is_symlink()


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"first": "2026-99-99T00:00:00+00:00", "command": "apply"}',
     b'{"first": ["2026"], "submitted": "yesterday"}', b'{"first": "2026-03-02T09:00:00", "command": "a b"}'],
)  # fmt: skip
def test_a_note_that_is_none_says_nothing(text: bytes) -> None:
    assert times.parsed(text) == times.Times()


def test_a_command_out_of_a_strangers_note_is_a_word() -> None:
    said = json.dumps({"first": FIRST, "command": "<script>"}).encode()
    assert times.parsed(said) == times.Times(FIRST)


def test_the_team_sees_it_in_every_form_and_the_candidates_copy_does_not() -> None:
    report = replace(kept("cheat"), hours=Hours("one to two hours", 45, FIRST, "apply", SENT))
    planned, noted = (words for _, words in outline.hours(report))
    assert planned == "one to two hours, and 45 min more for this candidate"
    assert (
        noted == "first `apply` 2026-03-02 09:00 UTC; `submit` 2026-03-03 11:40 UTC; 26 h 40 min from one to the other"
    )
    for form in ("html", "markdown", "json", "junit"):
        assert "2026-03-02" in renderer(form)(report), form
        assert "2026-03-02" not in renderer(form)(copy_for(report, "candidate")), form
    assert "proves nothing" in renderer("html")(report)


@pytest.mark.parametrize(("first", "sent", "between"), [(SENT, FIRST, None), ("", SENT, None), (FIRST, FIRST, 0)])
def test_what_cannot_be_is_not_told(first: str, sent: str, between: int | None) -> None:
    assert Hours("", 0, first, "", sent).between == between
