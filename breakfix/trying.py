"""A rehearsal at the command line: a toy is played where the exercise would be, before the clock starts."""

import time
from contextlib import ExitStack
from pathlib import Path

from breakfix import places
from breakfix.console import Terminal
from breakfix.options import Options
from grader.grade import grade
from grader.render import terminal as rendering
from grader.report import Outcome
from grader.venues import venue_of
from harness import marker, toys, variants
from harness.submission import collect

BROKEN = 3  # a toy is right as it is: what fails is the machine


def rehearse(options: Options, workspace: Path) -> int:
    """Play the toy of a workspace's exercise, print what to send where it passes, and return the exit code.

    Nothing of it is noted in the workspace.
    """
    terminal = Terminal(options)
    exercise, candidate = variants.of_workspace(workspace), marker.read(workspace).candidate
    toy = toys.of(exercise, on_cluster=venue_of(exercise).on_cluster)
    began = time.monotonic()
    with ExitStack() as stack:
        here = stack.enter_context(places.grading(terminal, options, [toy]))
        with terminal.progress():
            report = grade(collect(toy, toy.workspace), "all", here, hidden=False)
            stack.close()
    if report.outcome is not Outcome.PASSED:
        rendering.show(report, terminal.out)
        terminal.out.print(
            "\n[bold red]The toy is right as it is, so this machine cannot run the exercise yet.[/] Send what stands above to "
            "whoever gave you the exercise; your time has not begun."
        )
        return BROKEN
    terminal.out.print(
        f"\n[green]This machine can run the exercise.[/] That took {time.monotonic() - began:.0f} s; your time has not begun."
    )
    if candidate:
        terminal.out.print(f"The code to send to whoever gave you the exercise: {toys.code(candidate, exercise)}")
    return 0
