"""What was seen on simulated nodes, judged: each check passes where it should, and fails where it should."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from grader.checks.observed import Observed
from grader.checks.simulated import need_packed, need_placed, need_product, need_spread
from grader.checks.spec import CheckFailureError


def observed(*nodes: str) -> Observed:
    pods = [
        {
            "workload": "sweep",
            "name": f"sweep-{number}",
            "node": node,
            "product": "H100" if node else "",
            "state": "told",
        }
        for number, node in enumerate(nodes)
    ]
    data: dict[str, Any] = {"apply_errors": [], "ready_within": 8.0, "placed": pods}
    return Observed("monday", data, {"kind": "Job", "name": "sweep"})


@pytest.mark.parametrize(
    ("need", "good", "bad"),
    [
        (partial(need_placed, workload="sweep", pods=2), ("a", "a"), ("a", "")),
        (partial(need_placed, workload="sweep", pods=2), ("a", "b"), ("a",)),
        (partial(need_product, workload="sweep", product="H100"), ("a",), None),
        (partial(need_spread, workload="sweep", most=1), ("a", "b"), ("a", "a")),
        (partial(need_packed, workload="sweep", nodes=1), ("a", "a"), ("a", "b")),
    ],
)
def test_each_tells_right_places_from_wrong_ones(
    need: Callable[[Observed], None], good: tuple[str, ...], bad: tuple[str, ...] | None
) -> None:
    need(observed(*good))
    if bad is not None:
        with pytest.raises(CheckFailureError):
            need(observed(*bad))


def test_another_product_is_told_with_its_node() -> None:
    with pytest.raises(CheckFailureError, match="another kind of node"):
        need_product(observed("a"), "sweep", "A100")
