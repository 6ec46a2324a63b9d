"""The table over a round: in which order, what tells nobody apart, what a void check does, and its forms."""

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from grader.render import comparison as rendering
from grader.report.report import Outcome, Verdict
from grader.round.alike import Likeness
from grader.round.comparison import Comparison, compare, rescored
from tests.unit import comparisons, reports
from tests.unit.test_forms import STEERING, Page

REASON = "The ticket named no such limit."


def test_undecided_candidates_come_last_and_have_no_score() -> None:
    rows = comparisons.table().rows
    assert [row.candidate for row in rows] == ["aaaa", "cccc", "bbbb", "dddd"]
    last = rows[-1]
    assert (last.outcome, last.score) == (Outcome.UNDECIDED, None)
    assert set(last.undecided) and not set(last.undecided) & set(last.unmet)


def test_an_open_score_stands_below_those_that_are_known() -> None:
    """A must that failed decides, so the candidate is not undecided, and no form makes a number of it."""
    known = {**comparisons.four(), "o.json": comparisons.open_score("oooo")}
    found = compare(known, None)
    row = next(one for one in found.rows if one.candidate == "oooo")
    assert (row.outcome, row.score, bool(row.undecided), bool(row.unmet)) == (Outcome.FAILED, None, True, True)
    schema().validate(json.loads(rendering.as_json(found)))
    lines = {line["candidate"]: line for line in csv.DictReader(io.StringIO(rendering.as_csv(found)))}
    assert (lines["oooo"]["outcome"], lines["oooo"]["score"]) == ("not passed", "open")
    assert re.search(r"oooo\s+not passed\s+open\b", shown(found))
    assert re.search(r"oooo\s*not passed\s*open", Page(rendering.as_page(found)).text)


def test_checks_that_tell_nobody_apart_are_named() -> None:
    """Of those about whom it is decided: an ERROR makes no difference where there was none."""
    found = comparisons.table()
    verdicts: dict[str, set[Verdict]] = {}
    for report in comparisons.four().values():
        for one in report.results:
            if one.verdict is not Verdict.ERROR:
                verdicts.setdefault(one.spec.id, set()).add(one.verdict)
    assert {one.id for one in found.same("passed")} == {
        name for name, seen in verdicts.items() if seen == {Verdict.PASS}
    }
    assert {one.id for one in found.same("failed")} == {
        name for name, seen in verdicts.items() if Verdict.PASS not in seen
    }
    assert found.same("passed") and found.same("failed")


def test_one_candidate_is_not_everybody() -> None:
    found = compare({"a.json": comparisons.of("cheat", "aaaa")}, None)
    assert not found.same("passed") and not found.same("failed")


def test_a_void_check_counts_for_nobody() -> None:
    """Neither its points nor its being a must: whoever failed it is scored as if it had never been."""
    source = reports.kept("cheat")
    failed = [one for one in source.results if one.verdict is Verdict.FAIL]
    assert [one for one in failed if one.spec.must]
    found = rescored(source, {one.spec.id: REASON for one in failed})
    whole = sum(one.spec.points for one in source.results if one not in failed)
    assert sum(one.points for one in found.tallies if one.kind == "requirement") == whole
    assert not [one for one in found.tallies if one.unmet_must and one.verdict is not Verdict.ERROR]
    assert {one.reason.seen for one in found.results if one.verdict is Verdict.VOID and one.reason} == {"FAIL"}
    assert rescored(found, {one.spec.id: REASON for one in failed}) == found, "twice is once"


def test_what_waited_for_a_void_check_alone_is_undecided() -> None:
    """Nobody knows what it would have been: neither failed nor passed, and what waits for it neither."""
    source = reports.kept("broken")
    waiting = next(one for one in source.results if one.blocked_by)
    found = {one.spec.id: one for one in rescored(source, dict.fromkeys(waiting.blocked_by, REASON)).results}
    settled = found[waiting.spec.id]
    assert settled.verdict is Verdict.ERROR
    assert settled.reason is not None and "grade this submission again" in settled.reason.message


def test_what_waits_for_something_else_too_stays_blocked() -> None:
    source = reports.kept("broken")
    waiting = next(one for one in source.results if len(one.blocked_by) > 1)
    first, *others = waiting.blocked_by
    found = {one.spec.id: one for one in rescored(source, {first: REASON}).results}
    assert (found[waiting.spec.id].verdict, found[waiting.spec.id].blocked_by) == (Verdict.BLOCKED, tuple(others))


