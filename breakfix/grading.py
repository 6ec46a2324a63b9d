"""Grading at the command line: which submission, which stage, which form of report, which exit code."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from breakfix import places, record
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.publishing import Output, paired, publish
from breakfix.receiving import load_round, received
from grader import public
from grader.again import settled
from grader.audience import copy_for
from grader.grade import grade as graded
from grader.render import renderer
from grader.report import Outcome
from harness import handin, times

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
    path: Path | None = None,
    candidate: str = "",
    confirm: bool = False,
) -> int:
    """Grade a folder or an archive, print or write its report, and return the exit code.

    `path` is that of a round.yaml; see breakfix.receiving for what counts. `confirm` has every FAIL of a played
    scenario seen twice.
    """
    terminal = Terminal(options)
    with ExitStack() as stack:
        one = stack.enter_context(received(folder, slug=slug, seed=seed, ruled=load_round(path), candidate=candidate))
        if not hidden and folder.is_dir():
            times.worked(one.folder, "check")
        here = stack.enter_context(places.grading(terminal, options, [one.submission.exercise]))
        with terminal.progress():
            report = graded(one.submission, stage, here, hidden=hidden)
            report = settled(report, one.submission, here, confirm=confirm)
        exercise = one.submission.exercise
        if not hidden or exercise.solution is None:
            report = public.only(report, exercise)
        report = one.finished(report, compared=hidden)  # an author's check replaces the one before
        publish(terminal, report, outputs, audience)
        if not hidden and folder.is_dir():
            handin.keep(one.folder, renderer("json")(replace(copy_for(report, "candidate"), observations={})))
        if slug is None and seed is None and path is None and folder.is_dir():
            with record.best_effort(terminal.tell):
                record.graded(one.submission, report)
        with terminal.progress():
            stack.close()
    return EXIT_CODES[report.outcome]
