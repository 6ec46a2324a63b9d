"""What the API server's refusals mean is told by their status, reason and causes, never by their words."""

import io
import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import urllib3

from grader import waves
from harness.errors import EnvironmentBrokenError, HarnessError
from harness.kube import DISRUPTION_BUDGET, ApiRefusedError, _refusal

if TYPE_CHECKING:
    from grader.observer import Observer
    from harness.exercise import Scenario
    from harness.run import Run


def refusal(code: int, **status: Any) -> HarnessError:
    return answered(code, json.dumps({"kind": "Status", "code": code, **status}).encode())


def answered(code: int, body: bytes) -> HarnessError:
    return _refusal("POST", "/x", urllib3.HTTPResponse(io.BytesIO(body), status=code, preload_content=False))


BUDGET = {"causes": [{"reason": "DisruptionBudget", "message": "用尽了"}]}


def test_a_budget_refuses_and_a_busy_server_fails() -> None:
    """Both are 429; the cause tells them apart in any language."""
    found = refusal(429, reason="TooManyRequests", message="不行", details=BUDGET)
    assert isinstance(found, ApiRefusedError)
    assert (found.status, found.causes, found.retry_after) == (429, frozenset({DISRUPTION_BUDGET}), 0)
    busy = refusal(429, reason="TooManyRequests", message="disruption budget", details={"retryAfterSeconds": 1})
    assert isinstance(busy, EnvironmentBrokenError)


def test_other_refusals_and_failures() -> None:
    assert isinstance(
        refusal(422, reason="Invalid", details={"causes": [{"reason": "FieldValueInvalid"}]}), ApiRefusedError
    )
    assert isinstance(refusal(500, reason="InternalError"), EnvironmentBrokenError)
    assert isinstance(answered(404, b"[]"), ApiRefusedError)
    assert isinstance(answered(503, b"<html>"), EnvironmentBrokenError)


def evicted(answers: list[Exception | None], budgets: list[dict[str, Any]]) -> dict[str, str]:
    """Return what an eviction comes to when the API server answers so, with these budgets there."""

    def request(*_: object, **__: object) -> None:
        if (problem := answers.pop(0)) is not None:
            raise problem

    admin = SimpleNamespace(
        request=request, list_objects=lambda *_: [{"metadata": {"name": f"b{n}"}, "spec": {"selector": one}} for n, one in enumerate(budgets)],
        get=lambda _: {"metadata": {"labels": {"app": "train"}}},
    )  # fmt: skip
    job = SimpleNamespace(name="train", namespace="team")
    run = SimpleNamespace(admin=admin, exercise=SimpleNamespace(jobs=[job]), renaming=SimpleNamespace(text=str))
    pod = {"job": "train", "name": "train-0", "phase": "Running", "deleting": False}
    scenario = SimpleNamespace(waves=[SimpleNamespace(jobs=("train",))])
    one = waves.Waves(
        cast("Run", run), cast("Scenario", scenario), cast("Observer", SimpleNamespace(own_pods=lambda: [pod])),
        lambda _: None, lambda _: None,
    )  # fmt: skip
    return one._evict("train")


def no(retry_after: int = 0) -> ApiRefusedError:
    return ApiRefusedError(429, "TooManyRequests", "不行", [DISRUPTION_BUDGET], retry_after)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


def test_an_eviction_is_granted_or_refused() -> None:
    assert evicted([None], []) == {"evicted": "train-0", "refused": ""}
    assert evicted([no()], []) == {"evicted": "", "refused": "不行"}
    assert evicted([ApiRefusedError(404, "NotFound", "gone")], []) == waves.NOBODY


def test_a_budget_that_is_not_counted_yet_is_asked_again() -> None:
    assert evicted([no(10), no(10), None], []) == {"evicted": "train-0", "refused": ""}
    assert evicted([no(10)] * waves.EVICTIONS, [])["refused"]


EVERY: dict[str, Any] = {}
THIS = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["train", "other"]}]}
NOT = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["train"]}]}


def test_a_pod_with_two_budgets_is_refused() -> None:
    """The API server answers that with a 500, as though it had failed itself."""
    failed = EnvironmentBrokenError("HTTP 500")
    assert "b0, b1" in evicted([failed], [EVERY, THIS])["refused"]
    few: list[list[dict[str, Any]]] = [[EVERY], [EVERY, NOT], [THIS, {"matchLabels": {"app": "x"}}]]
    for others in few:
        with pytest.raises(EnvironmentBrokenError):
            evicted([failed], others)
