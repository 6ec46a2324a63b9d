"""What became of every case: cells, and what they say about the exercise's grader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.proof.cases import Case, Kind
from grader.report.report import CheckSpec, Outcome, Report, Verdict
from harness.exercises.exercise import Exercise

JUDGED = (Kind.GOOD, Kind.FAULT, Kind.BROKEN, Kind.PARTIAL)  # what else a cheat or an odd submission breaks is open


@dataclass(frozen=True)
class Cell:
    """One grade of one case: outcome, score, verdict by check, and the seconds it took.

    `phases` holds the seconds until each scenario was ready and recovered, `reasons` those of its FAILs or ERRORs,
    `tries` how often it was graded until the machine held.
    """

    outcome: str
    score: int | None
    verdicts: Mapping[str, str]
    seconds: float
    phases: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    tries: int = 1

    def having(self, verdict: Verdict) -> set[str]:
        """Return the checks with a verdict."""
        return {check for check, found in self.verdicts.items() if found == verdict}


@dataclass(frozen=True)
class Row:
    """A case and its grades, one for each repetition."""

    case: Case
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Rates:
    """How often the grader was wrong: wrong verdicts, and verdicts where it could have been."""

    false_pass: tuple[int, int]
    false_fail: tuple[int, int]
    flakes: tuple[int, int]


def cell_of(report: Report, seconds: float, tries: int) -> Cell:
    """Return what a matrix keeps of a report."""
    phases = {name: _lengths(one["phases"]) for name, one in report.observations.items()}
    undecided = {
        one.spec.id: one.reason.message for one in report.results if one.reason and one.verdict is Verdict.ERROR
    }
    failed = {
        one.spec.id: f"{one.reason.message}; seen: {one.reason.seen}"
        for one in report.results
        if one.reason and one.verdict is Verdict.FAIL
    }
    verdicts = {one.spec.id: one.verdict.value for one in report.results}
    return Cell(report.outcome.value, report.score, verdicts, round(seconds, 1), phases, undecided or failed, tries)


def _lengths(phases: Mapping[str, float]) -> dict[str, float]:
    spans = {"ready": ("applied", "ready"), "recovered": ("disturbed", "recovered")}
    return {
        name: round(phases[end] - phases[begin], 1)
        for name, (begin, end) in spans.items()
        if begin in phases and end in phases
    }


def is_open(case: Case, cell: Cell) -> bool:
    """Whether what is expected of a case could not be told: by its outcome, or by a check that counts for it.

    What else a cheat or an odd submission breaks is nobody's claim, and may be what keeps a check from its verdict.
    """
    undecided = cell.having(Verdict.ERROR)
    counts = undecided if case.kind in JUDGED else undecided & {case.rejected_by}
    return cell.outcome == Outcome.UNDECIDED or bool(counts)


def wrong(row: Row, rows: Mapping[str, Row]) -> list[str]:
    """Return what is not as this case declares, each in one sentence."""
    found: dict[str, None] = {}
    for number, cell in enumerate(row.cells):
        if is_open(row.case, cell):
            reason = next(iter(cell.reasons.values()), "no evidence")
            found[f"is undecided: {reason}"] = None
            continue
        before = rows[row.case.after].cells if row.case.after else ()
        for sentence in _wrong(row.case, cell, before[number] if number < len(before) else None):
            found[sentence] = None
    return [f"{row.case.name}: {sentence}" for sentence in found]


def _wrong(case: Case, cell: Cell, before: Cell | None) -> Iterable[str]:
    failed = cell.having(Verdict.FAIL)
    match case.kind:
        case Kind.GOOD:
            for check in sorted({*failed, *cell.having(Verdict.BLOCKED)}):
                yield f"is right, and {check} does not pass it: {cell.reasons.get(check, 'blocked')}"
        case Kind.CHEAT:
            if case.rejected_by not in failed:
                said = cell.verdicts.get(case.rejected_by, "not among the checks")
                yield f"gets through {case.rejected_by}, which must reject it ({said})"
            if cell.outcome == Outcome.PASSED:
                yield "passes"
        case Kind.ODD:
            if cell.outcome == Outcome.PASSED:
                yield "passes"
        case _:
            yield from _wrong_faults(case, cell, failed)
            if before is not None and (before.score or 0) >= (cell.score or 0):
                yield f"scores {cell.score}, no more than {case.after} with {before.score}"


def _wrong_faults(case: Case, cell: Cell, failed: set[str]) -> Iterable[str]:
    for check in sorted(failed - case.declared):
        yield f"{check} fails, which no fault in it declares: {cell.reasons.get(check, '')}"
    stopped = failed | cell.having(Verdict.BLOCKED)
    for fault, checks in case.faults.items():
        if not stopped & set(checks):
            yield f"{case.exercise.flaws[:-1]} {fault} is caught by no check"
        for check in sorted(set(checks) - failed if case.kind is Kind.FAULT else ()):
            said = cell.verdicts.get(check, "not among the checks")
            yield f"{case.exercise.flaws[:-1]} {fault} declares {check}, which does not fail ({said})"


def gaps(exercise: Exercise, rows: Sequence[Row], specs: Sequence[CheckSpec], least: Mapping[Kind, int]) -> list[str]:
    """Return what the proof lacks as a whole; `least` is how many cases of a kind there must be.

    Checks that were not run, as in a proof of the policy stage alone, are not asked for a case that trips them.
    """
    proven = {spec.requirement for spec in specs}
    found = [f"requirement {one} has no check" for one in exercise.requirements if one not in proven]
    tripped = {
        check
        for row in rows
        if row.case.kind is not Kind.GOOD
        for cell in row.cells
        for check in cell.having(Verdict.FAIL)
    }
    run = {check for row in rows for cell in row.cells for check in cell.verdicts}
    found += [f"check {check} is tripped by no case: nothing shows that it can fail" for check in sorted(run - tripped)]
    optional = {spec.id for spec in specs if not spec.must}
    found += [
        f"{row.case.name}: {row.case.rejected_by} is no must check, so that a high score would pass it"
        for row in rows
        if row.case.rejected_by in optional
    ]
    for kind, count in least.items():
        have = sum(row.case.kind is kind for row in rows)
        if have < count:
            found.append(f"{have} cases of kind {kind} are too few; {count} are asked for")
    return found


def let_through(rows: Sequence[Row]) -> list[str]:
    """Return the cases with faults that pass nevertheless. Only grades by all checks can tell."""
    return [
        f"{row.case.name}: passes, so that a submission may leave {' and '.join(row.case.faults)}"
        for row in rows
        if row.case.faults and any(cell.outcome == Outcome.PASSED for cell in row.cells)
    ]


def flaky(row: Row) -> list[str]:
    """Return the checks whose verdicts differ between the repetitions of a case, of those that are somebody's claim."""
    decided = [cell for cell in row.cells if not is_open(row.case, cell)]
    return sorted(
        check
        for check in _claimed(row, decided)
        if len({cell.verdicts.get(check) for cell in decided} - {Verdict.ERROR}) > 1
    )


