"""Reports on their way out: in which forms, to which files, for whom."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import click

from breakfix.console import Terminal
from breakfix.options import Options
from grader import render as rendering
from grader.render import renderer
from grader.report.audience import copy_for, whole_for
from grader.report.report import Report
from grader.report.takehome import TakeHome

TERMINAL = "terminal"


@dataclass(frozen=True)
class Output:
    """One form of a report and the file it goes to; None is stdout."""

    form: str
    path: Path | None


def paired(forms: Sequence[str], paths: Sequence[Path]) -> tuple[Output, ...]:
    """Return the outputs that were asked for: the first --format goes to the first --output, and so on.

    One form may have no file and goes to stdout: the terminal's, or else the last. Raises: click.UsageError where they cannot be paired.
    """
    named = tuple(forms) or (TERMINAL,)
    if not len(paths) <= len(named) <= len(paths) + 1:
        raise click.UsageError(
            f"{len(named)} times --format and {len(paths)} times --output: give one --output for each --format; "
            "one form may go without, to stdout: that for the terminal, or else the last"
        )
    if len(set(paths)) < len(paths):
        raise click.UsageError("two forms cannot go to one file: give each --output a file of its own")
    if len(paths) < len(named) and TERMINAL in named:
        first = named.index(TERMINAL)
        named = (*named[:first], *named[first + 1 :], TERMINAL)
    return tuple(Output(form, path) for form, path in zip_longest(named, paths))


def publish(terminal: Terminal, report: Report | TakeHome, outputs: Sequence[Output], audience: str) -> None:
    """Print or write the report in every form that was asked for, as that audience may read it."""
    shown = whole_for(report, audience) if isinstance(report, TakeHome) else copy_for(report, audience)
    for one in outputs:
        if one.form == TERMINAL:
            _for_people(terminal, shown, one.path)
        elif one.path is None:
            sys.stdout.write(renderer(one.form)(shown))
        else:
            one.path.write_text(renderer(one.form)(shown), "utf-8")


def show(options: Options, file: Path, outputs: Sequence[Output], audience: str) -> None:
    """Show a report that was kept as JSON.

    Raises: InputError where the file holds none.
    """
    publish(Terminal(options), rendering.read(file), outputs, audience)


def _for_people(terminal: Terminal, report: Report | TakeHome, path: Path | None) -> None:
    if path is None:
        rendering.show(report, terminal.out)
        return
    with path.open("w", encoding="utf-8") as file:
        rendering.show(report, terminal.into(file))
