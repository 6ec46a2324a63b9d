"""Weeks that are played without a cluster: a submission's files, read as a grade reads them, on a floor of a few lines."""

from typing import Any

import yaml

from grader.checks import plan as plans
from grader.checks.observed import Observed
from grader.live import week
from harness.exercises.exercise import Exercise
from harness.exercises.scenarios import Scenario
from harness.intake.submission import Submission
from tests.unit.floor import Model, Service


def step_of(exercise: Exercise) -> tuple[Scenario, dict[str, Any]]:
    """Return the scenario that plays a week, and what its step is told."""
    return next((one, dict(order.told)) for one in exercise.scenarios for order in one.steps if order.verb == "week")


def played(submission: Submission) -> Observed:
    """Return what a live check would see of a submission's week."""
    scenario, told = step_of(submission.exercise)
    files = {file.path: file.data.decode() for file in submission.files}
    asked = files[told["demand"]]
    plan = plans.read(files, told["pools"], told["work"], plans.machines(files[told["machines"]]), week.kinds(asked))
    assert not plan.wrong
    objects = [manifest.value for manifest in submission.manifests]
    ranks = {one["metadata"]["name"]: float(one["value"]) for one in objects if one["kind"] == "PriorityClass"}
    quotas = {
        one["metadata"]["namespace"]: int(one["spec"]["hard"]["requests.nvidia.com/gpu"])
        for one in objects
        if one["kind"] == "ResourceQuota"
        and not one["spec"].keys() & {"scopes", "scopeSelector"}  # those are not modelled
    }
    services = [
        _service(one, plan, ranks, objects)
        for name in told["services"]
        for one in objects
        if (one["kind"], one["metadata"]["name"]) == ("Deployment", name)
    ]
    floor = Model(plan, ranks, services, quotas)
    floor.unknown = {rule.priority for rule in plan.rules if rule.priority and rule.priority not in ranks}
    course = week.Week(plan, week.demand(asked, told["seed"]), ranks, told["seed"], floor)
    course.play(lambda _: None)
    return Observed(scenario.name, {"apply_errors": [], "week": course.seen()}, {"kind": "Deployment", "name": "x"})


def _service(deployment: Any, plan: plans.Plan, ranks: dict[str, float], objects: list[Any]) -> Service:
    pod, name = deployment["spec"]["template"]["spec"], deployment["metadata"]["name"]
    wanted = (pod.get("nodeSelector") or {}).get("pool")
    tolerated = {one.get("key") for one in pod.get("tolerations") or []}
    pools = tuple(
        pool.name
        for pool in plan.pools
        if wanted in (None, pool.name) and (pool.market != "spot" or "market" in tolerated) and not pool.machine.gpus
    )
    budgets = [one["spec"] for one in objects if one["kind"] == "PodDisruptionBudget" and name in yaml.safe_dump(one)]
    allowed = budgets[0].get("maxUnavailable", 3 - budgets[0].get("minAvailable", 3)) if budgets else None
    asked = pod["containers"][0]["resources"]["requests"]
    return Service(
        name, pools, deployment["spec"]["replicas"], int(asked["cpu"]), int(asked["memory"].removesuffix("Gi")),
        ranks.get(pod.get("priorityClassName", ""), 0.0), spread="required" in yaml.safe_dump(pod) or "topologySpreadConstraints" in pod,
        allowed=allowed,
    )  # fmt: skip
