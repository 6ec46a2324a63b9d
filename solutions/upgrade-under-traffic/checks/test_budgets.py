# breakfix-canary-3fb097d52d6512bac4b0114b987f0c36: no submission has this word; see docs/hiring.md.
"""What drains may take, and what releases have room and time for. Told from the manifests, whatever else is still wrong."""

import math

from grader.checks import Submission, View, check, fail
from grader.checks.autoscaling import autoscaler
from grader.checks.disruption import budgets, kept
from grader.checks.network import matches
from grader.checks.pods import all_pods, labels_of

HOST = "kubernetes.io/hostname"
USUAL_DEADLINE = 600.0
READY = "/ready"  # how the paths end that answer 503 while a model is loaded
START = 2.0  # seconds, at least, from a pod's making to the server's first step


@check(
    "budget-lets-go",
    claim="With two servers, as at night, one of them may be drained",
    requirement="R4",
    points=5,
    must=True,
)
def test_budget_lets_go(submission: Submission) -> None:
    """Fail where a budget keeps every server that there is, at any number from the floor up, or every pod of something else."""
    own, (floor, ceiling) = submission.pod(), _range(submission)
    for pod in all_pods(submission):
        among = (pod.manifest, pod.path) == (own.manifest, own.path)
        numbers = (
            range(floor, ceiling + 1)
            if among
            else [int(View(pod.manifest, (), pod.manifest.value).at("spec", "replicas").number(1))]
        )
        for budget in budgets(submission, pod):
            for pods in numbers:
                if 0 < pods <= kept(budget, pods):
                    budget.at("spec").fail(
                        f"keeps every pod of {pod.manifest.label} from being drained", expected=f"of {pods}, one that may go",
                        seen=f"keeps {kept(budget, pods)} of {pods}",
                    )  # fmt: skip


@check(
    "one-budget",
    claim="No server is under two disruption budgets, with which none is ever evicted",
    requirement="R4",
    points=5,
    must=True,
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
    must=True,
)
def test_deadline_covers_load(submission: Submission) -> None:
    """Fail where the Deployment's deadline for progress is shorter than the load that the ticket allows, with start and probe."""
    spec, load = submission.workload().at("spec"), submission.exercise["slos"]["load_seconds"]
    probe = submission.container().at("readinessProbe")
    found = probe.at("initialDelaySeconds").number(0) + probe.at("periodSeconds").number(10) if probe.present else 0
    wanted = load + START + found + spec.at("minReadySeconds").number(0)
    if spec.at("progressDeadlineSeconds").number(USUAL_DEADLINE) <= wanted:
        spec.at("progressDeadlineSeconds").fail(
            "a release counts as failed while its first server may still be loading", expected=f"more than {wanted:g} s"
        )


@check(
    "start-covers-load",
    claim="A server that takes its time to load is not restarted meanwhile",
    requirement="R3",
    points=4,
    must=True,
)
def test_start_covers_load(submission: Submission) -> None:
    """Fail where a probe that asks whether the model is loaded gives the server up within the load that the ticket allows."""
    container, load = submission.container(), submission.exercise["slos"]["load_seconds"]
    probe = container.at("startupProbe" if container.at("startupProbe").present else "livenessProbe")
    delay, period, failures = (
        probe.at(key).number(usual)
        for key, usual in (("initialDelaySeconds", 0), ("periodSeconds", 10), ("failureThreshold", 3))
    )
    last = delay + period * (failures - 1)
    if probe.at("httpGet", "path").text().endswith(READY) and last <= load:
        probe.fail(
            "restarts a server that is still loading its model",
            expected=f"a probe that gives up after more than {load:g} s",
            seen=f"its last try is at {last:g} s",
        )


@check(
    "room-for-more",
    claim="Two nodes have room for all servers and for a release's additional one",
    requirement="R3",
    points=5,
    must=True,
)
def test_room_for_more(submission: Submission) -> None:
    """Fail where servers must not share a node, of which there are two, or be spread over both when one is drained."""
    terms = submission.pod().at("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in terms.items():
        selector = term.at("labelSelector")
        if term.at("topologyKey").value == HOST and selector.present and matches(selector, labels_of(submission.pod())):
            term.fail(
                "no two servers may be on one node, and there are two nodes",
                expected="nodes that can take a third server, and more under load",
                seen="one server a node",
            )
    _, ceiling = _range(submission)
    for one in submission.pod().at("topologySpreadConstraints").items():
        hard = one.at("whenUnsatisfiable").text("DoNotSchedule") == "DoNotSchedule"
        counted = (
            one.at("nodeTaintsPolicy").text("Ignore") == "Ignore"
        )  # a node that is drained is tainted, and counts all the same
        selector = one.at("labelSelector")
        if (hard and counted and one.at("topologyKey").value == HOST and one.at("maxSkew").number(1) < ceiling
            and selector.present and matches(selector, labels_of(submission.pod()))):  # fmt: skip
            one.fail(
                "keeps what a drain evicts from the other node, since the drained one still counts",
                expected=f"room for all {ceiling} servers on one node, for as long as the other is drained",
                seen=f"at most {one.at('maxSkew').number(1):g} more on one node than on the other",
            )


def _range(submission: Submission) -> tuple[int, int]:
    """Return how few servers there are, and how many there may be."""
    floor = int(submission.exercise["workload"]["replicas"])
    scaler = autoscaler(submission)
    most = int(scaler.at("spec", "maxReplicas").number(floor)) if scaler is not None else floor
    return floor, min(100, max(floor, most))
