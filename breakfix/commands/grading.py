"""Grading at the command line: which submission, which stage, which form of report, which exit code."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from breakfix import places, record
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.publishing import Output, paired, publish
from breakfix.receiving import Received, delivered, load_round
from grader import venues
from grader.grading import public
from grader.grading.again import settled
from grader.grading.grade import Grading
from grader.grading.grade import grade as graded
from grader.render import renderer
from grader.report.audience import copy_for
from grader.report.report import Outcome, Report
from harness.intake import handin, times

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
        told = delivered(folder, slug=slug, seed=seed, ruled=load_round(path), candidate=candidate, public=not hidden)
        whole = stack.enter_context(told)
        for one in whole.parts.values() if folder.is_dir() and not hidden else ():
            times.worked(one.folder, "check")
        reports = {}
        for group in venues.groups([one.submission.exercise for one in whole.parts.values()]):
            here = stack.enter_context(places.grading(terminal, options, group))
            for name, one in whole.parts.items():
                if one.submission.exercise in group:
                    with terminal.progress():
                        reports[name] = of_one(one, stage, here, hidden=hidden, confirm=confirm)
        report = whole.report(reports)
        publish(terminal, report, outputs, audience)
        for name, one in whole.parts.items() if folder.is_dir() else ():
            if not hidden:
                handin.keep(
                    one.folder, renderer("json")(replace(copy_for(reports[name], "candidate"), observations={}))
                )
            if slug is None and seed is None and path is None:
                with record.best_effort(terminal.tell):
                    record.graded(one.submission, reports[name])
        with terminal.progress():
            stack.close()
    return EXIT_CODES[report.outcome]


def of_one(one: Received, stage: str, here: Grading, *, hidden: bool, confirm: bool) -> Report:
    """Return the report on one submission, or one part of a take-home."""
    exercise = one.submission.exercise
    report = settled(graded(one.submission, stage, here, hidden=hidden), one.submission, here, confirm=confirm)
    if not hidden or exercise.solution is None:
        report = public.only(report, exercise)
    return one.finished(report, compared=hidden)  # an author's check replaces the one before
