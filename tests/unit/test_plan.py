"""A plan's tables: what they come to, and what is said of each line that is wrong."""

import pytest

from grader.checks.plan import machines, need_affordable, need_read, read
from grader.checks.spec import CheckFailureError

CATALOGUE = machines("machine,cpu,memory,gpus,on-demand,spot\nsmall,16,64,0,0.80,0.28\nlarge,96,384,8,9.80,3.30\n")
POOLS = "pool,machine,market,hours,nodes\n# why\nbase,small,on-demand,always,3\ndesks,small,on-demand,office,2\n\ntrain,large,spot,always,1\n"
WORK = "work,priority,pools\nnotebook,first,desks base\nbatch,,train\n"
KINDS = ("notebook", "batch")


def of(pools: str = POOLS, work: str = WORK, **files: str):  # type: ignore[no-untyped-def] # noqa: ANN201 - a Plan
    return read({"pools.csv": pools, "work.csv": work, **files}, "pools.csv", "work.csv", CATALOGUE, KINDS)


def test_pools_cost_their_price_times_hours_times_nodes() -> None:
    plan = of()
    assert plan.wrong == []
    assert [round(pool.cost, 2) for pool in plan.pools] == [403.2, 96.0, 554.4]
    assert [(rule.work, rule.priority, rule.pools) for rule in plan.rules] == [
        ("notebook", "first", ("desks", "base")),
        ("batch", "", ("train",)),
    ]
    need_read(plan)
    need_affordable(plan, 1053.6, "pools.csv")


def test_the_dearest_pool_is_named() -> None:
    with pytest.raises(CheckFailureError) as found:
        need_affordable(of(), 1000, "pools.csv")
    assert found.value.reason.seen == "1,053.60; train alone 554.40"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("pool,machine", "name,machine", 1, "the first line has to name the columns pool,machine,market,hours,nodes"),
        ("base,small,on-demand,always,3", "base,small,always,3", 3, "has 4 columns, not 5"),
        ("base,small", "Base,small", 3, "'Base' is no name for a pool"),
        ("desks,small", "base,small", 4, "pool base has two lines"),
        ("train,large", "train,huge", 6, "there is no machine 'huge'; there are small, large"),
        ("spot,always", "reserved,always", 6, "market 'reserved' is neither"),
        ("office", "weekdays", 4, "hours 'weekdays' are neither"),
        ("spot,always", "spot,office", 6, "spot machines are rented by the week"),
        ("always,3", "always,0", 3, "nodes '0' are no number from 1 to 80"),
        ("always,3", "always,-3", 3, "nodes '-3' are no number"),
        ("always,3", "always,\uff13", 3, "no number"),
        ("always,3", "always,79", 0, "at most 80 in 12 are played"),
    ],
)
def test_what_is_wrong_with_a_pool_is_said_with_its_line(old: str, new: str, line: int, told: str) -> None:
    wrong = of(POOLS.replace(old, new, 1)).wrong[0]
    assert (wrong.file, wrong.line) == ("pools.csv", line)
    assert told in wrong.message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("batch,,train\n", "", "no line says where batch may go"),
        ("batch,,train", "batch,,", "batch has no pool to go to"),
        ("batch,,train", "batch,,train night", "there is no pool 'night'"),
        ("batch,,train", "notebook,,train", "notebook has two lines"),
        ("batch,,train", "serving,,train", "there is no work 'serving'; there is notebook, batch"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(old: str, new: str, told: str) -> None:
    plan = of(work=WORK.replace(old, new))
    assert told in [wrong.message for wrong in plan.wrong]
    with pytest.raises(CheckFailureError):
        need_read(plan)


def test_a_table_that_is_missing_is_named() -> None:
    plan = read({}, "pools.csv", "work.csv", CATALOGUE, KINDS)
    assert [wrong.message for wrong in plan.wrong][:2] == ["pools.csv is missing", "work.csv is missing"]


def test_a_spreadsheets_mark_and_spaces_do_no_harm() -> None:
    assert of("\ufeff" + POOLS.replace(",", ", ")).wrong == []
