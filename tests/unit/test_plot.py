"""Plots: for the team, on the page that needs nothing else."""

import re
from dataclasses import replace
from typing import Any

from grader.render import renderer
from grader.render.plot import HEIGHT, LEFT, WIDTH, plots
from grader.report.audience import copy_for
from tests.unit import reports

TOLD: dict[str, Any] = {
    "title": "error, hours",
    "days": [f"2026-03-{day:02}" for day in range(1, 16)],
    "lines": [
        {"name": "all parcels", "values": [4.0] * 15},
        {"name": "<b>iberia</b>", "values": [2.0, None, *([8.0] * 13)]},
    ],
    "marks": [{"day": "2026-03-05", "text": "since, in truth"}, {"day": "never", "text": "since, handed in"}],
}


def test_values_stand_where_their_day_and_size_put_them() -> None:
    (plot,) = plots({"diagnosis": {"plot": TOLD}, "replay": {"plot": {}}, "old": {}})
    first, second = plot.lines
    assert first.runs[0].split()[0] == f"{float(LEFT)},{(HEIGHT + 64) / 2}"
    assert first.runs[0].split()[-1].startswith(f"{float(WIDTH)},")
    assert [len(run.split()) for run in second.runs] == [1, 13]
    assert [mark.text for mark in plot.marks] == ["since, in truth"]


def test_the_teams_page_has_the_plot_and_a_candidates_copy_has_none() -> None:
    report = replace(
        reports.kept("pipeline"), observations={"diagnosis": {"scenario": "diagnosis", "phases": {}, "plot": TOLD}}
    )
    page = renderer("html")(report)
    assert len(re.findall("<polyline", page)) == 3
    assert "since, in truth" in page
    assert "<b>iberia" not in page
    assert "polyline class" not in renderer("html")(copy_for(report, "candidate"))


def test_a_line_of_many_points_is_drawn_whole() -> None:
    week = {
        **TOLD,
        "days": [f"hour {hour}" for hour in range(168)],
        "lines": [{"name": "team", "values": [63.25] * 168}],
    }
    page = renderer("html")(replace(reports.kept("pipeline"), observations={"week": {"phases": {}, "plots": [week]}}))
    (points,) = re.findall('<polyline class="l-0" points="([^"]*)"', page)
    assert len(points.split()) == 168
