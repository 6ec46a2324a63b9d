"""What the API server's refusals mean is told by their status, reason and causes, never by their words."""

import io
import json
from typing import Any

import pytest
import urllib3

from grader.live.steps.evict import EVICTIONS, Evict
from harness.core.errors import EnvironmentBrokenError, HarnessError
from harness.exercises import exercise as exercises
from harness.exercises.scenarios import Order
from harness.kube.kube import DISRUPTION_BUDGET, ApiRefusedError, _refusal
from tests.unit.world import World

EXERCISE = exercises.load("two-teams-eight-gpus")
JOB = EXERCISE.jobs[0].name


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


def evicted(
    answers: list[Exception | None], budgets: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Return what an eviction comes to when the API server answers so, with these budgets there."""
    world = World(EXERCISE, monkeypatch, Order("evict", {"job": JOB}))
    namespace = EXERCISE.jobs[0].namespace
    for number, selector in enumerate(budgets):
        metadata = {"name": f"b{number}", "namespace": namespace}
        world.api.put(
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": metadata,
                "spec": {"selector": selector},
            }
        )
    world.pod("train-0", job=JOB, labels={"app": "train"}, namespace=namespace)
    world.api.answers["POST", "/eviction"] = answers
    Evict(JOB).run(world.at)
    (wave,) = world.at.told["waves"]
    return {key: wave[key] for key in ("evicted", "refused")}


def no(retry_after: int = 0) -> ApiRefusedError:
    return ApiRefusedError(429, "TooManyRequests", "不行", [DISRUPTION_BUDGET], retry_after)


def test_an_eviction_is_granted_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert evicted([None], [], monkeypatch) == {"evicted": "train-0", "refused": ""}
    assert evicted([no()], [], monkeypatch) == {"evicted": "", "refused": "不行"}
    assert evicted([ApiRefusedError(404, "NotFound", "gone")], [], monkeypatch) == {"evicted": "", "refused": ""}


def test_a_budget_that_is_not_counted_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert evicted([no(10), no(10), None], [], monkeypatch) == {"evicted": "train-0", "refused": ""}
    assert evicted([no(10)] * EVICTIONS, [], monkeypatch)["refused"]


EVERY: dict[str, Any] = {}
THIS = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["train", "other"]}]}
NOT = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["train"]}]}


def test_a_pod_with_two_budgets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API server answers that with a 500, as though it had failed itself."""
    failed = EnvironmentBrokenError("HTTP 500")
    assert "b0, b1" in evicted([failed], [EVERY, THIS], monkeypatch)["refused"]
    few: list[list[dict[str, Any]]] = [[EVERY], [EVERY, NOT], [THIS, {"matchLabels": {"app": "x"}}]]
    for others in few:
        with pytest.raises(EnvironmentBrokenError):
            evicted([failed], others, monkeypatch)
