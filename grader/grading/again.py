"""Grade again what was undecided: its scenarios once more, one at a time, with nothing beside them, between two controls.

A submission must not be able to make itself undecided. What is undecided again, alone, while the machine is steady and idle
just before and just after without it, is the submission's own doing.
"""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import wait
from dataclasses import replace
from typing import Any

from grader.checking.checking import run_checks
from grader.grading.confirm import confirmed
from grader.grading.grade import Grading
from grader.plays.place import Place
from grader.report.report import CHECK, LOAD, MACHINE, CheckResult, Outcome, Reason, Replay, Report, Verdict
from grader.report.reporting import report as reported
from grader.venues import venue_of
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission

GONE = 180.0  # seconds for the runs before to go away
OWN_DOING = (
    "it could not be judged, twice, the second time alone; without this submission the machine was steady and idle, just before "
    "and just after, so what held it up is the submission's doing"
)


def settled(report: Report, submission: Submission, grading: Grading, *, confirm: bool) -> Report:
    """Return the report with what was undecided graded again, once, and with `confirm` each played FAIL seen twice.

    A failure that does not come again when it is confirmed makes a report undecided too; what the third play sees decides.
    Nothing else may run there meanwhile.

    Raises: StoppedError on an interrupt, after the runs were removed.
    """
    found = again(report, submission, grading)
    if confirm:
        found = confirmed(found, submission, grading)
    return again(found, submission, grading) if found.replay is None else found


def open_scenarios(report: Report) -> tuple[str, ...]:
    """Return the scenarios in which a check is undecided by the machine or by chance, each once."""
    found = (one.spec.scenario for one in report.results if _is_open(one))
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _is_open(result: CheckResult) -> bool:
    return result.verdict is Verdict.ERROR and (result.reason is None or result.reason.cause != CHECK)


def again(report: Report, submission: Submission, grading: Grading) -> Report:
    """Return the report with its undecided scenarios played again; as it is where it is decided, or nothing can be played.

    Nothing else may run there meanwhile.

    Raises: StoppedError on an interrupt, after the runs were removed.
    """
    names = open_scenarios(report)
    if report.outcome is not Outcome.UNDECIDED or not names or report.stage == "policy":
        return report
    grading.tell(f"undecided ({_why(report)}); grading {', '.join(names)} again, alone, once")
    where, seen = grading.place(), dict(report.observations)
    before = unsteady(submission.exercise, where, grading.stop)
    for name in names:
        seen |= grading.play(submission, [name])
    hidden = any(one.spec.visibility == "hidden" for one in report.results)
    live = run_checks(submission, "live", hidden=hidden, observations=seen).results
    files = tuple(one for one in report.results if one.spec.stage == "policy")
    found = _report(report, submission, (*files, *live), where, seen)
    told = "steady"
    if found.outcome is Outcome.UNDECIDED:
        told = before or unsteady(submission.exercise, where, grading.stop) or "steady"
        if told == "steady":
            live = tuple(_blamed(one, seen) for one in live)
            found = _report(report, submission, (*files, *live), where, seen)
        else:
            grading.tell(f"undecided again; without the submission: {told}")
    return replace(
        found,
        provenance={**report.provenance, **found.provenance},
        confirmation=report.confirmation,
        replay=Replay(names, told),
    )


def unsteady(exercise: Exercise, place: Place, stop: threading.Event) -> str:
    """Return what is wrong with the machine while nothing of a submission runs; '' where it is steady and mostly idle."""
    wait(place.removals, timeout=GONE)
    return venue_of(exercise).unsteady(exercise, place, stop)


def _why(report: Report) -> str:
    said = (one.reason.message for one in report.results if one.verdict is Verdict.ERROR and one.reason)
    return next(said, "no evidence")


def _report(
    before: Report, submission: Submission, results: Sequence[CheckResult], where: Place, seen: Mapping[str, Any]
) -> Report:
    return reported(submission, tuple(results), stage=before.stage, images=where.images, observations=seen)


def _blamed(result: CheckResult, seen: Mapping[str, Any]) -> CheckResult:
    """Return what the machine left undecided as failed: it does so with this submission alone.

    But not where nothing of the submission came to run: a cluster that is too small for it is no doing of its own.
    """
    if result.verdict is not Verdict.ERROR or result.reason is None or result.reason.cause != MACHINE:
        return result
    if "applying" not in seen.get(result.spec.scenario or "", {}).get("phases", {}):
        return result
    return replace(result, verdict=Verdict.FAIL, reason=Reason(OWN_DOING, seen=result.reason.message, cause=LOAD))
