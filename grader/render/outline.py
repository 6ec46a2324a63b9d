"""The order in which people read a report: requirement by requirement, blocked checks under what they wait for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from grader.report.report import CheckResult, Outcome, Report, Tally, Verdict, gravity
from grader.report.takehome import TakeHome
from harness.core.words import length

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

GROUPS = {
    "fixed": "What was fixed",
    "broken": "What the repair would have broken",
    "open": "What is still broken",
    "waiting": "What waits for something that is not shown",
    "undecided": "What could not be decided",
    "held": "What was sound, and still is",
    "void": "Void: counts for nobody",
}

FIRST = ("fixed", "broken")  # what the team is told of even where there is nothing of it
UNKNOWN = (Verdict.BLOCKED, Verdict.ERROR)
HOURS = (
    "Noted by the candidate's own machine, in a file that they can change: breaks and nights are in it, work without the kit is "
    "not. It proves nothing, and no point hangs on it."
)
HARM = "It was sound in what was handed out, and the repair breaks it. Read it before the score."


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


@dataclass(frozen=True)
class Group:
    """Checks of which the same is to be said of the repair, in the order of their gravity; a blocked one stands under its cause."""

    kind: str
    heading: str
    entries: tuple[Entry, ...]


def groups(report: Report) -> tuple[Group, ...]:
    """Return what was fixed, then apart from it what the repair would have broken, then the rest; none where that is not known."""
    if report.guards is None:
        return ()
    guards, known = set(report.guards), {result.spec.id: result for result in report.results}
    found: dict[str, list[Entry]] = {kind: [] for kind in GROUPS}
    for part in parts(report):
        for entry in part.entries:
            found[_kind(entry.result, guards)].append(entry)
    for kind in ("broken", "open"):
        found[kind].sort(key=lambda entry: gravity(known[entry.result.spec.id]))
    told = FIRST if report.audience == "team" else ()  # of a copy, nothing follows from what it does not show
    return tuple(
        Group(kind, GROUPS[kind], tuple(entries)) for kind, entries in found.items() if entries or kind in told
    )


def _kind(result: CheckResult, guards: Collection[str]) -> str:
    if result.verdict is Verdict.PASS:
        return "held" if result.spec.id in guards else "fixed"
    if result.verdict is Verdict.FAIL:
        return "broken" if result.spec.id in guards else "open"
    return {Verdict.ERROR: "undecided", Verdict.VOID: "void"}.get(result.verdict, "waiting")


def hours(report: Report | TakeHome) -> tuple[tuple[str, str], ...]:
    """Return the time that the candidate had, and what they noted of it, each under its name; '' of a copy."""
    known = report.hours
    if known is None:
        return ()
    more = f", and {length(known.extra_minutes)} more for this candidate" if known.extra_minutes else ""
    noted = [f"first `{known.command or '?'}` {_moment(known.first)}"] if known.first else []
    noted += [f"`submit` {_moment(known.submitted)}"] if known.submitted else []
    if known.between is not None:
        noted.append(f"{length(known.between)} from one to the other")
    return (("planned", f"{known.planned}{more}"), ("noted", "; ".join(noted) or "nothing"))


def _moment(text: str) -> str:
    return text[:16].replace("T", " ") + " UTC"


def empty(report: Report, kind: str) -> str:
    """Return what is said where nothing was fixed, or nothing broken; a check that waits for another may yet be harm."""
    if kind == "fixed":
        return "Nothing."
    guards = set(report.guards or ())
    waiting = sum(one.verdict in UNKNOWN and one.spec.id in guards for one in report.results)
    told = (
        f" Not known of {waiting} {'check' if waiting == 1 else 'checks'} that could not be judged." if waiting else ""
    )
    return f"Nothing that was sound in what was handed out.{told}"


def repair(report: Report) -> dict[str, list[str]] | None:
    """Return the ids of the checks by what is to be said of the repair: all that were blocked are `waiting`."""
    if report.guards is None:
        return None
    told = {kind: [entry.result.spec.id for entry in group.entries] for kind, group in _by_kind(report).items()}
    told["waiting"] = [one.spec.id for one in report.results if one.verdict is Verdict.BLOCKED]
    return {kind: told.get(kind, []) for kind in GROUPS}


def _by_kind(report: Report) -> dict[str, Group]:
    return {group.kind: group for group in groups(report)}


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
