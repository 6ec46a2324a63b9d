"""Public: the tables and what they cost, the services as the ticket wants them, and how people and nights fared."""

from pathlib import Path

from grader.checks import Observed, Submission, check, fail
from grader.checks.bounds import POD_SPECS, asked_of
from grader.checks.plan import Plan, machines, need_affordable, need_read, read
from grader.checks.weeks import need_done, need_kept
from harness.files.quantity import quantity

PLATFORM = Path(__file__).parents[1] / "workspace" / "platform"
POOLS, WORK = "plan/pools.csv", "plan/work.csv"
KINDS = ("notebook", "gpu-notebook", "training", "large-training", "sweep", "batch")
SERVICES = ("ranking-api", "fraud-api", "search-api")
BUDGET = 4000.0
BOUNDS = {"ResourceQuota", "LimitRange"}  # in teams' namespaces alone
OWN = {"Deployment", "Service", "ConfigMap", "PodDisruptionBudget", "PriorityClass", "ResourceQuota", "LimitRange"}


def plan_of(submission: Submission) -> Plan:
    """Return the plan as its tables say."""
    return read(submission.files, POOLS, WORK, machines((PLATFORM / "machines.csv").read_text("utf-8")), KINDS)


@check("plan-readable", claim="Pools and work are tables that can be played", requirement="R9", points=4, must=True)
def test_plan_is_readable(submission: Submission) -> None:
    """Fail with the first line that is wrong."""
    need_read(plan_of(submission))


@check("affordable", claim="The pools cost no more than the budget", requirement="R1", points=8, must=True, requires=["plan-readable"])  # fmt: skip
def test_plan_is_affordable(submission: Submission) -> None:
    """Fail where the price list says otherwise."""
    need_affordable(plan_of(submission), BUDGET, POOLS)


@check("services-declared", claim="All three services are there, as large as the ticket says", requirement="R6", points=4, must=True)  # fmt: skip
def test_services_are_declared(submission: Submission) -> None:
    """Fail at the first that is missing, or smaller; replicas may be more."""
    wanted = submission.exercise["workload"]
    for service in (submission.name(name) for name in SERVICES):
        deployment = submission.get("Deployment", service)
        replicas = deployment.at("spec", "replicas")
        if replicas.number(1) != wanted["replicas"]:
            replicas.fail("is not what the ticket says", expected=f"{wanted['replicas']} replicas")
        containers = deployment.at("spec", "template", "spec", "containers")
        server = containers.named("server")
        if server is None:
            containers.fail("the service has no container server", expected="a container named server")
        for resource, least in wanted["requests"].items():
            asked = asked_of(server, resource)
            if asked is None or asked < (quantity(least) or 0):
                server.at("resources", "requests", resource).fail(
                    "requests less than the ticket says", expected=f"at least {least}"
                )


@check("services-alone", claim="Nothing runs beside the services and what is asked for", requirement="R9", points=2, must=True)  # fmt: skip
def test_services_are_alone(submission: Submission) -> None:
    """Fail at an object of another kind, and at a workload that is none of the three."""
    known = {submission.name(name) for name in SERVICES}
    teams = [name for name in submission.exercise["namespaces"] if name != submission.exercise["workload"]["namespace"]]
    for view in submission.all():
        kind = view.manifest.kind
        if kind in BOUNDS and view.manifest.namespace not in teams:
            view.at("metadata", "namespace").fail("bounds no team's work", expected="one of " + ", ".join(teams))
        if kind not in OWN:
            view.at("kind").fail("is not part of a plan", expected="one of " + ", ".join(sorted(OWN)))
        if kind in POD_SPECS and view.manifest.name not in known:
            view.at("metadata", "name").fail("is none of the services", expected=", ".join(sorted(known)))


@check("ranks-declared", claim="Each PriorityClass that is named is declared", requirement="R9", points=3, must=True, requires=["plan-readable"])  # fmt: skip
def test_ranks_are_declared(submission: Submission) -> None:
    """Fail where the API server would refuse pods for the name of their class."""
    known = {view.manifest.name for view in submission.all("PriorityClass")}
    for view in submission.all("Deployment"):
        name = view.at("spec", "template", "spec", "priorityClassName")
        if name.present and name.text() not in known:
            name.fail("there is no such PriorityClass in plan/manifests", expected=", ".join(sorted(known)) or "none")
    for rule in plan_of(submission).rules:
        if rule.priority and rule.priority not in known:
            fail(f"there is no PriorityClass {rule.priority} in plan/manifests", object=WORK, file=WORK, line=1,
                 expected=", ".join(sorted(known)) or "none", seen=rule.priority)  # fmt: skip


@check("notebooks-at-once", claim="Who asks for a notebook gets it at once and keeps it", requirement="R2", points=14, must=True,
       scenario="week", requires=["plan-readable"])  # fmt: skip
def test_notebooks_are_there_at_once(submission: Submission, observed: Observed) -> None:
    """Fail for the first team that has to wait, or is interrupted."""
    del submission
    need_kept(observed, ("notebook", "gpu-notebook"), 0.9)


@check("batch-done", claim="What is asked for at night is done in the morning", requirement="R5", points=10, must=True,
       scenario="week", requires=["plan-readable"])  # fmt: skip
def test_batch_is_done(submission: Submission, observed: Observed) -> None:
    """Fail for the first team whose nights are too short."""
    del submission
    need_done(observed, ("batch",), 0.9)
