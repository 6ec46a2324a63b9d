"""The report as one HTML page that needs nothing else: no script, no network, no font, readable on a phone and in print."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.render import outline
from grader.render.plot import plots
from grader.render.text import harmless, harmless_lines
from grader.report.report import Outcome, Report, Verdict
from grader.report.timeline import timelines

LONGEST = 1500  # characters of one text from outside
MOST = {"notes": 30, "lanes": 12, "events": 60, "spans": 80}  # entries of a list that the page shows
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
TICKS = 6  # at most so many beside the first


def render(report: Report) -> str:
    """Return the page."""
    page: str = template("report.html.j2").render(
        report=report,
        outline=outline,
        parts=outline.parts(report),
        groups=outline.groups(report),
        categories=outline.tallies(report, "category"),
        timelines=timelines(report.observations),
        plots=plots(report.observations),
        failed=report.outcome is Outcome.FAILED,
        Verdict=Verdict,
    )
    return page


@cache
def template(name: str) -> Any:  # noqa: ANN401 - jinja2's own
    """Return a page's template."""
    # Every value is made harmless and escaped on its way into the page: no place of the template can forget it.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_finalized,
    )  # fmt: skip
    environment.filters |= {
        "code": _code,
        "lines": harmless_lines,
        "most": _most,
        "ticks": _ticks,
        "percent": _percent,
        "points": _points,
    }
    return environment.get_template(name)


def _finalized(value: Any) -> Any:  # noqa: ANN401 - whatever the template shows
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return harmless(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")


def _code(text: str) -> Markup:
    """Return a text of the team's in which `words in backticks` are code."""
    parts = harmless(text).split("`")
    marked = (Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts))  # fmt: skip
    return Markup().join(marked)


def _most(values: Any, name: str) -> list[Any]:  # noqa: ANN401 - any sequence
    return list(values)[: MOST[name]]


def _ticks(seconds: float) -> list[int]:
    """Return where the time axis has its marks."""
    step = next((step for step in STEPS if seconds / step <= TICKS), STEPS[-1])
    return [*range(0, int(seconds * 0.97) + 1, step)]


def _points(text: str) -> Markup:
    """Return the points of a line, however many they are: numbers, commas and spaces alone."""
    return Markup("".join(char for char in text if char in "0123456789.,- "))  # noqa: S704 - no other character is left


def _percent(value: float, whole: float) -> str:
    return f"{100 * min(max(value / whole, 0.0), 1.0):.2f}%"
