"""A report on public checks alone: whether all of them hold, and how much is judged later. It has no score."""

from dataclasses import replace

from grader.checking.checking import catalogue
from grader.report import score
from grader.report.report import Report
from grader.report.reporting import PARTIAL
from harness.exercises.exercise import Exercise

PUBLIC = "public"
WHOLE = 100  # the pass mark of public checks: all of them


def only(report: Report, exercise: Exercise) -> Report:
    """Return the report as one that judged by public checks only: passed where all of them hold."""
    outcome, _ = score.outcome(report.results, WHOLE)
    notes = tuple(note for note in report.notes if not note.startswith(PARTIAL))
    return replace(
        report, scope=PUBLIC, outcome=outcome, score=None, later=judged_later(exercise), notes=notes, guards=None
    )


def judged_later(exercise: Exercise) -> int | None:
    """Return how many of a hundred points hang on hidden checks; None where nobody here knows.

    A bundle says it in its exercise.yaml; elsewhere the hidden checks are looked through, and none is run.
    """
    if exercise.solution is None:
        return exercise.judged_later
    specs = catalogue(exercise)
    hidden = sum(spec.points for spec in specs if spec.visibility == "hidden")
    return round(100 * hidden / max(1, sum(spec.points for spec in specs)))
