# breakfix-canary-ab4e93d8838e03a360f17dd143802fea: no submission has this word; see docs/hiring.md.
"""Hidden: what files say of services, quotas and the design."""

import re
from collections.abc import Iterator
from decimal import Decimal

from grader.checks import Submission, View, check, fail
from harness.files.quantity import quantity

DESIGN, LEAST = "DESIGN.md", 40  # words under each heading
HEADINGS = ("Requirements asked", "Components", "Capacity and cost", "Sharing", "Trade-offs", "Phases", "Operation")
SERVICES = ("ranking-api", "fraud-api", "search-api")
HOSTNAME = "kubernetes.io/hostname"
# The largest piece of any team: GPUs, cores, GiB. Source: platform/demand.csv.
LARGEST = {"team-ads": (1, 8, 32), "team-fraud": (1, 8, 32), "team-search": (1, 8, 32), "team-vision": (4, 32, 128), "team-language": (4, 32, 128)}  # fmt: skip


@check("design-answered", claim="DESIGN.md answers under each heading of the template", requirement="R8", points=6, must=True)  # fmt: skip
def test_design_is_answered(submission: Submission) -> None:
    """Fail at the first heading that is missing, or has less than a few sentences under it; people judge what they say."""
    parts = re.split(r"^#{1,4}\s+", submission.files.get(DESIGN, ""), flags=re.MULTILINE)
    said = {part.partition("\n")[0].strip().casefold(): part.partition("\n")[2] for part in parts}
    for heading in HEADINGS:
        words = len(said.get(heading.casefold(), "").split())
        if words < LEAST:
            fail("a part of the design is missing", object=DESIGN, file=DESIGN, line=1, expected=f"an answer under {heading!r}",
                 seen=f"{words} words" if heading.casefold() in said else "no such heading")  # fmt: skip


@check("services-drainable", claim="Each service can be drained one replica at a time", requirement="R7", points=6, must=True, requires=["services-declared"])  # fmt: skip
def test_services_are_drainable(submission: Submission) -> None:
    """Fail where no budget selects a service's pods, more than one does, or it lets none or several go."""
    for name in (submission.name(name) for name in SERVICES):
        deployment = submission.get("Deployment", name)
        replicas = deployment.at("spec", "replicas").number(1)
        labels = deployment.at("spec", "template", "metadata", "labels")
        found = [
            view for view in submission.all("PodDisruptionBudget") if _selects(view.at("spec", "selector"), labels)
        ]
        if len(found) != 1:
            deployment.fail("is to be selected by one PodDisruptionBudget", expected="one", seen=str(len(found)))
        allowed = _allowed(found[0], int(replicas))
        if allowed != 1:
            found[0].at("spec").fail("lets other than one replica go at a time", expected="one", seen=str(allowed))


@check("services-apart", claim="No two replicas of a service share a node", requirement="R7", points=6, must=True, requires=["services-declared"])  # fmt: skip
def test_services_are_apart(submission: Submission) -> None:
    """Fail where nothing that is required keeps replicas apart."""
    for name in (submission.name(name) for name in SERVICES):
        pod = submission.get("Deployment", name).at("spec", "template", "spec")
        labels = submission.get("Deployment", name).at("spec", "template", "metadata", "labels")
        terms = pod.at("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution").items()
        spreads = [
            one
            for one in pod.at("topologySpreadConstraints").items()
            if one.at("whenUnsatisfiable").value == "DoNotSchedule" and one.at("maxSkew").number(0) == 1
        ]
        if not any(one.at("topologyKey").value == HOSTNAME and _selects(one.at("labelSelector"), labels) for one in (*terms, *spreads)):  # fmt: skip
            pod.fail("nothing keeps two replicas from sharing a node", expected=f"a required rule on {HOSTNAME}")


@check("quotas-passable", claim="Each piece of work fits into its team's quota and limits alone", requirement="R9", points=4, must=True)  # fmt: skip
def test_quotas_are_passable(submission: Submission) -> None:
    """Fail at a bound that keeps a team's largest piece out for good."""
    for shipped, (gpus, cpu, memory) in LARGEST.items():
        team = submission.name(shipped)
        asked = {"nvidia.com/gpu": Decimal(gpus), "cpu": Decimal(cpu), "memory": Decimal(memory) * 2**30, "pods": Decimal(1), "count/pods": Decimal(1)}  # fmt: skip
        for bound, resource in _bounds(submission, team):
            most = quantity(bound.value)
            if resource in asked and most is not None and most < asked[resource]:
                bound.fail(f"keeps out work of {team}", expected=f"at least {asked[resource]:f}")


def _bounds(submission: Submission, team: str) -> Iterator[tuple[View, str]]:
    """Yield what a quota or a limit range of a namespace bounds, and of which resource."""
    for view in submission.all("ResourceQuota", "LimitRange"):
        if view.manifest.namespace != team:
            continue
        for name, bound in view.at("spec", "hard").entries().items():
            yield bound, name.removeprefix("requests.").removeprefix("limits.")
        for entry in view.at("spec", "limits").items():
            yield from ((bound, name) for name, bound in entry.at("max").entries().items())


def _selects(selector: View, labels: View) -> bool:
    """Whether a label selector fits a pod template's labels."""
    if not selector.present:
        return False
    matched = all(labels.at(key).value == value.value for key, value in selector.at("matchLabels").entries().items())
    return matched and all(_holds(one, labels) for one in selector.at("matchExpressions").items())


def _holds(expression: View, labels: View) -> bool:
    label = labels.at(expression.at("key").text())
    values = [one.value for one in expression.at("values").items()]
    operator = expression.at("operator").text()
    return {"In": label.value in values, "NotIn": label.value not in values, "Exists": label.present,
            "DoesNotExist": not label.present}.get(operator, False)  # fmt: skip


def _allowed(budget: View, replicas: int) -> int:
    """Return how many of so many pods a budget lets go at a time. Percentages are rounded up, as its controller does."""
    most, least = budget.at("spec", "maxUnavailable"), budget.at("spec", "minAvailable")
    if most.present:
        return _count(most, replicas)
    return replicas - _count(least, replicas) if least.present else replicas


def _count(bound: View, replicas: int) -> int:
    share = re.fullmatch(r"(\d{1,4})%", bound.value) if isinstance(bound.value, str) else None
    if share:
        return -(-replicas * int(share[1]) // 100)
    return int(bound.number(0))
