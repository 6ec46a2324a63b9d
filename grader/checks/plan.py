"""A plan of a platform, as tables: which machines there are, which pools of them are rented, and which work goes where.

Columns are as the files' first lines name them. Prices are euros an hour; a week has 168 hours, office hours are 60 of them.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from grader.checks.spec import fail

HOURS = {
    "always": 168,
    "office": 60,
}  # of a week in which a pool is there, and is paid for; office: Monday to Friday, 8 to 20
MARKETS = ("on-demand", "spot")
POOLS = ("pool", "machine", "market", "hours", "nodes")
WORK = ("work", "priority", "pools")
MOST_NODES, MOST_POOLS = 80, 12
NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")


@dataclass(frozen=True)
class Machine:
    """One sort of machine: cores, GiB of memory, GPUs, and what it costs an hour by its market."""

    name: str
    cpu: int
    memory: int
    gpus: int
    prices: Mapping[str, float]


@dataclass(frozen=True)
class Pool:
    """So many nodes that are alike, and when they are there."""

    name: str
    machine: Machine
    market: str
    hours: str
    nodes: int

    @property
    def cost(self) -> float:
        """What it costs a week, in euros."""
        return self.machine.prices[self.market] * HOURS[self.hours] * self.nodes


@dataclass(frozen=True)
class Rule:
    """Where one sort of work may go, the pools that are liked best first, and the PriorityClass of its pods, '' for none."""

    work: str
    priority: str
    pools: tuple[str, ...]


@dataclass(frozen=True)
class Wrong:
    """What is wrong at one line of a table; line 0 is the file as a whole."""

    file: str
    line: int
    message: str


@dataclass
class Plan:
    """What the two tables hold, as far as they can be read, and all that is wrong with them."""

    pools: list[Pool] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """What all pools cost a week, in euros."""
        return sum(pool.cost for pool in self.pools)


def machines(text: str) -> dict[str, Machine]:
    """Return the machines of a catalogue that the exercise brings."""
    found = (
        Machine(row["machine"], int(row["cpu"]), int(row["memory"]), int(row["gpus"]),
                {market: float(row[market]) for market in MARKETS})
        for row in csv.DictReader(io.StringIO(text))
    )  # fmt: skip
    return {machine.name: machine for machine in found}


def read(files: Mapping[str, str], pools: str, work: str, catalogue: Mapping[str, Machine], kinds: Collection[str]) -> Plan:  # fmt: skip
    """Return the plan of a submission's files, of which `pools` and `work` are its tables' paths.

    `kinds` are the sorts of work that have to have a line.
    """
    plan = Plan()
    for line, row in _rows(files, pools, POOLS, plan):
        _pool(plan, Wrong(pools, line, ""), row, catalogue)
    count = sum(pool.nodes for pool in plan.pools)
    if count > MOST_NODES or len(plan.pools) > MOST_POOLS:
        plan.wrong.append(
            Wrong(
                pools, 0, f"{count} nodes in {len(plan.pools)} pools; at most {MOST_NODES} in {MOST_POOLS} are played"
            )
        )
    for line, row in _rows(files, work, WORK, plan):
        _rule(plan, Wrong(work, line, ""), row, kinds)
    missing = [kind for kind in kinds if kind not in {rule.work for rule in plan.rules}]
    if missing and not any(wrong.file == work for wrong in plan.wrong):
        plan.wrong.append(Wrong(work, 0, f"no line says where {', '.join(missing)} may go"))
    return plan


def need_read(plan: Plan) -> None:
    """Fail with the first thing that is wrong, and how many more there are."""
    if plan.wrong:
        first, others = plan.wrong[0], len(plan.wrong) - 1
        fail(f"{first.message}{f' (and {others} more)' if others else ''}", object=first.file, file=first.file, line=max(1, first.line))  # fmt: skip


def need_affordable(plan: Plan, budget: float, file: str) -> None:
    """Fail where the pools cost more than there is; the dearest is named."""
    if plan.cost > budget:
        pool = max(plan.pools, key=lambda pool: pool.cost)
        fail("the pools cost more than the budget", object=file, file=file, line=1, expected=f"at most {budget:,.0f} euros a week",
             seen=f"{plan.cost:,.2f}; {pool.name} alone {pool.cost:,.2f}")  # fmt: skip


def _rows(
    files: Mapping[str, str], path: str, columns: tuple[str, ...], plan: Plan
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line of a table that has all columns, with its number; note what is wrong with the others."""
    if path not in files:
        plan.wrong.append(Wrong(path, 0, f"{path} is missing"))
        return
    lines = list(csv.reader(io.StringIO(files[path].removeprefix("\ufeff")), skipinitialspace=True))
    rows = [(number, [cell.strip() for cell in line]) for number, line in enumerate(lines, 1)]
    rows = [(number, row) for number, row in rows if any(row) and not row[0].startswith("#")]
    if not rows or sorted(rows[0][1]) != sorted(columns):
        plan.wrong.append(
            Wrong(path, rows[0][0] if rows else 0, f"the first line has to name the columns {','.join(columns)}")
        )
        return
    for number, row in rows[1:]:
        if len(row) == len(columns):
            yield number, dict(zip(rows[0][1], row, strict=True))
        else:
            plan.wrong.append(Wrong(path, number, f"has {len(row)} columns, not {len(columns)}"))


def _pool(plan: Plan, at: Wrong, row: Mapping[str, str], catalogue: Mapping[str, Machine]) -> None:
    wrong = [
        message
        for message, holds in (
            (f"{row['pool']!r} is no name for a pool: lower-case letters, digits and -, at most 30", NAME.fullmatch(row["pool"])),
            (f"pool {row['pool']} has two lines", row["pool"] not in {pool.name for pool in plan.pools}),
            (f"there is no machine {row['machine']!r}; there are {', '.join(catalogue)}", row["machine"] in catalogue),
            (f"market {row['market']!r} is neither of {', '.join(MARKETS)}", row["market"] in MARKETS),
            (f"hours {row['hours']!r} are neither of {', '.join(HOURS)}", row["hours"] in HOURS),
            (f"nodes {row['nodes']!r} are no number from 1 to {MOST_NODES}", _count(row["nodes"])),
        )
        if not holds
    ]  # fmt: skip
    if row["market"] == "spot" and row["hours"] == "office":
        wrong.append("spot machines are rented by the week: hours always")
    plan.wrong += [Wrong(at.file, at.line, message) for message in wrong]
    if not wrong:
        machine = catalogue[row["machine"]]
        plan.pools.append(Pool(row["pool"], machine, row["market"], row["hours"], int(row["nodes"])))


def _count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_NODES)) and 1 <= int(text) <= MOST_NODES


def _rule(plan: Plan, at: Wrong, row: Mapping[str, str], kinds: Collection[str]) -> None:
    there, named = {pool.name for pool in plan.pools}, tuple(row["pools"].split())
    wrong = [f"there is no work {row['work']!r}; there is {', '.join(kinds)}"] if row["work"] not in kinds else []
    wrong += [f"{row['work']} has two lines"] if row["work"] in {rule.work for rule in plan.rules} else []
    wrong += [f"there is no pool {name!r}" for name in named if name not in there]
    wrong += [] if named else [f"{row['work']} has no pool to go to"]
    plan.wrong += [Wrong(at.file, at.line, message) for message in wrong]
    if not wrong:
        plan.rules.append(Rule(row["work"], row["priority"], tuple(dict.fromkeys(named))))
