"""Grades side by side on one cluster are done sooner than one after another."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding
from grader.grading.grade import Grading
from grader.plays.place import Place
from grader.proof.cases import Case, Kind, all_cases
from grader.proof.matrix import is_open
from grader.proof.run import Journal, Proof, repeated
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress
from harness.engine.engine import Engine
from harness.exercises import exercise as exercises
from harness.runs.session import open_session

EACH = 12  # times that every right solution is graded side by side, about as many grades as a proof has; once in turn


def measure(engine: Engine, progress: Progress) -> Finding:
    """Grade each right solution by the command line in turn, then many as verify does; compare the seconds of one grade."""
    cases = [case for case in all_cases(exercises.load(subject.SLUG)) if case.kind is Kind.GOOD]
    subject.start()
    one = sum(by_hand(case) for case in cases) / len(cases)
    many = stopwatch.seconds(lambda: together(engine, cases, progress)) / (EACH * len(cases))
    return Finding(
        claim="grades side by side on a warm cluster take under 1/4 of the time of as many `breakfix grade` in turn",
        measured=many / one,
        limit=0.25,
        unit="x",
        detail=f"{many:.3g} s a grade, {EACH * len(cases)} side by side, against {one:.3g} s, {len(cases)} in turn",
    )


def by_hand(case: Case) -> float:
    """Grade one case as a person would, and return the seconds it took."""
    with tempfile.TemporaryDirectory(prefix="breakfix-bench-") as folder:
        case.write(Path(folder))
        words = ("grade", folder, "--exercise", subject.SLUG, "--yes")
        return stopwatch.seconds(lambda: subject.breakfix(*words))


def together(engine: Engine, cases: Sequence[Case], progress: Progress) -> None:
    """Grade all cases side by side, EACH times.

    Raises: EnvironmentBrokenError when the machine left one undecided, which would make the figure worthless.
    """
    exercise = exercises.load(subject.SLUG)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="breakfix-bench-") as folder:
        patch.setenv("BREAKFIX_CLUSTER", subject.VARIANT)
        with open_session(exercise, progress, force=engine.kind, consent=lambda _: True) as session:
            place = Place(session.admin, session.digests)
            journal = Journal({exercise.slug: Path(folder) / "journal"}, resume=False)
            proof = Proof(
                Grading(lambda: place), "all", journal, lambda case, cell: progress(f"{case.name}: {cell.outcome}")
            )
            rows = proof.rows(repeated(cases, EACH))
            place.close()
    if any(is_open(row.case, cell) for row in rows for cell in row.cells):
        raise EnvironmentBrokenError("a grade was left undecided: the machine is too busy to measure this")
