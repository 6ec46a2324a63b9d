"""Put the verdicts of a submission's stages together into its report."""

from collections.abc import Mapping
from typing import Any

from grader.report import guards, interview, score, unjudged
from grader.report.changes import changes
from grader.report.report import CheckResult, Report, Verdict
from grader.report.tally import tallies
from grader.venues import venue_of
from harness.core import versions
from harness.intake.submission import Submission

MOST = 500  # problems that a report lists; a hostile archive has one for each of its entries
PARTIAL = "only the public checks were run"


def may_apply(results: tuple[CheckResult, ...]) -> bool:
    """Whether the policy stage found nothing that forbids applying the submission to a cluster."""
    settled = {result.spec.id: result.verdict for result in score.block(results)}
    return all(settled.get(name) is Verdict.PASS for name in score.APPLICABLE)


def _partial(submission: Submission, results: tuple[CheckResult, ...]) -> tuple[str, ...]:
    """Say so where a report does not hold all of the exercise's checks: a pass of some is no pass of all."""
    if any(result.spec.visibility == "hidden" for result in results):
        return ()
    where = (
        "" if submission.exercise.solution else " (the hidden ones are with the team's solutions, which are not here)"
    )
    return (f"{PARTIAL}{where}; a full grade also runs the hidden ones",)


def pins(submission: Submission) -> dict[str, str]:
    """Return what fixes the verdicts on a submission: a report with the same pins is of the same, by the same kit."""
    exercise = submission.exercise
    engine, version = venue_of(exercise).engine
    return {
        "kit": versions.KIT,
        "exercise": exercise.label,
        engine.lower(): version,
        "submitted files": f"sha256:{submission.digest(editable=True)}",
        "protected files": f"sha256:{submission.digest(editable=False)}",
        **({"void": ", ".join(sorted(exercise.voided))} if exercise.voided else {}),
    }


def report(
    submission: Submission,
    results: tuple[CheckResult, ...],
    *,
    stage: str,
    images: Mapping[str, str] | None = None,
    observations: Mapping[str, Any] | None = None,
) -> Report:
    """Return the report on settled verdicts; `stage` is policy, live or all."""
    exercise = submission.exercise
    settled = score.block(score.void(results, exercise.voided))
    outcome, points = score.outcome(settled, exercise.pass_mark)
    hidden = any(result.spec.visibility == "hidden" for result in settled)
    prepared, trouble = interview.prepare(submission, settled) if hidden else (None, ())
    read = unjudged.notes(submission) if hidden else ()
    provenance = {
        **pins(submission),
        **{f"image {name}": digest for name, digest in (images or {}).items()},
    }
    return Report(
        slug=exercise.slug,
        version=exercise.version,
        title=exercise.title,
        stage=stage,
        requirements=exercise.requirements,
        results=settled,
        outcome=outcome,
        score=points,
        pass_mark=exercise.pass_mark,
        notes=(*submission.notes, *_partial(submission, settled), *trouble, *read),
        provenance=provenance,
        observations=observations or {},
        tallies=tallies(settled, exercise.requirements),
        changes=changes(submission),
        interview=prepared,
        problems=submission.problems[:MOST],
        guards=guards.guards(exercise, settled) if hidden else None,
    )
