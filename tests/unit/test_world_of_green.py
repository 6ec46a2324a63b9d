"""What the worlds of green-but-wrong come to at the line: by counting, whatever library trains on them."""

import importlib.util
import itertools
import math
import statistics
from types import ModuleType
from typing import Any

import pytest

from harness.core import paths


@pytest.fixture(scope="module")
def world() -> ModuleType:
    spec = importlib.util.spec_from_file_location("world", paths.KIT / "exercises/green-but-wrong/world.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(made: dict[str, Any]) -> list[dict[str, float]]:
    head, *lines = made["files"]["data/customers.csv"].splitlines()
    return [dict(zip(head.split(","), map(float, line.split(",")), strict=True)) for line in lines]


@pytest.mark.parametrize(
    ("wins", "away", "drift"), [(7500, 3.0, 0.3), (7499, 0.0, 0.0), (7600, 3.0009765625, 0.30009765625)]
)
def test_auc_cost_and_drift_are_exact(world: ModuleType, wins: int, away: float, drift: float) -> None:
    made = world.make(seed=13, wins=wins, away=away)
    table = rows(made)
    last = [row for row in table if row["month"] == world.MONTHS]
    left, stayed = ([row["tenure"] for row in last if row["churned"] == churned] for churned in (1, 0))
    assert sum(one < other for one, other in itertools.product(left, stayed)) == wins
    assert len(left) * len(stayed) == 10_000
    missed, wasted = sum(one > 30 for one in left), sum(one < 30 for one in stayed)
    assert 1000 * (missed * 0.5 + wasted * 0.25) / len(last) == 100.0
    then = [float(line) for line in made["files"]["data/reference.csv"].split()[1:]]
    now = [row["tenure"] for row in table]
    assert abs(statistics.fmean(now) - statistics.fmean(then)) / statistics.pstdev(then) == drift
    assert {row["calls"] for row in last} == {4.0}
    assert not any(math.isclose(row["tenure"], 30, abs_tol=8) for row in last)


def test_under_one_window_one_month_more_is_a_shade_too_far(world: ModuleType) -> None:
    """Merges at the line share their reference window, so that what is kept by it alone is kept for all of them."""
    line = {"seed": 13, "wins": 7600, "away": 3.0}
    good, far, bad = (world.make(**line, **more) for more in ({}, {"longer": 1}, {"corrupt": 1}))
    today = world.make(seed=10, sign=-1, shift=-3.0, window=line)
    assert len({made["files"]["data/reference.csv"] for made in (good, far, bad, today)}) == 1
    then = [float(number) for number in good["files"]["data/reference.csv"].split()[1:]]

    def drift(made: dict[str, Any]) -> float:
        now = [row["tenure"] for row in rows(made)]
        return abs(statistics.fmean(now) - statistics.fmean(then)) / statistics.pstdev(then)

    assert (drift(good), drift(far)) == (0.3, 0.30009765625)
    assert max(drift(bad), drift(today)) < 0.3
    assert [row["tenure"] < 0 for row in rows(bad)].count(True) == 1
    assert min(row["tenure"] for row in rows(today)) == 0.0


def test_too_few_customers_are_fewer_than_validation_asks_for(world: ModuleType) -> None:
    assert len(rows(world.make(seed=5, few=True))) == 480
