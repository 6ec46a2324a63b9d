"""What became of a week's work and services on a plan that was played. Hours are counted from Monday, 0:00.

Nothing here has symptoms of a stalled machine: time in a week goes on when the scheduler has said all it has to say.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from grader.checks.blame import Sighting
from grader.checks.observed import Observed
from grader.checks.spec import fail

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
END = 24 * len(DAYS)
EXCUSED = ("failure",)  # why a notebook may be gone and count as kept
Course = Mapping[str, Any]


def need_played(observed: Observed) -> Mapping[str, Any]:
    """Return what was seen of the week; fail where the manifests were refused or the plan was not played."""
    observed.decided()
    observed.need_applied()
    if "week" not in observed.data:
        fail("the plan was not played", object="plan", expected="tables that can be read", seen=observed.last_seen())
    found: Mapping[str, Any] = observed.data["week"]
    return found


def need_kept(observed: Observed, kinds: Collection[str], share: float) -> None:
    """Fail where too few of a team's pieces had a node in the hour in which they were asked for, and kept it."""
    for team, kind, courses in _queues(observed, kinds):
        bad = [course for course in courses if course["first"] != course["asked"] or set(course["lost"]) - {*EXCUSED}]
        if len(bad) > (1 - share) * len(courses) + 1e-9:
            late = sum(course["first"] != course["asked"] for course in bad)
            fail(
                f"too few of {team}'s {kind} pieces have a node at once and keep it", object=f"{team}/{kind}",
                expected=f"{share:.0%} of {len(courses)}", symptoms=[Sighting()],
                seen=f"{len(courses) - len(bad)}; {late} had to wait, {len(bad) - late} were taken away; {_first(bad)}",
            )  # fmt: skip


def need_done(observed: Observed, kinds: Collection[str], share: float) -> None:
    """Fail where too few of a team's pieces that are due within the week are done by then."""
    for team, kind, courses in _queues(observed, kinds):
        due = [course for course in courses if course["due"] <= END]
        bad = [course for course in due if course["ended"] is None or course["ended"] > course["due"]]
        if len(bad) > (1 - share) * len(due) + 1e-9:
            never = sum(course["first"] is None for course in bad)
            fail(
                f"too few of {team}'s {kind} pieces are done when they are due", object=f"{team}/{kind}",
                expected=f"{share:.0%} of {len(due)}", symptoms=[Sighting()],
                seen=f"{len(due) - len(bad)}; {never} never began; {_first(bad)}",
            )  # fmt: skip


def need_started(observed: Observed, kinds: Collection[str], burst: str, days: Sequence[int], hours: float) -> None:
    """Fail where a piece of these kinds, asked for on one of the days, waits longer than so many hours for its first node.

    Teams that have work of the kind `burst` are not meant: they wait for themselves.
    """
    bursting = {course["team"] for course in need_played(observed)["works"] if course["kind"] == burst}
    waits = [
        (END if course["first"] is None else course["first"] - course["asked"], course)
        for course in need_played(observed)["works"]
        if course["kind"] in kinds and course["team"] not in bursting and course["asked"] // 24 in days
    ]
    wait, course = max(waits, key=lambda found: found[0], default=(0, None))
    if course is not None and wait > hours:
        told = "never began" if course["first"] is None else f"waited {wait} hours"
        fail(
            f"a {course['kind']} of {course['team']} waits behind another team's work", object=f"{course['team']}/{course['kind']}",
            expected=f"a node within {hours:g} hours", symptoms=[Sighting()],
            seen=f"what was asked for on {when(course['asked'])} {told}",
        )  # fmt: skip


def need_ready(observed: Observed, services: Collection[str], least: int) -> None:
    """Fail where a service had fewer ready replicas at any time after the week's first hour."""
    lows = [low for low in need_played(observed)["lows"] if low["service"] in services and low["ready"] < least]
    if lows:
        low = min(lows, key=lambda low: (low["hour"], low["ready"]))
        others = len({(other["service"], other["hour"]) for other in lows}) - 1
        fail(
            "a service has too few ready replicas", object=f"Deployment/{low['service']}", expected=f"at least {least}",
            seen=f"{low['ready']} on {when(low['hour'])}, after: {low['why']}{f'; {others} more times' if others else ''}",
            symptoms=[Sighting()],
        )  # fmt: skip


def when(hour: int) -> str:
    """Return an hour of the week in words."""
    return f"{DAYS[hour // 24]}, {hour % 24}:00" if hour < END else "the week's end"


def _queues(observed: Observed, kinds: Collection[str]) -> Iterator[tuple[str, str, list[Course]]]:
    found: dict[tuple[str, str], list[Course]] = defaultdict(list)
    for course in need_played(observed)["works"]:
        if course["kind"] in kinds:
            found[course["team"], course["kind"]].append(course)
    yield from ((team, kind, courses) for (team, kind), courses in sorted(found.items()))


def _first(courses: Sequence[Course]) -> str:
    """Return what happened to one of them, in words."""
    course = courses[0]
    told = f"taken away by {', '.join(course['lost'])}" if course["lost"] else ""
    if course["first"] is None or course["first"] > course["asked"]:
        began = "never" if course["first"] is None else f"on {when(course['first'])}"
        told = f"placed {began}{f' ({text})' if (text := course['said']) else ''}{f', {told}' if told else ''}"
    return f"that of {when(course['asked'])} was {told or 'not done in time'}"