def _claimed(row: Row, cells: Iterable[Cell]) -> set[str]:
    """Return the checks that something is claimed of: what else a cheat or an odd submission breaks may be a matter of moments."""
    checks = {check for cell in cells for check in cell.verdicts}
    return checks if row.case.kind in JUDGED else checks & {row.case.rejected_by}


def rates(rows: Sequence[Row]) -> Rates:
    """Return how often a check passed what it declares to reject, failed what it should pass, or changed its mind."""
    passed = rejects = failed = accepts = flakes = cells = 0
    for row in rows:
        flakes += len(flaky(row))
        cells += len(_claimed(row, row.cells))
        declared = row.case.declared | {row.case.rejected_by}
        for cell in row.cells:
            decided = {check: found for check, found in cell.verdicts.items() if found in {Verdict.PASS, Verdict.FAIL}}
            for check, verdict in decided.items():
                if check not in declared:
                    accepts += row.case.kind in JUDGED
                    failed += row.case.kind in JUDGED and verdict == Verdict.FAIL
                elif row.case.kind in {Kind.CHEAT, Kind.FAULT}:
                    rejects += 1
                    passed += verdict == Verdict.PASS
    return Rates((passed, rejects), (failed, accepts), (flakes, cells))


def margins(exercise: Exercise, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return, for each deadline of a scenario, the slowest good solution in seconds and how many mutants missed it."""
    found = []
    for scenario in exercise.scenarios:
        deadlines = {
            **({"ready": scenario.ready_within} if scenario.ready_within is not None else {}),
            **({"recovered": scenario.recover_within} if scenario.first("recover") else {}),
        }
        for phase, deadline in deadlines.items():
            good = [
                cell.phases[scenario.name][phase]
                for row in rows
                if row.case.kind is Kind.GOOD
                for cell in row.cells
                if phase in cell.phases.get(scenario.name, {})
            ]
            others = [
                cell.phases[scenario.name]
                for row in rows
                if row.case.kind is not Kind.GOOD
                for cell in row.cells
                if scenario.name in cell.phases
            ]
            met = [one[phase] for one in others if phase in one]
            found.append(
                {"scenario": scenario.name, "phase": phase, "deadline": deadline, "slowest_good": max(good, default=None),
                 "mutants": len(others), "missed": len(others) - len(met)}
            )  # fmt: skip
    return found
