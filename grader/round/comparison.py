"""The candidates of one round beside each other: what each got, and which checks tell them apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.report import score
from grader.report.report import CheckResult, Hours, Outcome, Report, Tally, Verdict
from grader.report.tally import tallies
from grader.round.alike import Likeness

SCHEMA_VERSION = 1
ORDER = (Outcome.PASSED, Outcome.FAILED, Outcome.UNDECIDED)


@dataclass(frozen=True)
class Row:
    """One candidate, by the opaque id alone. `unmet` are musts that did not hold, `undecided` checks in ERROR.

    `harm` are checks that were sound in what was handed out and that the repair breaks; they are among the unmet too.
    """

    candidate: str
    outcome: Outcome
    score: int | None
    requirements: tuple[Tally, ...]
    unmet: tuple[str, ...]
    undecided: tuple[str, ...]
    verdicts: Mapping[str, Verdict]
    file: str
    submitted: str
    harm: tuple[str, ...] = ()
    hours: Hours | None = None


@dataclass(frozen=True)
class Item:
    """One check over all candidates: how many got which verdict, and why it is void where it is.

    `same` is passed where everybody passed it, failed where nobody did, of those about whom it is decided.
    """

    id: str
    claim: str
    requirement: str
    points: int
    must: bool
    counts: Mapping[str, int]
    same: str
    void: str


@dataclass(frozen=True)
class Comparison:
    """A round's candidates: those that are decided by outcome and score, then those that are not.

    `missing` has the ids to whom a bundle was given and of whom no report is here; None where no ledger was asked.
    `alike` are notes, where the round is known.
    """

    round: str
    slug: str
    version: int
    title: str
    kit: str
    stage: str
    pass_mark: int
    requirements: Mapping[str, str]
    points: Mapping[str, int]
    rows: tuple[Row, ...]
    checks: tuple[Item, ...]
    missing: tuple[str, ...] | None
    alike: tuple[Likeness, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def same(self, kind: str) -> tuple[Item, ...]:
        """Return the checks that everybody passed, or that nobody did."""
        return tuple(one for one in self.checks if one.same == kind)

    @property
    def voided(self) -> tuple[Item, ...]:
        """The checks that count for nobody."""
        return tuple(one for one in self.checks if one.void)


def rescored(report: Report, voided: Mapping[str, str]) -> Report:
    """Return a report with these checks void, and with it another outcome, score and tallies."""
    results = score.rescore(report.results, voided)
    outcome, points = score.outcome(results, report.pass_mark)
    return replace(
        report, results=results, outcome=outcome, score=points, tallies=tallies(results, report.requirements)
    )


def compare(reports: Mapping[str, Report], missing: Sequence[str] | None, alike: Sequence[Likeness] = ()) -> Comparison:
    """Return the comparison of reports that can be compared (see grader.round.lineup), by the files that hold them."""
    rows = sorted((_row(file, report) for file, report in reports.items()), key=_place)
    first = next(iter(reports.values()))
    return Comparison(
        round=first.provenance["round"], slug=first.slug, version=first.version, title=first.title,
        kit=first.provenance["kit"], stage=first.stage, pass_mark=first.pass_mark, requirements=first.requirements,
        points={one.name: one.points for one in first.tallies if one.kind == "requirement"},
        rows=tuple(rows), checks=tuple(_item(result, rows) for result in first.results),
        missing=None if missing is None else tuple(missing), alike=tuple(alike),
    )  # fmt: skip


def _place(row: Row) -> tuple[int, int, str]:
    return ORDER.index(row.outcome), -(row.score or 0), row.candidate


def _row(file: str, report: Report) -> Row:
    unmet = (Verdict.FAIL, Verdict.BLOCKED)
    return Row(
        candidate=report.provenance["candidate"], outcome=report.outcome, score=report.score,
        requirements=tuple(one for one in report.tallies if one.kind == "requirement"),
        unmet=tuple(one.spec.id for one in report.results if one.spec.must and one.verdict in unmet),
        undecided=tuple(one.spec.id for one in report.results if one.verdict is Verdict.ERROR),
        verdicts={one.spec.id: one.verdict for one in report.results},
        file=file, submitted=report.provenance["submitted files"],
        harm=tuple(one.spec.id for one in report.harm), hours=report.hours,
    )  # fmt: skip


def _item(result: CheckResult, rows: Sequence[Row]) -> Item:
    spec, void = result.spec, result.verdict is Verdict.VOID
    found = Counter(row.verdicts[spec.id] for row in rows)
    return Item(
        spec.id, spec.claim, spec.requirement, spec.points, spec.must,
        counts={verdict.value: found[verdict] for verdict in Verdict},
        same="" if void else _same(found),
        void=result.reason.message if void and result.reason else "",
    )  # fmt: skip


def _same(found: Counter[Verdict]) -> str:
    """Tell whether all that are decided got the same; of one alone that says nothing."""
    decided = found[Verdict.PASS] + found[Verdict.FAIL] + found[Verdict.BLOCKED]
    if decided < 2:  # noqa: PLR2004 - one is not everybody
        return ""
    return {decided: "passed", 0: "failed"}.get(found[Verdict.PASS], "")
