"""One command of tofu at the command line, on a candidate's files: what would come of it, on a cluster that is gone afterwards."""

import threading
from dataclasses import replace
from pathlib import Path

from rich.markup import escape

from breakfix.console import Terminal
from breakfix.options import Options
from grader.plays.place import Terms
from grader.render.text import harmless
from grader.venues import venue_of
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.exercises import variants
from harness.exercises.exercise import Exercise
from harness.exercises.infrastructure import Infrastructure, InfrastructureScenario, Step
from harness.intake import times
from harness.intake.submission import collect

LINES = 2000  # of what it prints that are shown


def tofu(options: Options, verb: str, layer: str, folder: Path, *, empty: bool) -> int:
    """Run a command in a layer of a workspace, print what it printed, and return the exit code: 1 where it failed.

    The cluster is as the ticket has it, or `empty`; nothing of it is kept for the next command.

    Raises: InputError where the exercise has no such layer.
    """
    exercise = variants.of_workspace(folder)
    told = infrastructure_of(exercise, layer)
    terminal = Terminal(options)
    times.worked(folder, "tofu")
    submission = collect(exercise, folder)
    for problem in submission.problems:
        terminal.err.print(f"[bold red]{escape(problem.file)}:{problem.line}[/] {escape(problem.message)}")
    if submission.problems:
        terminal.err.print("nothing was run: mend these files first")
        return 1
    scenario = InfrastructureScenario(verb, "", (Step(verb, verb, layer),), standing=not empty, lines=LINES)
    wanted = replace(exercise, infrastructure=replace(told, scenarios=(scenario,)))
    terms = Terms(terminal.tell, options.engine, terminal.consent)
    with terminal.progress(), venue_of(exercise).open([exercise], terms) as place:
        seen = venue_of(exercise).play(
            replace(submission, exercise=wanted), verb, place, threading.Event(), terminal.tell
        )
    if seen["evidence"]:
        raise EnvironmentBrokenError(str(seen["evidence"]))
    (step,) = seen["steps"] or [{"tail": [], "failed": seen["overrun"]}]
    for line in step["tail"]:
        terminal.out.print(harmless(line), markup=False, highlight=False, soft_wrap=True)
    if step["failed"]:
        terminal.err.print(f"[bold red]{escape(step['failed'])}[/]")
    return 1 if step["failed"] else 0


def infrastructure_of(exercise: Exercise, layer: str) -> Infrastructure:
    """Return what an exercise says of its infrastructure.

    Raises: InputError where it has none, or no such layer.
    """
    told = exercise.infrastructure
    if told is None:
        raise InputError(f"{exercise.slug} has nothing that tofu is run on")
    if layer not in told.layers:
        raise InputError(f"{exercise.slug} has no layer {layer!r}; it has {', '.join(told.layers)}")
    return told