def test_a_requirement_without_a_check_that_counts_is_void() -> None:
    source = reports.kept("cheat")
    name = next(iter(source.requirements))
    found = rescored(source, {one.spec.id: REASON for one in source.results if one.spec.requirement == name})
    tally = next(one for one in found.tallies if one.name == name)
    assert (tally.verdict, tally.earned, tally.points, tally.unmet_must) == (Verdict.VOID, 0, 0, False)


def void() -> Comparison:
    """Return the comparison with a check void, for a reason that no reader may be steered by."""
    known = comparisons.four()
    name = next(one.spec.id for one in known["a.json"].results if one.verdict is Verdict.FAIL)
    return compare({file: rescored(one, {name: reports.HOSTILE}) for file, one in known.items()}, ("eeee",))


EVERY = {"plain": comparisons.table, "no round": lambda: comparisons.table(None), "void": void}


@pytest.fixture(params=EVERY)
def found(request: pytest.FixtureRequest) -> Comparison:
    made: Comparison = EVERY[request.param]()
    return made


def schema() -> jsonschema.Draft202012Validator:
    known = json.loads(rendering.SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(known)
    return jsonschema.Draft202012Validator(known)


def test_json_is_valid_by_the_published_schema(found: Comparison) -> None:
    schema().validate(json.loads(rendering.as_json(found)))


@pytest.mark.parametrize("change", [{"schema_version": 2}, {"rows": [{}]}, {"more": 1}, {"missing": "x"}])
def test_the_schema_tells_invalid_from_valid(change: dict[str, Any]) -> None:
    assert not schema().is_valid(json.loads(rendering.as_json(comparisons.table())) | change)


def test_csv_has_a_line_for_each_candidate_and_no_formula(found: Comparison) -> None:
    header, *lines = list(csv.reader(io.StringIO(rendering.as_csv(found))))
    assert {len(line) for line in lines} == {len(header)}
    assert [line[0] for line in lines] == [*(row.candidate for row in found.rows), *(found.missing or ())]
    assert not [cell for line in [header, *lines] for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert dict(zip(header, lines[-1], strict=True))["outcome"] in {"no report", "undecided"}


def test_the_page_is_valid_and_needs_nothing(found: Comparison) -> None:
    text = rendering.as_page(found)
    assert len(text.encode()) < 300_000
    page = Page(text)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "form", "base", "input"}
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name, attributes in page.elements:
        assert not [one for one in attributes if one.startswith("on")], name
        if "href" in attributes:
            assert (attributes["href"] or "").removeprefix("#") in ids


def shown(found: Comparison) -> str:
    out = io.StringIO()
    rendering.show(found, Console(file=out, width=5000, no_color=True, highlight=False))
    return out.getvalue()


def test_no_form_carries_what_steers_a_reader(found: Comparison) -> None:
    for text in (shown(found), *(form(found) for form in rendering.FORMS.values())):
        assert not STEERING.findall(text)


def test_every_form_shows_what_is_void_and_why() -> None:
    found = void()
    (item,) = found.voided
    for text in (shown(found), *(form(found) for form in rendering.FORMS.values())):
        assert item.id in text
        assert "www.evil.example" in text


@pytest.mark.parametrize("form", ["terminal", "html"])
def test_people_are_told_that_scores_are_advice(form: str) -> None:
    text = shown(comparisons.table()) if form == "terminal" else Page(rendering.as_page(comparisons.table())).text
    assert "Scores are advice" in text
    assert "Undecided: the machine failed or a check did, not the candidate" in text
    assert "eeee" in text


def test_a_hundred_candidates_are_shown_at_once() -> None:
    source = comparisons.of("cheat", "aaaa")
    many = {
        f"{number}.json": replace(source, provenance={**source.provenance, "candidate": f"c{number}"})
        for number in range(100)
    }
    assert len(rendering.as_page(compare(many, None)).encode()) < 1_000_000


def test_what_is_alike_is_told_in_every_form_but_csv() -> None:
    """Beside the table, with what to make of it."""
    found = replace(comparisons.table(), alike=(Likeness("aaaa", "bbbb", 6, 7, ("# <b>mine</b>", "a line")),))
    assert "aaaa and bbbb share 6 of 7 lines that the task does not explain: # <b>mine</b>; a line" in shown(found)
    page = rendering.as_page(found)
    assert "6 of 7 lines" in page
    assert "&lt;b&gt;mine" in page
    told = json.loads(rendering.as_json(found))
    schema().validate(told)
    assert told["alike"][0]["whole"] == 7
