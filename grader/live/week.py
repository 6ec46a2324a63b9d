"""A week of a platform, hour by hour, in a time that goes on when all is said: what is asked for, what ends, what is taken away.

Nothing here waits, and no clock is looked at: a Floor, the cluster, is told what to do and asked what came of it. A machine
that is slow makes the play longer and changes nothing in it. Hours are counted from Monday, 0:00.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from grader.checks.plan import Plan, Pool, Rule
from harness.exercises.variants import Draws

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
END = 24 * len(DAYS)
OPENS, CLOSES = 8, 20  # office hours, Monday to Friday
HEADS = 6  # pieces of work of one sort, team and size that are tried at once: those behind them are no smaller
ROUNDS = 8  # of trying in an hour; in each but the last something found a place
RECLAIMED_EVERY = 48  # hours, on average, for each spot node
GONE = 3  # hours until a reclaimed node is there again
CRUNCH, CRUNCH_GONE = 24 * 3 + 14, 5  # Thursday, 14:00: every second spot node of each machine is reclaimed at once
FAILURE, FAILURE_GONE = (
    24 * 2 + 11,
    4,
)  # Wednesday, 11:00: the node with the most service replicas fails, without a notice
KEPT = ("training", "large-training", "sweep")  # keep a checkpoint each hour; other work begins again


@dataclass(frozen=True)
class Work:
    """One piece of work: whose, what it asks for, from when, for how many hours, and by when it has to be done (0: never)."""

    id: int
    team: str
    kind: str
    asked: int
    length: int
    due: int
    gpus: int
    cpu: int
    memory: int


@dataclass(frozen=True)
class Node:
    """One node of a pool; `number` counts the spot nodes of its machine."""

    name: str
    pool: Pool
    number: int


@dataclass(frozen=True)
class Spot:
    """Where a pod is: its node, '' while it waits, and then why."""

    node: str
    said: str = ""


@dataclass(frozen=True)
class Low:
    """A service with fewer ready replicas than it asks for, at an hour, and what had just happened."""

    hour: int
    service: str
    ready: int
    why: str


Queue = tuple[str, str, int]  # team, kind and GPUs: what stands in it is of one size


class Floor(Protocol):
    """The cluster that a week is played on."""

    def open(self, nodes: Collection[Node]) -> None:
        """Have these nodes there, for new pods."""

    def close(self, nodes: Collection[Node], why: str) -> list[Low]:
        """Take nodes away with all that is on them, and tell how low services came; a reclaim, and nothing else, gives notice."""

    def put(self, works: Sequence[Work]) -> Mapping[int, str]:
        """Ask for a place for each, in this order, and return which were refused, by id, in the API server's words."""

    def take(self, ids: Collection[int]) -> None:
        """Remove their pods."""

    def look(self) -> Mapping[int, Spot]:
        """Return, once the scheduler has looked at each, where the pods are; those that gave way to others are not there."""

    def services(self) -> Mapping[str, tuple[int, int]]:
        """Return how many replicas of each service are ready, and how many it asks for."""

    def homes(self) -> Mapping[str, int]:
        """Return how many replicas of services each node has."""


@dataclass
class Course:
    """How it went with one piece of work."""

    work: Work
    left: int
    first: int | None = None
    since: int | None = None  # when it was placed last, while it runs
    node: str = ""
    ended: int | None = None
    lost: list[str] = field(default_factory=list)
    said: str = ""

    def seen(self) -> dict[str, Any]:
        """Return it as a record."""
        work = self.work
        return {"team": work.team, "kind": work.kind, "gpus": work.gpus, "asked": work.asked, "length": work.length,
                "due": work.due, "first": self.first, "ended": self.ended, "lost": self.lost, "said": self.said}  # fmt: skip


def demand(text: str, seed: int) -> list[Work]:
    """Return all that is asked for in the week, in order; the table says how many, the seed when and for how long."""
    found: list[Work] = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text))):
        draws = Draws("week", seed, number)
        for day in row["days"].split():
            for _ in range(int(row["number"])):
                hour = int(row["from"]) + draws.below(int(row["to"]) - int(row["from"]))
                length = int(row["least"]) + draws.below(int(row["most"]) - int(row["least"]) + 1)
                asked, due = 24 * DAYS.index(day) + hour, int(row["due"])
                found.append(Work(len(found), row["team"], row["work"], asked, length, asked + due if due else 0,
                                  int(row["gpus"]), int(row["cpu"]), int(row["memory"])))  # fmt: skip
    return sorted(found, key=lambda work: (work.asked, work.id))


def kinds(text: str) -> tuple[str, ...]:
    """Return the sorts of work of a table of demand, in its order."""
    return tuple(dict.fromkeys(row["work"] for row in csv.DictReader(io.StringIO(text))))


