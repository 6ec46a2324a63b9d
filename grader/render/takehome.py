"""A take-home's report in every form: what is said of the whole, then each part as its own report says it.

Each form is put together from the parts' own: JUnit has a suite for each part, SARIF a run, the page and Markdown a section.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
from markupsafe import Markup
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.render import data, html, junit, markdown, outline, sarif, terminal
from grader.render.text import harmless, literal
from grader.report.report import Hours, Outcome
from grader.report.takehome import PartReport, TakeHome
from harness.core.errors import InputError

SCHEMA = Path(__file__).parent / "takehome.schema.json"
COUNTED = ("tests", "failures", "errors")  # of a JUnit suite
RULE = "It passes where each part's musts hold and the parts' scores, by weight, reach the pass mark."
TAG = re.compile(r"<[^<>]*>")  # in a page whose every text and value is escaped


def outcome(found: TakeHome) -> str:
    """Return the outcome in words."""
    return (outline.PUBLIC if found.scope == "public" else outline.OUTCOMES)[found.outcome]


def scored(found: TakeHome) -> str:
    """Return the score beside the pass mark; that it is open where the outcome is decided without it."""
    if found.scope == "public":
        return ""
    if found.score is not None:
        return f"score {found.score} of 100 (pass mark {found.pass_mark})"
    return "" if found.outcome is Outcome.UNDECIDED else outline.OPEN


def rows(found: TakeHome) -> list[tuple[PartReport, str, str, str]]:
    """Return each part with what became of it, its score or what was judged of it, and its share of the whole."""
    return [(one, outline.outcome(one.report), _score(one), f"{one.weight} of {found.weight}") for one in found.parts]


def _score(part: PartReport) -> str:
    if part.report.scope == "public":
        return outline.judged(part.report).partition(";")[0]
    return "open" if part.report.score is None else f"{part.report.score} of 100"


def as_data(found: TakeHome) -> dict[str, Any]:
    """Return it as plain data: the parts' reports as they are alone."""
    return {
        "schema_version": found.schema_version, "title": found.title, "stage": found.stage, "outcome": found.outcome.value,
        "score": found.score, "pass_mark": found.pass_mark, "scope": found.scope, "audience": found.audience,
        "parts": [{"part": one.folder, "weight": one.weight, "report": data.as_data(one.report)} for one in found.parts],
        "provenance": found.provenance, **({"hours": asdict(found.hours)} if found.hours else {}),
    }  # fmt: skip


def as_json(found: TakeHome) -> str:
    """Return it as JSON, in ASCII alone."""
    return json.dumps(as_data(found), indent=2) + "\n"


def read(told: Mapping[str, Any], path: Path) -> TakeHome:
    """Return the take-home's report that a file's JSON holds.

    Raises: InputError where it is none of this version.
    """
    errors = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).iter_errors(told)
    wrong = [f"{path}: {'.'.join(map(str, one.absolute_path)) or 'document'}: {one.message[:200]}" for one in errors]
    if wrong:
        raise InputError("\n".join([*wrong[:20], "this is no report of this version of the kit; grade again"]))
    parts = tuple(PartReport(one["part"], one["weight"], data.made(one["report"], path)) for one in told["parts"])
    hours = Hours(**told["hours"]) if told.get("hours") else None
    return TakeHome(told["title"], told["pass_mark"], parts, hours)


def as_junit(found: TakeHome) -> str:
    """Return it as JUnit XML: a suite for each part."""
    roots = [ET.fromstring(junit.render(one.report)) for one in found.parts]  # noqa: S314 - our own
    counts = {name: str(sum(int(one.get(name, "0")) for one in roots)) for name in COUNTED}
    seconds = f"{sum(float(one.get('time', '0')) for one in roots):.3f}"
    root = ET.Element("testsuites", {"name": "breakfix", "time": seconds, **counts})
    for part, one in zip(found.parts, roots, strict=True):
        for suite in one:
            suite.set("name", part.folder)
            root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def as_sarif(found: TakeHome) -> str:
    """Return it as SARIF: a run for each part, whose files stand in its folder."""
    logs = [json.loads(sarif.render(one.report)) for one in found.parts]
    for part, log in zip(found.parts, logs, strict=True):
        for run in log["runs"]:
            run["automationDetails"] = {"id": f"breakfix/{part.folder}/"}
            for place in (
                one["physicalLocation"]
                for result in run["results"]
                for one in result["locations"]
                if "physicalLocation" in one
            ):
                place["artifactLocation"]["uri"] = f"{part.folder}/{place['artifactLocation']['uri']}"
    return json.dumps({**logs[0], "runs": [run for log in logs for run in log["runs"]]}, indent=2) + "\n"


