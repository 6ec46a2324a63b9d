"""Plots for the team: values by day, as lines, with days that are marked. Made from a report's observations alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 900, 240  # of the drawing; it is scaled to the page
LEFT, TOP = 40, 64  # left of the first day, above the highest value: marks are written there
STEP = 7  # days between two that are named, where a plot does not say how many of its points
ROWS = 5  # of marks, one above the other


@dataclass(frozen=True)
class Line:
    """Values that belong together, as runs of points: a day without a value parts them."""

    name: str
    runs: tuple[str, ...]
    last: float


@dataclass(frozen=True)
class Mark:
    """Something that is said of a day."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Plot:
    """One drawing."""

    scenario: str
    title: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    days: tuple[tuple[float, str], ...]
    values: tuple[tuple[float, str], ...]


def plots(observations: Mapping[str, Any]) -> tuple[Plot, ...]:
    """Return the plots of the scenarios that have some: `plot` is one, `plots` are several."""
    seen = [(name, found) for name, found in observations.items() if isinstance(found, Mapping)]
    told = [(name, one) for name, found in seen for one in (found.get("plot"), *(found.get("plots") or ())) if one]
    return tuple(_plot(name, one) for name, one in told)


def _plot(scenario: str, told: Mapping[str, Any]) -> Plot:
    days: Sequence[str] = told["days"]
    values = [value for line in told["lines"] for value in line["values"] if value is not None]
    highest = max(values, default=0.0) or 1.0  # where nothing was ever anything, the lines lie on the ground
    across = (WIDTH - LEFT) / max(1, len(days) - 1)

    def x(day: int) -> float:
        return round(LEFT + day * across, 1)

    def y(value: float) -> float:
        return round(HEIGHT - value / highest * (HEIGHT - TOP), 1)

    marked = [(days.index(mark["day"]), mark["text"]) for mark in told["marks"] if mark["day"] in days]
    lines = tuple(
        Line(
            line["name"],
            tuple(" ".join(f"{x(day)},{y(value)}" for day, value in run) for run in _runs(line["values"])),
            next((value for value in reversed(line["values"]) if value is not None), 0.0),
        )
        for line in told["lines"]
    )
    return Plot(
        scenario,
        told["title"],
        lines,
        tuple(Mark(x(day), 10.0 + 11 * (number % ROWS), text) for number, (day, text) in enumerate(marked)),
        tuple((x(day), days[day]) for day in range(0, len(days), told.get("every", STEP))),
        tuple((y(highest * part), f"{highest * part:.1f}") for part in (0.0, 0.5, 1.0)),
    )


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """Yield the values that follow each other, with their days."""
    run: list[tuple[int, float]] = []
    for day, value in enumerate(values):
        if value is not None:
            run.append((day, value))
        elif run:
            yield run
            run = []
    if run:
        yield run
