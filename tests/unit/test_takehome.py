"""The rule over the parts of a take-home: every part's musts, and the weighted score; and what forms say of it."""

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from grader import render
from grader.render import takehome as rendering
from grader.report import score
from grader.report.audience import whole_for
from grader.report.report import CheckResult, CheckSpec, Hours, Outcome, Reason, Report, Verdict
from grader.report.takehome import PartReport, TakeHome
from tests.unit import comparisons


def part(points: dict[int, Verdict], *, must: Verdict = Verdict.PASS) -> Report:
    """Return a part's report: a must of no points, and a check of so many points with each verdict."""
    specs = [CheckSpec("guard", "It holds", "R1", 0, "policy", "hidden", must=True)]
    specs += [CheckSpec(f"check-{number}", "It works", "R1", number, "policy", "hidden") for number in points]
    verdicts = [must, *points.values()]
    reason = Reason("it does not")
    results = tuple(
        CheckResult(spec, verdict, None if verdict is Verdict.PASS else reason)
        for spec, verdict in zip(specs, verdicts, strict=True)
    )
    outcome, earned = score.outcome(results, 0)
    source = comparisons.of("reference", "aaaa")
    return replace(
        source, results=results, outcome=outcome, score=earned, pass_mark=0, requirements={"R1": "It works."}
    )


def whole(*parts: tuple[int, Report], pass_mark: int = 70) -> TakeHome:
    named = (PartReport(name, weight, report) for name, (weight, report) in zip("abc", parts, strict=False))
    return TakeHome("The whole", pass_mark, tuple(named))


FULL = part({100: Verdict.PASS})
HALF = part({51: Verdict.FAIL, 49: Verdict.PASS})
NONE = part({100: Verdict.FAIL})
OPEN = part({40: Verdict.ERROR, 60: Verdict.PASS})
BROKEN = part({100: Verdict.PASS}, must=Verdict.FAIL)


@pytest.mark.parametrize(
    ("parts", "outcome", "points"),
    [
        ([(1, FULL), (1, FULL)], Outcome.PASSED, 100),
        ([(1, FULL), (1, HALF)], Outcome.PASSED, 74),
        ([(1, FULL), (2, HALF)], Outcome.FAILED, 66),
        ([(3, FULL), (1, NONE)], Outcome.PASSED, 75),
        ([(99, FULL), (1, BROKEN)], Outcome.FAILED, 100),
        ([(1, FULL), (1, OPEN)], Outcome.UNDECIDED, None),
        ([(1, BROKEN), (1, OPEN)], Outcome.FAILED, None),
        ([(1, NONE), (1, OPEN)], Outcome.FAILED, None),
    ],
)
def test_it_passes_where_each_must_holds_and_the_weighted_score_is_reached(
    parts: list[tuple[int, Report]], outcome: Outcome, points: int | None
) -> None:
    """A must decides at any score; what is open leaves no score, and is decided where nothing it comes to would do."""
    found = whole(*parts)
    assert (found.outcome, found.score) == (outcome, points)


def kept() -> TakeHome:
    """A take-home of two real reports, as parts have them."""
    reports = (replace(comparisons.of(name, "aaaa"), pass_mark=0) for name in ("reference", "cheat"))
    return TakeHome(
        "One & <whole>",
        70,
        tuple(PartReport(name, 2, one) for name, one in zip(("first", "second"), reports, strict=True)),
        Hours("two to five hours", 30, "2026-11-02T09:00:00+00:00", "check", "2026-11-02T10:30:00+00:00"),
    )


def test_json_is_read_as_it_was_written(tmp_path: Path) -> None:
    """And its form is the one that the schema declares."""
    path = tmp_path / "whole.json"
    path.write_text(render.renderer("json")(kept()), "utf-8")
    jsonschema.validate(json.loads(path.read_text("utf-8")), json.loads(rendering.SCHEMA.read_text("utf-8")))
    assert render.read(path) == kept()
    (tmp_path / "odd.json").write_text(path.read_text("utf-8").replace('"weight": 2', '"weight": 0'), "utf-8")
    with pytest.raises(Exception, match=r"parts\.0\.weight"):
        render.read(tmp_path / "odd.json")


