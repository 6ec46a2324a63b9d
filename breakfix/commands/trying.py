"""A rehearsal at the command line: a toy is played where the exercise would be, before the clock starts."""

import time
from contextlib import ExitStack
from pathlib import Path

from breakfix import places
from breakfix.console import Terminal
from breakfix.options import Options
from grader.grading.grade import grade
from grader.render import terminal as rendering
from grader.report.report import Outcome, Report
from grader.venues import venue_of
from harness import toys
from harness.exercises import marker, variants
from harness.exercises.exercise import Exercise
from harness.intake.submission import collect

BROKEN = 3  # a toy is right as it is: what fails is the machine


def rehearse(options: Options, workspace: Path) -> int:
    """Play the toy of a workspace's exercise, print what to send where it passes, and return the exit code.

    Of a take-home each part has its toy and its code; toys that are the same are played once. Nothing of it is noted in
    the workspace.
    """
    terminal = Terminal(options)
    folders = [workspace / part for part in marker.parts_of(workspace)[1]] or [workspace]
    found = {folder: variants.of_workspace(folder) for folder in folders}
    began, played = time.monotonic(), list[Exercise]()
    for exercise in found.values():
        toy = toys.of(exercise, on_cluster=venue_of(exercise).on_cluster)
        if toy in played:
            continue
        played.append(toy)
        report = _played(terminal, options, toy)
        if report.outcome is not Outcome.PASSED:
            rendering.show(report, terminal.out)
            terminal.out.print(
                "\n[bold red]The toy is right as it is, so this machine cannot run the exercise yet.[/] Send what stands above to "
                "whoever gave you the exercise; your time has not begun."
            )
            return BROKEN
    what = "the exercise" if len(folders) == 1 else "all parts"
    terminal.out.print(
        f"\n[green]This machine can run {what}.[/] That took {time.monotonic() - began:.0f} s; your time has not begun."
    )
    for folder, exercise in found.items():
        candidate = marker.read(folder).candidate
        if candidate:
            part = f"{folder.name}: " if len(folders) > 1 else ""
            code = toys.code(candidate, exercise)
            terminal.out.print(f"{part}The code to send to whoever gave you the exercise: {code}", markup=False)
    return 0


def _played(terminal: Terminal, options: Options, toy: Exercise) -> Report:
    with ExitStack() as stack:
        here = stack.enter_context(places.grading(terminal, options, [toy]))
        with terminal.progress():
            report = grade(collect(toy, toy.workspace), "all", here, hidden=False)
            stack.close()
    return report
