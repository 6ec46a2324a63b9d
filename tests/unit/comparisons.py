"""Reports of one round for tests: real ones, told to be of candidates, and one that the machine failed."""

from dataclasses import replace

from grader.report.report import CheckResult, Reason, Report, Verdict
from grader.round.comparison import Comparison, compare
from tests.unit import reports

ROUND = "spring 0123456789abcdef"


def of(name: str, candidate: str, **provenance: str) -> Report:
    """Return a kept report as that of a candidate of the round."""
    source = reports.kept(name)
    told = {**source.provenance, "round": ROUND, "candidate": candidate, **provenance}
    return replace(source, provenance=told)


def undecided(candidate: str) -> Report:
    """Return a report in which the machine failed during a slow load, and all else passed."""
    source = of("cheat", candidate)
    rest = tuple(replace(one, verdict=Verdict.PASS, reason=None, blocked_by=()) for one in source.results)
    return reports.of(_spoiled(rest), source)


def open_score(candidate: str) -> Report:
    """Return a report on a submission that a must fails, whatever a slow load, in which the machine failed, comes to."""
    source = of("cheat", candidate)
    return reports.of(_spoiled(source.results), source)


def _spoiled(results: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    return tuple(
        replace(one, verdict=Verdict.ERROR, reason=Reason("the node went away"), blocked_by=())
        if one.spec.scenario == "slow-load"
        else one
        for one in results
    )


def four() -> dict[str, Report]:
    """Return four candidates' reports by file."""
    return {
        "d.json": undecided("dddd"),
        "b.json": of("broken", "bbbb"),
        "c.json": of("cheat", "cccc", **{"submitted files": "sha256:c0ffee"}),
        "a.json": of("cheat", "aaaa"),
    }


def table(missing: tuple[str, ...] | None = ("eeee",)) -> Comparison:
    """Return their comparison."""
    return compare(four(), missing)
