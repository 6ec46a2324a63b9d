"""Grading at the command line: which submission, which stage, which form of report, which exit code."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from breakfix import record
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.publishing import Output, paired, publish
from grader.grade import Place
from grader.grade import grade as graded
from grader.report import Outcome
from harness import marker, variants
from harness.submission import Submission, collect

EXIT_CODES = {Outcome.PASSED: 0, Outcome.FAILED: 1, Outcome.UNDECIDED: 3}


def grade(
    options: Options,
    folder: Path,
    *,
    stage: str,
    hidden: bool,
    slug: str | None = None,
    seed: int | None = None,
    outputs: Sequence[Output] = paired((), ()),
    audience: str = "team",
) -> int:
    """Grade a folder, print or write its report, and return the exit code.

    What the folder's marker says counts only where neither exercise nor seed is named.
    """
    terminal = Terminal(options)
    if slug is None and seed is None:
        exercise = variants.of_workspace(folder)
    else:
        exercise = variants.load(slug or marker.read(folder).slug, seed)
    submission = collect(exercise, folder)
    with ExitStack() as stack:
        with terminal.progress():
            report = graded(
                submission,
                stage,
                hidden=hidden,
                place=lambda: _place(stack, terminal, options, submission),
                stop=threading.Event(),
                tell=terminal.tell,
            )
        publish(terminal, report, outputs, audience)
        if slug is None and seed is None:
            with record.best_effort(terminal.tell):
                record.graded(submission, report)
        if report.observations:
            with terminal.progress():
                terminal.tell("removing what the grade made")
                stack.close()
    return EXIT_CODES[report.outcome]


def _place(stack: ExitStack, terminal: Terminal, options: Options, submission: Submission) -> Place:
    """Bring the cluster or the sandbox up; they are loaded only here, since the policy stage needs none of it."""
    if submission.exercise.pipeline is not None:
        return sandboxed(stack, terminal, options)
    from harness.session import open_session  # noqa: PLC0415

    opening = open_session(submission.exercise, terminal.tell, force=options.engine, consent=terminal.consent)
    session = stack.enter_context(opening)
    place = Place(session.admin, session.digests)
    stack.callback(place.close)
    return place


def sandboxed(stack: ExitStack, terminal: Terminal, options: Options) -> Place:
    """Give a place for pipelines; no cluster is brought up."""
    from harness.sandbox import open_sandbox  # noqa: PLC0415

    sandbox = stack.enter_context(open_sandbox(terminal.tell, force=options.engine))
    return Place(None, {sandbox.image.name: sandbox.image.id}, sandbox)
