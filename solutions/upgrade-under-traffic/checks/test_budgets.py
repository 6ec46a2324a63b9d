# breakfix-canary-3fb097d52d6512bac4b0114b987f0c36: no submission has this word; see docs/hiring.md.
"""What drains may take, and what releases have room and time for. Told from the manifests, whatever else is still wrong."""

import math

from grader.checks import Submission, check, fail
from grader.checks.autoscaling import autoscaler
from grader.checks.disruption import budgets, kept
from grader.checks.network import matches
from grader.checks.pods import labels_of

HOST = "kubernetes.io/hostname"
USUAL_DEADLINE = 600.0


@check(
    "budget-lets-go",
    claim="With two servers, as at night, one of them may be drained",
    requirement="R4",
    points=5,
)
def test_budget_lets_go(submission: Submission) -> None:
    """Fail where a budget keeps every server that there is, at any number from the floor up."""
    floor, ceiling = _range(submission)
    for budget in budgets(submission, submission.pod()):
        for pods in range(floor, ceiling + 1):
            if kept(budget, pods) >= pods:
                budget.at("spec").fail(
                    "keeps every server from being drained", expected=f"of {pods} servers, one that may go",
                    seen=f"keeps {kept(budget, pods)} of {pods}",
                )  # fmt: skip


@check(
    "one-budget",
    claim="No server is under two disruption budgets, with which none is ever evicted",
    requirement="R4",
    points=5,
)
def test_one_budget(submission: Submission) -> None:
    """Fail at the second budget."""
    found = budgets(submission, submission.pod())
    if len(found) > 1:
        found[1].at("spec", "selector").fail(
            "selects the servers' pods, which are under another budget",
            expected="at most one budget for each pod",
            seen=", ".join(budget.manifest.label for budget in found),
        )


@check(
    "budget-protects",
    claim="Drains leave at least half of the servers, at every number of servers",
    requirement="R5",
    points=5,
    must=True,
)
def test_budget_protects(submission: Submission) -> None:
    """Fail where no budget keeps half of the servers."""
    floor, ceiling = _range(submission)
    found = budgets(submission, submission.pod())
    if not found:
        wanted = submission.exercise["workload"]
        fail("no disruption budget selects the servers' pods", object=f"{wanted['kind']}/{wanted['name']}",
             expected="a budget that keeps at least half of them", seen="none")  # fmt: skip
    for budget in found:
        for pods in range(floor, ceiling + 1):
            if kept(budget, pods) < math.ceil(pods / 2):
                budget.at("spec").fail(
                    "lets drains take more than half of the servers",
                    expected=f"of {pods} servers, at least {math.ceil(pods / 2)} that stay",
                    seen=f"{kept(budget, pods)} of {pods}",
                )


@check(
    "deadline-covers-load",
    claim="A release is not given up while a slow model is being loaded",
    requirement="R3",
    points=5,
)
def test_deadline_covers_load(submission: Submission) -> None:
    """Fail where the Deployment's deadline for progress is shorter than the load that the ticket allows."""
    spec, load = submission.workload().at("spec"), submission.exercise["slos"]["load_seconds"]
    wanted = load + spec.at("minReadySeconds").number(0)
    if spec.at("progressDeadlineSeconds").number(USUAL_DEADLINE) <= wanted:
        spec.at("progressDeadlineSeconds").fail(
            "a release counts as failed while its first server may still be loading", expected=f"more than {wanted:g} s"
        )


@check(
    "room-for-more",
    claim="Two nodes have room for all servers and for a release's additional one",
    requirement="R3",
    points=5,
)
def test_room_for_more(submission: Submission) -> None:
    """Fail where servers must not share a node, of which there are two."""
    terms = submission.pod().at("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in terms.items():
        selector = term.at("labelSelector")
        if term.at("topologyKey").value == HOST and selector.present and matches(selector, labels_of(submission.pod())):
            term.fail(
                "no two servers may be on one node, and there are two nodes",
                expected="nodes that can take a third server, and more under load",
                seen="one server a node",
            )


def _range(submission: Submission) -> tuple[int, int]:
    """Return how few servers there are, and how many there may be."""
    floor = int(submission.exercise["workload"]["replicas"])
    scaler = autoscaler(submission)
    most = int(scaler.at("spec", "maxReplicas").number(floor)) if scaler is not None else floor
    return floor, min(100, max(floor, most))