@pytest.mark.parametrize("form", ["terminal", "markdown", "html", "json", "junit", "sarif"])
def test_every_form_has_every_part_with_its_checks(form: str, tmp_path: Path) -> None:
    found = kept()
    if form == "terminal":
        from rich.console import Console  # noqa: PLC0415

        with (tmp_path / "out").open("w", encoding="utf-8") as file:
            render.show(found, Console(file=file, width=200))
        text = (tmp_path / "out").read_text("utf-8")
    else:
        text = render.renderer(form)(found)
    for one in found.parts:
        assert one.folder in text
        assert "30 min more" in text or form in {"json", "junit", "sarif"}
        alone = render.renderer(form)(one.report) if form != "terminal" else None
        for result in one.report.results:
            if alone is None or result.spec.id in alone:
                assert text.count(result.spec.id) >= 1


def test_junit_has_a_suite_and_sarif_a_run_for_each_part() -> None:
    found = kept()
    root = ET.fromstring(render.renderer("junit")(found))  # noqa: S314 - our own
    assert [suite.get("name") for suite in root] == ["first", "second"]
    assert int(root.get("tests", "0")) == sum(len(list(suite.iter("testcase"))) for suite in root)
    runs = json.loads(render.renderer("sarif")(found))["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == ["breakfix/first/", "breakfix/second/"]
    places = re.findall(r'"uri": "([^"]+)"', json.dumps(runs[1]))
    assert places and all(place.startswith("second/") for place in places)


class Page(HTMLParser):
    """A page's anchors, what leads to them, and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.led: list[str] = []
        self.tags: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        self.led += [str(told["aria-labelledby"])] if "aria-labelledby" in told else []
        self.led += [str(told["href"])[1:]] if str(told.get("href", "")).startswith("#") else []


def test_the_page_has_anchors_of_their_own_for_each_part() -> None:
    """One heading of the first order, one main; no anchor twice, and none that leads nowhere; nothing unescaped."""
    text = render.renderer("html")(kept())
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.led) <= set(page.ids)
    assert (page.tags["h1"], page.tags["main"], page.tags["article"]) == (1, 1, 2)
    assert "<whole>" not in text and "One &amp; &lt;whole&gt;" in text


def test_a_candidates_copy_holds_nothing_hidden() -> None:
    copy = whole_for(kept(), "candidate")
    hidden = [one.spec.id for one in kept().parts[0].report.results if one.spec.visibility == "hidden"]
    text = render.renderer("json")(copy)
    assert hidden and not [name for name in hidden if f'"{name}"' in text]
    assert (copy.audience, copy.hours) == ("candidate", None)


def test_in_a_table_the_parts_are_what_others_have_for_requirements() -> None:
    flat = kept().flat()
    assert [(one.name, one.earned, one.points) for one in flat.tallies] == [("first", 100, 100), ("second", 73, 100)]
    assert {one.spec.id.partition(".")[0] for one in flat.results} == {"first", "second"}
    assert flat.outcome is kept().outcome and flat.score == kept().score
    assert flat.hours == kept().hours


def test_harm_of_any_part_is_harm_of_the_whole() -> None:
    """Also where it is not known of another part; what a part changes stands in its folder."""
    broken = replace(comparisons.of("cheat", "aaaa"), pass_mark=0)
    failed = next(one.spec.id for one in broken.results if one.verdict is Verdict.FAIL)
    flat = whole((1, replace(FULL, guards=None)), (1, replace(broken, guards=(failed,)))).flat()
    assert [one.spec.id for one in flat.harm] == [f"b.{failed}"]
    assert [one.file for one in flat.changes if one.file.startswith("b/")] == [
        f"b/{one.file}" for one in broken.changes
    ]
    assert whole((1, replace(FULL, guards=None))).flat().guards is None
