"""What quotas and limit ranges keep out for good."""

from decimal import Decimal
from typing import Any

import pytest

from grader.checks.admitted import Piece, need_let_in
from grader.checks.spec import CheckFailureError
from grader.checks.view import View
from harness.files.manifests import Manifest

NOTEBOOK = Piece("notebook", {"cpu": Decimal(4), "memory": Decimal(16) * 2**30}, "people")
TRAINING = Piece("training", {**NOTEBOOK.asked, "nvidia.com/gpu": Decimal(2)})


def quota(hard: dict[str, str], **spec: Any) -> dict[str, Any]:
    return {"kind": "ResourceQuota", "spec": {"hard": hard, **spec}}


def limits(**entry: Any) -> dict[str, Any]:
    return {"kind": "LimitRange", "spec": {"limits": [{"type": "Container", **entry}]}}


def by_class(operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"scopeName": "PriorityClass", "operator": operator, "values": [*values]}]}


def kept_out(piece: Piece, value: dict[str, Any]) -> str:
    """Return why a bound keeps a piece out; '' where it does not."""
    value = {"apiVersion": "v1", "metadata": {"name": "x", "namespace": "team"}, **value}
    try:
        need_let_in(piece, [View(Manifest("a.yaml", 1, value), (), value)])
    except CheckFailureError as failure:
        return f"{failure}: {failure.reason.expected}"
    return ""


@pytest.mark.parametrize(
    ("piece", "bound", "out"),
    [
        (NOTEBOOK, quota({"requests.cpu": "4", "limits.memory": "16Gi", "pods": "1"}), False),
        (NOTEBOOK, quota({"limits.cpu": "3900m"}), True),
        (NOTEBOOK, quota({"count/pods": "0"}), True),
        (NOTEBOOK, quota({"requests.nvidia.com/gpu": "0"}), False),
        (TRAINING, quota({"requests.nvidia.com/gpu": "1"}), True),
        (TRAINING, quota({"pods": "0"}, scopes=["BestEffort"]), False),
        (TRAINING, quota({"pods": "0"}, scopes=["NotBestEffort"]), True),
        (TRAINING, quota({"pods": "0"}, scopeSelector=by_class("In", "people")), False),
        (NOTEBOOK, quota({"pods": "0"}, scopeSelector=by_class("In", "people")), True),
        (NOTEBOOK, quota({"pods": "0"}, scopeSelector=by_class("NotIn", "people")), False),
        (TRAINING, quota({"pods": "0"}, scopeSelector=by_class("Exists")), False),
        (TRAINING, quota({"pods": "0"}, scopeSelector=by_class("DoesNotExist")), True),
        (NOTEBOOK, limits(max={"cpu": "4"}, min={"memory": "1Gi"}), False),
        (NOTEBOOK, limits(max={"cpu": "2"}), True),
        (NOTEBOOK, limits(min={"cpu": "8"}), True),
        (NOTEBOOK, limits(min={"nvidia.com/gpu": "1"}), True),
        (NOTEBOOK, limits(max={"nvidia.com/gpu": "4"}), False),
        (NOTEBOOK, limits(type="Pod", max={"nvidia.com/gpu": "4"}), True),
        (NOTEBOOK, limits(type="PersistentVolumeClaim", max={"storage": "1Gi"}), False),
    ],
)
def test_what_keeps_a_pod_out_for_good(piece: Piece, bound: dict[str, Any], out: bool) -> None:  # noqa: FBT001 - the case's verdict
    assert bool(kept_out(piece, bound)) is out


def test_an_amount_is_said_as_manifests_have_it() -> None:
    assert "16Gi" in kept_out(NOTEBOOK, quota({"requests.memory": "8Gi"}))
