"""Candidates beside each other at the command line: which reports, which round, which form of table."""

import sys
from collections.abc import Sequence
from pathlib import Path

from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.publishing import TERMINAL, Output
from breakfix.receiving import load_round
from grader.render import comparison as rendering
from grader.round.comparison import Comparison, compare
from grader.round.lineup import gather, likeness


def show(options: Options, paths: Sequence[Path], path: Path | None, outputs: Sequence[Output]) -> None:
    """Print or write the table over the candidates of these reports, in every form that was asked for.

    Raises: InputError for reports that do not belong together.
    """
    ruled = load_round(path)
    reports, missing = gather(paths, ruled)
    found, terminal = compare(reports, missing, likeness(reports, ruled)), Terminal(options)
    for one in outputs:
        _publish(terminal, found, one)


def _publish(terminal: Terminal, found: Comparison, output: Output) -> None:
    if output.form != TERMINAL:
        text = rendering.FORMS[output.form](found)
        if output.path is None:
            sys.stdout.write(text)
        else:
            output.path.write_text(text, "utf-8")
    elif output.path is None:
        rendering.show(found, terminal.out)
    else:
        with output.path.open("w", encoding="utf-8") as file:
            rendering.show(found, terminal.into(file))
