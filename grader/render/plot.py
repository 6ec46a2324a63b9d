"""Plots for the team: values by day, as lines, with days that are marked. Made from a report's observations alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 900, 240  # of the drawing; it is scaled to the page
LEFT, TOP = 40, 64  # left of the first day, above the highest value: marks are written there
STEP = 7  # days between two that are named
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
    """Return the plots of the scenarios that have one."""
    found = ((name, seen.get("plot")) for name, seen in observations.items() if isinstance(seen, Mapping))
    return tuple(_plot(name, told) for name, told in found if told)


def _plot(scenario: str, told: Mapping[str, Any]) -> Plot:
    days: Sequence[str] = told["days"]
    highest: float = max(value for line in told["lines"] for value in line["values"] if value is not None)
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
        tuple((x(day), days[day]) for day in range(0, len(days), STEP)),
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
