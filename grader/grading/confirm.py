"""Confirm what failed when it was played: again, one scenario at a time, with nothing beside it."""

from collections.abc import Mapping
from dataclasses import replace

from grader.checking.checking import run_checks
from grader.grading.grade import Grading
from grader.report.report import CHANCE, LOAD, CheckResult, Confirmation, Reason, Report, Verdict
from grader.report.reporting import report as reported
from harness.intake.submission import Submission


def unconfirmed(report: Report) -> tuple[str, ...]:
    """Return the scenarios in which a check failed, each once."""
    failed = (one.spec.scenario for one in report.results if _seen_once(one))
    return tuple(dict.fromkeys(name for name in failed if name is not None))


def _seen_once(result: CheckResult) -> bool:
    """Whether a failure was seen in a play; what a submission kept from being judged was so twice."""
    twice = result.reason is not None and result.reason.cause == LOAD
    return result.verdict is Verdict.FAIL and result.spec.scenario is not None and not twice


def confirmed(report: Report, submission: Submission, grading: Grading) -> Report:
    """Return the report with the FAILs of played scenarios seen twice; one that does not come again is ERROR.

    The place is asked for only when something is played. Nothing else may run there meanwhile.

    Raises: StoppedError on an interrupt, after the runs were removed.
    """
    names = unconfirmed(report)
    if not names:
        return report
    again = dict(report.observations)
    for name in names:
        grading.tell(f"{name}: played again, alone, since something failed")
        again |= grading.play(submission, [name])
    hidden = any(one.spec.visibility == "hidden" for one in report.results)
    second = {one.spec.id: one for one in run_checks(submission, "live", hidden=hidden, observations=again).results}
    found = reported(
        submission,
        tuple(_agreed(one, second) for one in report.results),
        stage=report.stage,
        images=grading.place().images,
        observations=report.observations,
    )
    return replace(
        found,
        provenance={**report.provenance, **found.provenance},
        confirmation=Confirmation(names),
        replay=report.replay,
    )


def _agreed(first: CheckResult, second: Mapping[str, CheckResult]) -> CheckResult:
    """Return a FAIL as it is where it came again, and else as the machine's doing or chance: undecided."""
    if not _seen_once(first):
        return first
    again = second[first.spec.id]
    if again.verdict is Verdict.FAIL:
        return first
    if again.verdict is Verdict.ERROR:
        return replace(first, verdict=Verdict.ERROR, reason=again.reason)
    was = first.reason or Reason("it failed")
    reason = replace(
        was,
        message=f"failed at first, and passed when it was played again, alone; grade it again (at first: {was.message})",
        cause=CHANCE,
    )
    return replace(first, verdict=Verdict.ERROR, reason=reason)