def as_markdown(found: TakeHome) -> str:
    """Return outcome and score of the whole, a line for each part, then each part one heading below."""
    lines = [f"## {literal(found.title)}: {outcome(found).lower()}", ""]
    told = scored(found)
    lines += [f"{told.capitalize()}. {RULE} The score is advice: people decide.", ""] if told else []
    lines += ["| Part | | Score | Weight |", "|---|---|---:|---:|"]
    lines += [
        f"| **{one.folder}** {literal(one.report.title)} | {words} | {score} | {share} |"
        for one, words, score, share in rows(found)
    ]
    lines += ["", *(f"- time {name}: {literal(words)}" for name, words in outline.hours(found))] if found.hours else []
    for one in found.parts:
        lines += [
            "",
            *(f"#{line}" if line.startswith("##") else line for line in markdown.render(one.report).splitlines()),
        ]
    return "\n".join(lines) + "\n"


def as_page(found: TakeHome) -> str:
    """Return it as one HTML page: the whole, then each part's page as a section."""
    page: str = html.template("takehome.html.j2").render(
        found=found, outline=outline, told=outcome(found), scored=scored(found), rows=rows(found), rule=RULE,
        sections=[(one, _section(html.render(one.report), one.folder)) for one in found.parts],
    )  # fmt: skip
    return page


def _section(page: str, folder: str) -> Markup:
    """Return what a part's page shows, one heading below, with anchors of its own."""
    body = page.partition("<body>")[2].partition("</body>")[0]
    body = re.sub(r"<a class=\"skip\"[^>]*>[^<]*</a>", "", body)

    def led(found: re.Match[str]) -> str:
        tag = re.sub(r"^<(/?)h([1-5])\b", lambda one: f"<{one[1]}h{int(one[2]) + 1}", found[0])
        tag = re.sub(r"^<(/?)main\b", r"<\1div", tag)
        tag = re.sub(r'(\s(?:id|aria-labelledby)=")', rf"\1{folder}-", tag)
        return re.sub(r'(\shref="#)', rf"\1{folder}-", tag)

    return Markup(TAG.sub(led, body))  # noqa: S704 - a page of ours, whose every text is escaped already


def show(found: TakeHome, console: Console) -> None:
    """Print each part, then what became of the whole."""
    for one in found.parts:
        console.rule(Text(one.folder, style="bold"), align="left")
        terminal.show(one.report, console)
        console.print()
    console.rule(Text(harmless(found.title), style="bold"), align="left")
    public = found.scope == "public"  # there nobody knows the weights
    table = Table("part", "", *(("",) if public else ("score", "weight")), box=None, padding=(0, 2, 0, 0))
    for one, words, score, share in rows(found):
        table.add_row(one.folder, words, score, *(() if public else (share,)))
    console.print(table)
    for name, told in outline.hours(found):
        console.print(Text.assemble((f"time {name} ", "dim"), told))
    words, style = terminal.OUTCOMES[found.outcome]
    words = outcome(found) if public else words
    points = scored(found)
    console.print(
        Text.assemble((words, style), f"  {points}" if points else "", (f"\n{RULE}" if points else "", "dim"))
    )


FORMS: Mapping[str, Callable[[TakeHome], str]] = {
    "json": as_json, "junit": as_junit, "sarif": as_sarif, "markdown": as_markdown, "html": as_page,
}  # fmt: skip
