"""The report on a take-home of several parts: the parts' own reports, and one rule over them. Pure data, like those.

It passes where each part's musts hold and the parts' scores, by weight, reach the round's pass mark. A part's report is what
a grade of its exercise alone comes to, check by check; it has no pass mark of its own.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from grader.report import score
from grader.report.report import CheckResult, Hours, Outcome, Report, Tally, Verdict
from grader.report.tally import verdict_of

SCHEMA_VERSION = 1
COMMON = ("kit", "round", "candidate", "archive")  # of a part's provenance: what all parts have alike


@dataclass(frozen=True)
class PartReport:
    """A part's report; `folder` is what the part is called, `weight` its share."""

    folder: str
    weight: int
    report: Report


@dataclass(frozen=True)
class TakeHome:
    """One graded take-home; `hours` are of all parts together, for the team alone."""

    title: str
    pass_mark: int
    parts: tuple[PartReport, ...]
    hours: Hours | None = None
    schema_version: int = SCHEMA_VERSION

    def changed(self, change: Callable[[str, Report], Report]) -> "TakeHome":
        """Return it with each part's report as `change` makes it of the part's name and report."""
        parts = tuple(replace(one, report=change(one.folder, one.report)) for one in self.parts)
        return replace(self, parts=parts)

    @property
    def outcome(self) -> Outcome:
        """What became of it: a must that did not hold, or points that are gone, decide whatever is open."""
        outcomes = {one.report.outcome for one in self.parts}
        out_of_reach = self.scope != "public" and self._weighed(score.reach) < self.pass_mark
        if Outcome.FAILED in outcomes or out_of_reach:
            return Outcome.FAILED
        return Outcome.UNDECIDED if Outcome.UNDECIDED in outcomes else Outcome.PASSED

    @property
    def score(self) -> int | None:
        """The parts' scores by weight, rounded down; None while one of them is open."""
        known = [one.report.score for one in self.parts]
        if any(one is None for one in known):
            return None
        weighed = sum(one.weight * number for one, number in zip(self.parts, known, strict=True) if number is not None)
        return weighed // self.weight

    @property
    def weight(self) -> int:
        """All weights together."""
        return sum(one.weight for one in self.parts)

    def _weighed(self, number: Callable[[tuple[CheckResult, ...]], int]) -> int:
        return sum(one.weight * number(one.report.results) for one in self.parts) // self.weight

    @property
    def stage(self) -> str:
        """The stage that was graded."""
        return self.parts[0].report.stage

    @property
    def scope(self) -> str:
        """All checks, or public ones alone."""
        return self.parts[0].report.scope

    @property
    def audience(self) -> str:
        """For whom it is."""
        return self.parts[0].report.audience

    @property
    def provenance(self) -> dict[str, str]:
        """What it comes from: what all parts have alike, and the digest of all that was submitted."""
        first = self.parts[0].report.provenance
        files = [f"{one.folder}\0{one.report.provenance.get('submitted files', '')}" for one in self.parts]
        digest = hashlib.sha256("\0".join(files).encode()).hexdigest()
        return {**{name: first[name] for name in COMMON if name in first}, "submitted files": f"sha256:{digest}"}

    @property
    def unmet(self) -> tuple[str, ...]:
        """The parts with a must that did not hold."""
        return tuple(one.folder for one in self.parts if one.report.outcome is Outcome.FAILED)

    @property
    def guards(self) -> tuple[str, ...] | None:
        """The parts' checks that guard, by their names in the whole; None where they are known of no part."""
        known = [(one.folder, one.report.guards) for one in self.parts if one.report.guards is not None]
        return tuple(f"{folder}.{name}" for folder, names in known for name in names) if known else None

    def flat(self) -> Report:
        """Return it as one report whose requirements are the parts, to stand beside others of its round in a table."""
        return Report(
            slug="+".join(one.report.slug for one in self.parts), version=0, title=self.title, stage=self.stage,
            requirements={one.folder: one.report.title for one in self.parts},
            results=tuple(_named(one.folder, result) for one in self.parts for result in one.report.results),
            outcome=self.outcome, score=self.score, pass_mark=self.pass_mark,
            notes=tuple(f"{one.folder}: {note}" for one in self.parts for note in one.report.notes),
            provenance=self.provenance, tallies=tuple(map(_tally, self.parts)), audience=self.audience, scope=self.scope,
            changes=tuple(replace(change, file=f"{one.folder}/{change.file}") for one in self.parts for change in one.report.changes),
            guards=self.guards, hours=self.hours,
            confirmation=next(
                (one.report.confirmation for one in self.parts if one.report.confirmation and one.report.confirmation.pending), None
            ),
        )  # fmt: skip


def _named(folder: str, result: CheckResult) -> CheckResult:
    """Return a result under the names that its check, and those it waits for, have in the whole."""
    spec = replace(
        result.spec, id=f"{folder}.{result.spec.id}", requirement=folder,
        requires=tuple(f"{folder}.{name}" for name in result.spec.requires),
    )  # fmt: skip
    return replace(result, spec=spec, blocked_by=tuple(f"{folder}.{name}" for name in result.blocked_by))


def _tally(part: PartReport) -> Tally:
    """Return a part as one requirement of the whole: its score is what it earned of a hundred."""
    results = [one for one in part.report.results if one.verdict is not Verdict.VOID]
    return Tally(
        "requirement", part.folder, part.report.title, verdict_of(results),
        earned=part.report.score or 0, points=100, unmet_must=part.report.outcome is Outcome.FAILED,
    )  # fmt: skip
