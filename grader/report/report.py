"""The Report: pure data with a schema version. Renderers read it; nothing here prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from harness.files.yamlfile import Problem

SCHEMA_VERSION = 1
MACHINE, CHANCE, CHECK = "machine", "chance", "check"  # causes of an ERROR
LOAD = "load"  # of a FAIL: the submission held up the machine whenever it was played


class Verdict(StrEnum):
    """What became of one check. VOID: the team took it out of a round, for everybody and with a reason."""

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    BLOCKED = "BLOCKED"
    ERROR = "ERROR"
    VOID = "VOID"


class Outcome(StrEnum):
    """What became of the submission. UNDECIDED: the machine failed, and what is known does not decide it."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class CheckSpec:
    """What one check claims and what hangs on it."""

    id: str
    claim: str
    requirement: str
    points: int
    stage: str
    visibility: str
    requires: tuple[str, ...] = ()
    must: bool = False
    scenario: str | None = None


@dataclass(frozen=True)
class Reason:
    """Why a check did not pass: on which object and field, what was expected, what was seen, and where it stands.

    `cause` says of an ERROR what it takes to get rid of it: machine (play it again on a steadier one), chance (a failure
    that did not come again), check (a defect of the check, or of the team's settings). Of a FAIL it is load where the
    submission keeps the machine from judging it. `output` is the last that the step which failed had printed, line by
    line; of public checks alone.
    """

    message: str
    object: str = ""
    field: str = ""
    expected: str = ""
    seen: str = ""
    file: str = ""
    line: int = 0
    cause: str = ""
    output: str = ""


@dataclass(frozen=True)
class CheckResult:
    """The verdict on one check. `seconds` is its own running time; `blocked_by` the checks it waits for."""

    spec: CheckSpec
    verdict: Verdict
    reason: Reason | None = None
    blocked_by: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Tally:
    """A group of checks taken together: a requirement of the ticket, or a category.

    `unmet_must` says that one of them fails the submission whatever its score.
    """

    kind: str  # requirement | category
    name: str
    title: str
    verdict: Verdict
    earned: int
    points: int
    unmet_must: bool = False


@dataclass(frozen=True)
class Change:
    """How one file differs from the workspace that was handed out: `diff` is unified, without its two head lines."""

    file: str
    status: str  # changed | added | removed
    diff: str


@dataclass(frozen=True)
class Question:
    """A question of the debrief: the checks that it is about, those of them that did not pass, and a good answer."""

    text: str
    checks: tuple[str, ...]
    failed: tuple[str, ...]
    answer: Mapping[str, str]


@dataclass(frozen=True)
class Dimension:
    """A dimension of the rubric, with its checks that did not pass."""

    id: str
    title: str
    why: str
    read: str
    levels: Mapping[str, str]
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unusual:
    """Lines that no known solution has, or that all of them keep; `line` is where, in the file that has them."""

    file: str
    line: int
    kind: str  # added | removed
    text: str


@dataclass(frozen=True)
class Interview:
    """What the team reads and asks; nothing of it is for candidates."""

    rubric: tuple[Dimension, ...] = ()
    questions: tuple[Question, ...] = ()
    unusual: tuple[Unusual, ...] = ()


@dataclass(frozen=True)
class Confirmation:
    """Whether failures that were seen in a play have been seen twice: `scenarios` were played a second time, alone.

    None were where what failed at first was undecided besides, and did not fail when it was graded again. `pending`: a
    batch has the second play still before it.
    """

    scenarios: tuple[str, ...] = ()
    pending: bool = False

    def __str__(self) -> str:
        if self.pending:
            return "not yet: what failed has been seen once"
        if self.scenarios:
            return f"what failed was played a second time, alone: {', '.join(self.scenarios)}"
        return "what failed at first was undecided besides, and did not fail when it was graded again"


@dataclass(frozen=True)
class Replay:
    """Scenarios that were played again, alone, since they were undecided, and how the `machine` was without the submission."""

    scenarios: tuple[str, ...]
    machine: str

    def __str__(self) -> str:
        names = ", ".join(self.scenarios)
        return f"{names}, alone, since undecided at first; without the submission the machine was {self.machine}"


@dataclass(frozen=True)
class Hours:
    """The time that a candidate had, `planned` in words and `extra_minutes` beyond it, and what they noted of it.

    `first` and `submitted` are moments in UTC, ISO 8601, '' where nothing was noted; `command` is what was used first.
    They are what the candidate's own machine wrote into a file of theirs (see harness.intake.times): nothing hangs on them.
    """

    planned: str
    extra_minutes: int = 0
    first: str = ""
    command: str = ""
    submitted: str = ""

    @property
    def between(self) -> int | None:
        """Whole minutes from the first command to the submit, breaks included; None where they are not known."""
        if not self.first or not self.submitted:
            return None
        passed = datetime.fromisoformat(self.submitted) - datetime.fromisoformat(self.first)
        return None if passed.total_seconds() < 0 else int(passed.total_seconds()) // 60


@dataclass(frozen=True)
class Report:
    """One graded submission.

    `score` is 0-100 of the points of the checks that ran, or None while a check is in ERROR: the outcome is undecided then,
    or failed where the other checks decide it.
    `observations` holds times and pod names, which differ from run to run; everything else does not.
    `problems` are what was wrong with the files, up to a bound, of which a check names the first alone.
    `audience` is team, or candidate for a copy without anything hidden (see grader.report.audience).
    `scope` is all, or public where no hidden check was run: then `outcome` says whether all public ones hold, there is no
    score, and `later` is how many of a hundred points are judged later, where that is known (see grader.grading.public).
    `guards` are the checks that no fault which was handed out trips; None where that is not known (see grader.report.guards).
    `hours` are of a candidate of a round, or of a submission that has a note of them; for the team alone.
    """

    slug: str
    version: int
    title: str
    stage: str
    requirements: Mapping[str, str]
    results: tuple[CheckResult, ...]
    outcome: Outcome
    score: int | None
    pass_mark: int
    notes: tuple[str, ...]
    provenance: Mapping[str, str]
    observations: Mapping[str, Any] = field(default_factory=dict)
    tallies: tuple[Tally, ...] = ()
    changes: tuple[Change, ...] = ()
    interview: Interview | None = None
    audience: str = "team"
    scope: str = "all"
    later: int | None = None
    confirmation: Confirmation | None = None
    replay: Replay | None = None
    problems: tuple[Problem, ...] = ()
    guards: tuple[str, ...] | None = None
    hours: Hours | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def origin(self) -> dict[str, str]:
        """What the report comes from, as readers see it: the provenance, and what was played more than once."""
        more = {"confirmed": self.confirmation, "played again": self.replay}
        return {**self.provenance, **{name: str(told) for name, told in more.items() if told is not None}}

    @property
    def harm(self) -> tuple[CheckResult, ...]:
        """What the repair would have broken: checks that held as handed out and fail now, the gravest first."""
        held = set(self.guards or ())
        broken = (one for one in self.results if one.verdict is Verdict.FAIL and one.spec.id in held)
        return tuple(sorted(broken, key=gravity))

    def count(self, verdict: Verdict) -> int:
        """Return how many checks ended so."""
        return sum(result.verdict is verdict for result in self.results)


def gravity(result: CheckResult) -> tuple[bool, int]:
    """Return where a check that does not hold stands among others: must first, then by points."""
    return not result.spec.must, -result.spec.points
