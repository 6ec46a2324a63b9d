"""The order in which people read a report: requirement by requirement, blocked checks under what they wait for."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.report import CheckResult, Outcome, Report, Tally, Verdict

OUTCOMES = {
    Outcome.PASSED: "Passed",
    Outcome.FAILED: "Not passed",
    Outcome.UNDECIDED: "Undecided: the machine failed, not the submission",
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
