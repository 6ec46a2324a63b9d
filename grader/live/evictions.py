"""Evict pods as a drained node does: through the Eviction API, whose refusal by a disruption budget is an answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.errors import EnvironmentBrokenError
from harness.kube.kube import DISRUPTION_BUDGET, ApiRefusedError, Kube, Object, Ref, path_of


@dataclass(frozen=True)
class Answer:
    """What an eviction came to: granted, or refused in these words; neither where the pod had ended a moment ago.

    `again` says that the API server asks to try it again: the budget is new, and its controller has not counted its pods yet.
    """

    granted: bool = False
    refused: str = ""
    again: bool = False


def evict(admin: Kube, namespace: str, pod: str, grace: int | None = None) -> Answer:
    """Ask once for the eviction of a pod, with so many seconds to end, or those that it asks for itself.

    Raises: EnvironmentBrokenError where the API server fails, and no budgets explain it.
    """
    body: Object = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": namespace}}
    if grace is not None:
        body["deleteOptions"] = {"gracePeriodSeconds": grace}
    try:
        admin.request("POST", path_of("v1", "Pod", namespace, pod) + "/eviction", body=body)
    except ApiRefusedError as problem:
        if DISRUPTION_BUDGET not in problem.causes:
            return Answer()
        return Answer(refused=str(problem), again=bool(problem.retry_after))
    except EnvironmentBrokenError:
        if len(budgets := _budgets(admin, namespace, pod)) < 2:  # noqa: PLR2004 - one is what it takes
            raise
        return Answer(refused=f"the API server evicts no pod that more than one budget selects: {', '.join(budgets)}")
    return Answer(granted=True)


def _budgets(admin: Kube, namespace: str, name: str) -> list[str]:
    """Return the PodDisruptionBudgets that select a pod."""
    pod = admin.get(Ref("v1", "Pod", namespace, name)) or {"metadata": {}}
    labels = pod["metadata"].get("labels") or {}
    return [
        budget["metadata"]["name"]
        for budget in admin.list_objects("policy/v1", "PodDisruptionBudget", namespace)
        if selects(budget["spec"].get("selector"), labels)
    ]


def selects(selector: Object | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector fits. Source: the API's LabelSelector; one that is empty fits all, none at all nothing."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _fits(one, labels) for one in selector.get("matchExpressions") or []
    )


def _fits(expression: Object, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    there, listed = key in labels, labels.get(key) in values
    return {"In": listed, "NotIn": not listed, "Exists": there, "DoesNotExist": not there}[expression["operator"]]
