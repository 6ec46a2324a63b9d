"""The order in which people read a report: requirement by requirement, blocked checks under what they wait for."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.report import CheckResult, Outcome, Report, Tally, Verdict

OUTCOMES = {
    Outcome.PASSED: "Passed",
    Outcome.FAILED: "Not passed",
    Outcome.UNDECIDED: "Undecided: the machine failed, not the submission",
}
OPEN = "score open: not all could be judged, and what could decides"
PUBLIC = {
    Outcome.PASSED: "All public checks pass",
    Outcome.FAILED: "Not all public checks pass",
    Outcome.UNDECIDED: OUTCOMES[Outcome.UNDECIDED],
}
PART = {  # of a part, which has no pass mark of its own
    Outcome.PASSED: "All musts hold",
    Outcome.FAILED: "A must does not hold",
    Outcome.UNDECIDED: OUTCOMES[Outcome.UNDECIDED],
}
STAGES = {"policy": "policy stage only", "live": "live stage only", "all": "policy and live stage"}
MET = {
    Verdict.PASS: "met", Verdict.FAIL: "not met", Verdict.BLOCKED: "blocked", Verdict.ERROR: "undecided",
    Verdict.VOID: "void: counts for nobody",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One check and, where it did not pass, the checks that are blocked because of it."""

    result: CheckResult
    behind: tuple[CheckResult, ...] = ()


@dataclass(frozen=True)
class Part:
    """One requirement with its tally, the checks under it, and those that stand under a cause in another requirement."""

    tally: Tally
    entries: tuple[Entry, ...]
    elsewhere: tuple[CheckResult, ...]


def outcome(report: Report) -> str:
    """Return the outcome in words."""
    if report.scope == "public":
        return PUBLIC[report.outcome]
    return (OUTCOMES if report.pass_mark else PART)[report.outcome]


def judged(report: Report) -> str:
    """Return what a report on public checks alone judged, and what it did not."""
    counted = [result for result in report.results if result.verdict is not Verdict.VOID]
    passed = sum(result.verdict is Verdict.PASS for result in counted)
    stage = "" if report.stage == "all" else f" of the {report.stage} stage"
    left = "hidden checks are" if report.later is None else f"{report.later} of 100 points are"
    return f"{passed} of {len(counted)} public checks{stage} pass; {left} judged later"


def parts(report: Report) -> tuple[Part, ...]:
    """Return the requirements, each with its checks; a blocked check stands under its first cause alone."""
    known = {result.spec.id: result for result in report.results}
    causes = {name: _cause(known, result) for name, result in known.items()}
    behind: dict[str, list[CheckResult]] = {name: [] for name in known}
    for name, cause in causes.items():
        if cause:
            behind[cause].append(known[name])
    return tuple(
        Part(
            tally,
            tuple(Entry(one, tuple(behind[one.spec.id])) for one in own if not causes[one.spec.id]),
            tuple(one for one in own if (cause := causes[one.spec.id]) and known[cause] not in own),
        )
        for tally in tallies(report, "requirement")
        for own in [[result for result in report.results if result.spec.requirement == tally.name]]
    )


def scored(report: Report) -> str:
    """Return the score beside the pass mark; that it is open where the outcome is decided without it, '' where nothing is."""
    if report.score is not None:
        return f"score {report.score} of 100" + (f" (pass mark {report.pass_mark})" if report.pass_mark else "")
    return "" if report.outcome is Outcome.UNDECIDED else OPEN


def tallies(report: Report, kind: str) -> tuple[Tally, ...]:
    """Return the tallies of one kind."""
    return tuple(one for one in report.tallies if one.kind == kind)


def _cause(known: Mapping[str, CheckResult], result: CheckResult) -> str:
    """Return the check at the root of a blocked one; '' where it is not blocked, or what it waits for is not shown."""
    path = [result]
    while path[-1].verdict is Verdict.BLOCKED:
        above = next((known[name] for name in path[-1].blocked_by if name in known), None)
        if above is None or above in path:
            break
        path.append(above)
    return path[-1].spec.id if len(path) > 1 else ""
