"""Grading at the command line: which submission, which stage, which form of report, which exit code."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from breakfix import record
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.publishing import Output, paired, publish
from grader.grade import Place
from grader.grade import grade as graded
from grader.render import renderer
from grader.report import Outcome
from harness import archives, handin, marker, rounds, variants
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
    path: Path | None = None,
    candidate: str = "",
) -> int:
    """Grade a folder or an archive, print or write its report, and return the exit code.

    What the marker says counts only where neither exercise nor seed is named. With a round, given by the `path` of
    its round.yaml, exercise, seed and pass mark come from its ledger.
    """
    terminal = Terminal(options)
    with ExitStack() as stack:
        unpacked = stack.enter_context(archives.opened(folder))
        submission, told = _submitted(unpacked, slug, seed, path, candidate)
        with terminal.progress():
            report = graded(
                submission,
                stage,
                hidden=hidden,
                place=lambda: _place(stack, terminal, options, submission),
                stop=threading.Event(),
                tell=terminal.tell,
            )
        report = replace(report, provenance={**report.provenance, **told})
        publish(terminal, report, outputs, audience)
        if not hidden and folder.is_dir():
            handin.keep(unpacked.folder, renderer("json")(replace(report, observations={})))
        if slug is None and seed is None and path is None and folder.is_dir():
            with record.best_effort(terminal.tell):
                record.graded(submission, report)
        if report.observations:
            with terminal.progress():
                terminal.tell("removing what the grade made")
                stack.close()
    return EXIT_CODES[report.outcome]


def _submitted(
    unpacked: archives.Unpacked, slug: str | None, seed: int | None, path: Path | None, candidate: str
) -> tuple[Submission, dict[str, str]]:
    """Return what was handed in, and which round and candidate it is of.

    Raises: InputError where it cannot be said which exercise it is, or it is not of this round.
    """
    told: dict[str, str] = {}
    if path is not None:
        one = rounds.load(path)
        entry = one.ledger.find(candidate) if candidate else one.ledger.told(marker.read(unpacked.folder))
        exercise, told = one.exercise_of(entry), {"round": one.label, "candidate": entry.id}
    elif slug is None and seed is None:
        exercise = variants.of_workspace(unpacked.folder)
    else:
        exercise = variants.load(slug or marker.read(unpacked.folder).slug, seed)
    found = collect(exercise, unpacked.folder)
    notes = [
        f"{name} is not as submission.json says: changed after it was packed"
        for name in handin.changed(unpacked.folder)
    ]
    return replace(
        found, problems=(*unpacked.problems, *found.problems), notes=(*unpacked.notes, *notes, *found.notes)
    ), told


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