def nodes(plan: Plan) -> list[Node]:
    """Return the nodes of all pools."""
    counts: Counter[str] = Counter()
    found = []
    for pool in plan.pools:
        for number in range(1, pool.nodes + 1):
            found.append(Node(f"{pool.name}-{number:02}", pool, counts[pool.machine.name]))
            counts[pool.machine.name] += pool.market == "spot"
    return found


def hours() -> Iterator[int]:
    """Yield the hours that are looked at: each from 8 to 20 on weekdays, fewer at night and at the weekend."""
    for day in range(len(DAYS)):
        weekday = day < DAYS.index("sat")
        yield from (24 * day + hour for hour in ((0, 2, 4, 6, *range(OPENS, 24)) if weekday else range(0, 24, 4)))


def in_office(hour: int) -> bool:
    """Whether an hour is one in which pools with office hours are there."""
    return hour // 24 < DAYS.index("sat") and OPENS <= hour % 24 < CLOSES


def _queue(course: Course) -> Queue:
    return course.work.team, course.work.kind, course.work.gpus


class Week:
    """One week in the playing: what is asked of the floor, and what is written down."""

    def __init__(self, plan: Plan, works: Sequence[Work], ranks: Mapping[str, float], seed: int, floor: Floor) -> None:
        """`ranks` are the values of the PriorityClasses: the scheduler looks at higher ones first."""
        self._floor, self._seed = floor, seed
        self._rules: dict[str, Rule] = {rule.work: rule for rule in plan.rules}
        self._rank = {kind: ranks.get(rule.priority, 0.0) for kind, rule in self._rules.items()}
        self._nodes = {node.name: node for node in nodes(plan)}
        self._up: set[str] = set()
        self._gone: dict[str, int] = {}  # until which hour a node is away
        self._coming = list(works)
        self.courses: dict[int, Course] = {}
        self._waiting: list[Course] = []
        self._failed = False
        self.hour = self._before = 0  # now, and when it was looked at last
        self.lows: list[Low] = []
        self.usage: list[dict[str, Any]] = []
        self.away: list[dict[str, Any]] = []

    def play(self, tell: Callable[[str], None]) -> None:
        """Play it from Monday to Sunday."""
        for hour in hours():
            if hour % 24 == 0:
                tell(f"{DAYS[hour // 24]}: {sum(course.ended is not None for course in self.courses.values())} done, {len(self._waiting)} waiting")  # fmt: skip
            self._play(hour)
        # What still runs then has its end all the same: nothing comes between.
        for course in self._running():
            course.ended = (course.since or 0) + course.left

    def seen(self) -> dict[str, Any]:
        """Return what was written down."""
        return {"works": [course.seen() for course in self.courses.values()], "lows": [asdict(low) for low in self.lows],
                "away": self.away, "usage": self.usage}  # fmt: skip

    def _play(self, hour: int) -> None:
        self._before, self.hour = self.hour, hour
        freed = self._end()
        changed = self._change_nodes()
        while self._coming and self._coming[0].asked <= hour:
            work = self._coming.pop(0)
            self.courses[work.id] = Course(work, work.length)
            self._waiting.append(self.courses[work.id])
        self._place(again=changed or freed)
        self._note_services("the scheduler")
        self._note_usage()

    # What ends, and what goes --------------------------------------------------------------------------------------------------

    def _running(self) -> list[Course]:
        return [course for course in self.courses.values() if course.since is not None]

    def _end(self) -> bool:
        """End what has run for as long as it takes; return whether anything did."""
        over = [course for course in self._running() if (course.since or 0) + course.left <= self.hour]
        for course in over:
            course.ended, course.since = (course.since or 0) + course.left, None
        if over:
            self._floor.take([course.work.id for course in over])
            self._look("preemption")
        return bool(over)

    def _look(self, why: str) -> Mapping[int, Spot]:
        """Look where all pods are; what ran and is gone had to give way, and waits again."""
        there = self._floor.look()
        for course in self._running():
            if course.work.id not in there:
                self._lose(course, why)
        return there

    def _lose(self, course: Course, why: str) -> None:
        ran = self.hour - (course.since or 0)
        if course.work.kind in KEPT or course.work.kind.endswith("notebook"):
            course.left = max(1, course.left - ran)
        course.lost.append(why)
        course.since, course.node = None, ""
        self._waiting.append(course)

    # Nodes ---------------------------------------------------------------------------------------------------------------------

    def _change_nodes(self) -> bool:
        """Close and open nodes as office hours, reclaims and the failure want it; return whether any came or went."""
        reclaimed = [node for node in self._there() if self._reclaimed(node)]
        for node in reclaimed:
            self._gone[node.name] = self.hour + (CRUNCH_GONE if self._crunched(node) else GONE)
        self._close(reclaimed, "reclaim")
        self._close(
            [node for node in self._there() if node.pool.hours == "office" and not in_office(self.hour)], "office hours"
        )
        if self.hour >= FAILURE and not self._failed:
            self._failed = True
            homes = {name: count for name, count in self._floor.homes().items() if name in self._up}
            if homes:
                name = min(homes, key=lambda name: (-homes[name], name))
                self._gone[name] = self.hour + FAILURE_GONE
                self._close([self._nodes[name]], "failure")
        came = [node for node in self._nodes.values() if node.name not in self._up and self._is_due(node)]
        if came:
            self._floor.open(came)
            self._up |= {node.name for node in came}
        return bool(came or reclaimed)

    def _there(self) -> list[Node]:
        return [self._nodes[name] for name in sorted(self._up)]

    def _is_due(self, node: Node) -> bool:
        return self._gone.get(node.name, 0) <= self.hour and (node.pool.hours == "always" or in_office(self.hour))

    def _crunched(self, node: Node) -> bool:
        return self.hour == CRUNCH and node.number % 2 == 0

    def _reclaimed(self, node: Node) -> bool:
        """Whether a spot node is taken away at this hour: one draw for each hour and each of a machine's nodes."""
        if node.pool.market != "spot":
            return False
        drawn = (
            Draws("reclaim", self._seed, node.pool.machine.name, node.number, hour).below(RECLAIMED_EVERY) == 0
            for hour in range(self._before + 1, self.hour + 1)
        )
        return self._crunched(node) or any(drawn)

    def _close(self, closed: Sequence[Node], why: str) -> None:
        if not closed:
            return
        names = {node.name for node in closed}
        for course in [course for course in self._running() if course.node in names]:
            self._lose(course, why)
        self._up -= names
        for node in closed:
            self.away.append({"node": node.name, "from": self.hour, "until": self._gone.get(node.name), "why": why})
        for low in self._floor.close(closed, why):
            self.lows.append(Low(self.hour, low.service, low.ready, why))
        self._note_services(why)

    # Places --------------------------------------------------------------------------------------------------------------------

    def _place(self, *, again: bool) -> None:
        """Try to place what waits, in rounds, as long as something finds a place; the heads of each queue at once.

        A queue of which one found none is left alone until the next hour: what stands behind it is no smaller. `again` tries it
        once more, since scheduler and quotas may not have heard of all that has just become free.
        """
        stuck: set[Queue] = set()
        for _ in range(ROUNDS):
            heads = [course for course in self._heads() if _queue(course) not in stuck]
            if not heads:
                return
            placed = self._try(heads)
            if not again:
                stuck |= {_queue(course) for course in heads if not course.node}
            if not placed and not again:
                return
            again = False

    def _heads(self) -> list[Course]:
        """Return what is tried next: by rank and age, and no more than a few of a kind."""
        counts: Counter[Queue] = Counter()
        found = []
        by_rank = sorted(
            self._waiting,
            key=lambda course: (-self._rank[course.work.kind], course.work.asked, course.work.id),
        )
        for course in by_rank:
            counts[_queue(course)] += 1
            if counts[_queue(course)] <= HEADS:
                found.append(course)
        return found

    def _try(self, heads: Sequence[Course]) -> int:
        """Ask for places, and return how many came of it; what has none is taken back until the next time."""
        refused = self._floor.put([course.work for course in heads])
        there = self._look("preemption")
        back = []
        for course in heads:
            spot = there.get(course.work.id, Spot("", refused.get(course.work.id, "")))
            if spot.node:
                course.node, course.since, course.said = spot.node, self.hour, ""
                course.first = self.hour if course.first is None else course.first
                self._waiting.remove(course)
            else:
                course.said = spot.said
                back.append(course.work.id)
        self._floor.take(back)
        return len(heads) - len(back)

    # What is written down ------------------------------------------------------------------------------------------------------

    def _note_services(self, why: str) -> None:
        for service, (ready, wanted) in self._floor.services().items():
            if ready < wanted and self.hour > 0:
                self.lows.append(Low(self.hour, service, ready, why))

    def _note_usage(self) -> None:
        """Write down how much of each pool is there, and in use by what came and went."""
        used: dict[str, Counter[str]] = defaultdict(Counter)
        for course in self._running():
            used[self._nodes[course.node].pool.name].update(gpus=course.work.gpus, cpu=course.work.cpu)
        there = Counter(self._nodes[name].pool.name for name in self._up)
        pools = {node.pool.name: node.pool for node in self._nodes.values()}
        self.usage.append({
            "hour": self.hour,
            "pools": {name: {"nodes": there[name], "gpus": used[name]["gpus"], "cpu": used[name]["cpu"],
                             "all_gpus": there[name] * pool.machine.gpus, "all_cpu": there[name] * pool.machine.cpu}
                      for name, pool in pools.items()},
            "waiting": dict(Counter(course.work.team for course in self._waiting)),
        })  # fmt: skip
