# breakfix-canary-ab4e93d8838e03a360f17dd143802fea: no submission has this word; see docs/hiring.md.
"""Hidden: what files say of services, quotas and the design."""

import csv
import re
from decimal import Decimal
from pathlib import Path

from markdown_it import MarkdownIt

from grader.checks import Submission, View, check, fail
from grader.checks.admitted import Piece, need_let_in
from grader.checks.plan import machines, read

# The exercise's own tables.
PLATFORM = Path(__file__).parents[3] / "exercises" / Path(__file__).parents[1].name / "workspace" / "platform"
POOLS, WORK = "plan/pools.csv", "plan/work.csv"
DESIGN, LEAST = "DESIGN.md", 40  # words under each heading
LEVELS = ("h1", "h2", "h3", "h4")
CODE = ("fence", "code_block")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)  # nobody who reads the page sees it
HEADINGS = ("Requirements asked", "Components", "Capacity and cost", "Sharing", "Trade-offs", "Phases", "Operation")
SERVICES = ("ranking-api", "fraud-api", "search-api")
HOSTNAME = "kubernetes.io/hostname"


@check("design-answered", claim="DESIGN.md answers under each heading of the template", requirement="R8", points=6, must=True)  # fmt: skip
def test_design_is_answered(submission: Submission) -> None:
    """Fail at the first heading that is missing, or has less than a few sentences under it; people judge what they say."""
    said = _answers(submission.files.get(DESIGN, ""))
    for heading in HEADINGS:
        words = len(said.get(heading.casefold(), "").split())
        if words < LEAST:
            fail("a part of the design is missing", object=DESIGN, file=DESIGN, line=1, expected=f"an answer under {heading!r}",
                 seen=f"{words} words" if heading.casefold() in said else "no such heading")  # fmt: skip


def _answers(text: str) -> dict[str, str]:
    """Return what stands under each heading of the template, further headings under it included; a number before it is none of it."""
    said: dict[str, str] = {}
    asked, now, lines = {heading.casefold() for heading in HEADINGS}, "", re.split(r"\r\n?|\n", text)
    tokens = MarkdownIt("commonmark").parse(text)
    for place, token in enumerate(tokens):
        if token.level or token.map is None:  # within a block, or its end
            continue
        if token.type == "heading_open" and token.tag in LEVELS:
            title = re.fullmatch(r"(?:\d+[.)]?\s+)?(.*?)[\s#:]*", tokens[place + 1].content)
            if title and title[1].casefold() in asked:
                now = title[1].casefold()
                said.setdefault(now, "")
        elif now:
            block = "\n".join(lines[slice(*token.map)]) + "\n"
            said[now] += block if token.type in CODE else COMMENT.sub("", block)
    return said


@check("services-drainable", claim="Each service can be drained one replica at a time", requirement="R7", points=6, must=True, requires=["services-declared"])  # fmt: skip
def test_services_are_drainable(submission: Submission) -> None:
    """Fail where no budget selects a service's pods, more than one does, or it lets none or several go."""
    home = submission.exercise["workload"]["namespace"]
    budgets = [view for view in submission.all("PodDisruptionBudget") if (view.manifest.namespace or home) == home]
    services = [submission.get("Deployment", submission.name(name)) for name in SERVICES]
    for deployment in services:
        found = [view for view in budgets if _selects(view.at("spec", "selector"), _labels(deployment))]
        if len(found) != 1:
            deployment.fail("is to be selected by one PodDisruptionBudget", expected="one", seen=str(len(found)))
        # A budget counts all pods that it selects, those of other services too.
        selected = [one for one in services if _selects(found[0].at("spec", "selector"), _labels(one))]
        allowed = _allowed(found[0], sum(int(one.at("spec", "replicas").number(1)) for one in selected))
        if allowed != 1:
            found[0].at("spec").fail("lets other than one replica go at a time", expected="one", seen=str(allowed))


@check("services-apart", claim="No two replicas of a service share a node", requirement="R7", points=6, must=True, requires=["services-declared"])  # fmt: skip
def test_services_are_apart(submission: Submission) -> None:
    """Fail where nothing that is required keeps replicas apart."""
    home = submission.exercise["workload"]["namespace"]
    services = [submission.get("Deployment", submission.name(name)) for name in SERVICES]
    for service in services:
        pod, labels = service.at("spec", "template", "spec"), _labels(service)
        others = [_labels(one) for one in services if one is not service]
        terms = [
            one
            for one in pod.at("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution").items()
            if _in_namespace(one, home) and not one.at("mismatchLabelKeys").items()
        ]
        spreads = [
            one
            for one in pod.at("topologySpreadConstraints").items()
            if one.at("whenUnsatisfiable").value == "DoNotSchedule"
            and one.at("maxSkew").number(0) == 1
            # What counts other services' pods too is even where two of one stand together.
            and not any(_selects(one.at("labelSelector"), other) for other in others)
        ]
        if not any(one.at("topologyKey").value == HOSTNAME and _selects(one.at("labelSelector"), labels) for one in (*terms, *spreads)):  # fmt: skip
            pod.fail(
                "nothing keeps two replicas from sharing a node",
                expected=f"a required rule on {HOSTNAME} for the service's own pods",
            )


def _labels(deployment: View) -> View:
    return deployment.at("spec", "template", "metadata", "labels")


def _in_namespace(term: View, home: str) -> bool:
    """Whether a term of affinity means pods of a namespace; where it names none, it means its own."""
    named, chosen = [one.value for one in term.at("namespaces").items()], term.at("namespaceSelector")
    if not named and not chosen.present:
        return True
    everywhere = chosen.present and not chosen.at("matchLabels").present and not chosen.at("matchExpressions").present
    return home in named or everywhere or chosen.at("matchLabels", "kubernetes.io/metadata.name").value == home


@check("quotas-passable", claim="Each piece of work fits into its team's quota and limits alone", requirement="R9", points=4, must=True)  # fmt: skip
def test_quotas_are_passable(submission: Submission) -> None:
    """Fail at a bound that keeps a sort of a team's work out for good."""
    demand = list(csv.DictReader((PLATFORM / "demand.csv").read_text("utf-8").splitlines()))
    kinds = dict.fromkeys(row["work"] for row in demand)
    catalogue = machines((PLATFORM / "machines.csv").read_text("utf-8"))
    ranks = {rule.work: rule.priority for rule in read(submission.files, POOLS, WORK, catalogue, kinds).rules}
    bounds = submission.all("ResourceQuota", "LimitRange")
    for row in demand:
        asked = {"cpu": Decimal(row["cpu"]), "memory": Decimal(row["memory"]) * 2**30}
        gpus = {"nvidia.com/gpu": Decimal(row["gpus"])} if int(row["gpus"]) else {}
        team = submission.name(row["team"])
        piece = Piece(f"{row['work']} of {team}", asked | gpus, ranks.get(row["work"], ""))
        need_let_in(piece, [view for view in bounds if view.manifest.namespace == team])


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
