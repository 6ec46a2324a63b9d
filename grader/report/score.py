"""From raw verdicts to a score: what is void, what is blocked, what must pass, how many points."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from grader.errors import GraderError
from grader.report.report import CHECK, CheckResult, CheckSpec, Outcome, Reason, Verdict

READABLE = "files-readable"
APPLICABLE = ("files-readable", "schema-valid", "objects-allowed")
HELD = (Verdict.PASS, Verdict.VOID)  # what keeps nobody from anything
LOST = (Verdict.FAIL, Verdict.BLOCKED)  # of a must: what fails the submission


def requires(spec: CheckSpec) -> tuple[str, ...]:
    """Return all that a check waits for: what it names, and what its stage takes for granted.

    No check means anything on files that cannot be read, and nothing is applied that is not allowed.
    """
    implied = APPLICABLE if spec.stage == "live" else (READABLE,)
    return tuple(dict.fromkeys((*(name for name in implied if name != spec.id), *spec.requires)))


def void(results: Sequence[CheckResult], voided: Mapping[str, str]) -> tuple[CheckResult, ...]:
    """Return the results, those of voided checks VOID with the team's reason; what each was stays as what was seen.

    A void check counts for nobody: its points leave the whole, it is no must, and nothing waits for it.
    """
    return tuple(
        replace(one, verdict=Verdict.VOID, blocked_by=(), reason=Reason(voided[one.spec.id], seen=one.verdict.value))
        if one.spec.id in voided and one.verdict is not Verdict.VOID
        else one
        for one in results
    )


def rescore(results: Sequence[CheckResult], voided: Mapping[str, str]) -> tuple[CheckResult, ...]:
    """Return settled results with more checks void.

    What stood behind nothing but these was never told: it is undecided until it is graded again.
    """
    return block([_freed(one, voided) for one in void(results, voided)])


def _freed(result: CheckResult, voided: Collection[str]) -> CheckResult:
    if not result.blocked_by or not set(result.blocked_by) <= set(voided):
        return result
    told = "nothing is known of it: it waited for a check that is void now; grade this submission again with --round"
    return replace(result, verdict=Verdict.ERROR, blocked_by=(), reason=Reason(told, cause=CHECK))


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
            missing = [one for one in needed if one.verdict not in HELD]
            blocked = missing and result.verdict is not Verdict.VOID
            settled[check] = _blocked(result, missing) if blocked else result
        return settled[check]

    return tuple(settle(result.spec.id) for result in results)


def _blocked(result: CheckResult, missing: Sequence[CheckResult]) -> CheckResult:
    """Return the result as it stands behind `missing`: an ERROR in front leaves it undecided too."""
    verdict = Verdict.ERROR if any(one.verdict is Verdict.ERROR for one in missing) else Verdict.BLOCKED
    reason = next((one.reason for one in missing if one.verdict is Verdict.ERROR), None)
    return replace(result, verdict=verdict, reason=reason, blocked_by=tuple(one.spec.id for one in missing))


def reach(results: Iterable[CheckResult]) -> int:
    """Return the score that settled results may still come to: what is in ERROR counts as passed."""
    counted = [result for result in results if result.verdict is not Verdict.VOID]
    possible = sum(result.spec.points for result in counted)
    return _score(sum(one.spec.points for one in counted if one.verdict not in LOST), possible)


def outcome(results: Iterable[CheckResult], pass_mark: int) -> tuple[Outcome, int | None]:
    """Return the outcome and the score of settled results: whole points in a hundred, rounded down.

    Void checks are left out: neither their points nor their being a must counts, whatever became of them. While a check is
    in ERROR there is no score, and the outcome is undecided unless the others decide it: a must that did not hold, or
    points that are gone, fail a submission whatever the rest comes to.
    """
    results = tuple(result for result in results if result.verdict is not Verdict.VOID)
    open_ones = [result for result in results if result.verdict is Verdict.ERROR]
    possible = sum(result.spec.points for result in results)
    earned = sum(result.spec.points for result in results if result.verdict is Verdict.PASS)
    within_reach = earned + sum(result.spec.points for result in open_ones)
    lost = any(result.verdict in LOST for result in results if result.spec.must)
    if lost or _score(within_reach, possible) < pass_mark:
        return Outcome.FAILED, (None if open_ones else _score(earned, possible))
    return (Outcome.UNDECIDED, None) if open_ones else (Outcome.PASSED, _score(earned, possible))


def _score(earned: int, possible: int) -> int:
    return 100 * earned // possible if possible else 0
