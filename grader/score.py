"""From raw verdicts to a score: what is blocked, what must pass, how many points."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from grader.errors import GraderError
from grader.report import CheckResult, CheckSpec, Outcome, Verdict

READABLE = "files-readable"
APPLICABLE = ("files-readable", "schema-valid", "objects-allowed")


def requires(spec: CheckSpec) -> tuple[str, ...]:
    """Return all that a check waits for: what it names, and what its stage takes for granted.

    No check means anything on files that cannot be read, and nothing is applied that is not allowed.
    """
    implied = APPLICABLE if spec.stage == "live" else (READABLE,)
    return tuple(dict.fromkeys((*(name for name in implied if name != spec.id), *spec.requires)))


def block(results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """Return the results with BLOCKED where something that a check requires did not pass."""
    by_id = {result.spec.id: result for result in results}
    settled: dict[str, CheckResult] = {}

    def settle(check: str, above: tuple[str, ...] = ()) -> CheckResult:
        if check in above:
            raise GraderError(f"checks require each other in a circle: {' → '.join((*above, check))}")
        if check not in settled:
            result = by_id[check]
            needed = [settle(name, (*above, check)) for name in requires(result.spec) if name in by_id]
            missing = [one for one in needed if one.verdict is not Verdict.PASS]
            settled[check] = _blocked(result, missing) if missing else result
        return settled[check]

    return tuple(settle(result.spec.id) for result in results)


def _blocked(result: CheckResult, missing: Sequence[CheckResult]) -> CheckResult:
    """Return the result as it stands behind `missing`: an ERROR in front leaves it undecided too."""
    verdict = Verdict.ERROR if any(one.verdict is Verdict.ERROR for one in missing) else Verdict.BLOCKED
    reason = next((one.reason for one in missing if one.verdict is Verdict.ERROR), None)
    return replace(result, verdict=verdict, reason=reason, blocked_by=tuple(one.spec.id for one in missing))


def outcome(results: Iterable[CheckResult], pass_mark: int) -> tuple[Outcome, int | None]:
    """Return the outcome and the score of settled results: whole points in a hundred, rounded down."""
    results = tuple(results)
    if any(result.verdict is Verdict.ERROR for result in results):
        return Outcome.UNDECIDED, None
    possible = sum(result.spec.points for result in results)
    earned = sum(result.spec.points for result in results if result.verdict is Verdict.PASS)
    score = 100 * earned // possible if possible else 0
    held = all(result.verdict is Verdict.PASS for result in results if result.spec.must)
    return (Outcome.PASSED if held and score >= pass_mark else Outcome.FAILED), score
