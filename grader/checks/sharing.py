"""How teams share a GPU pool: quotas, priorities, memory defaults and disruptions, as the files say and as was seen.

Sources: Kubernetes documentation on resource quotas (for extended resources only `requests.` counts), limit ranges, priority
and preemption, pod failure policies, and the backoff limits of Jobs and of their indexes.
"""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

from grader.checks.blame import Late, Sighting
from grader.checks.jobs import Declared, declared
from grader.checks.observed import Observed
from grader.checks.pods import all_containers
from grader.checks.spec import EvidenceError, fail
from grader.checks.submission import Submission
from grader.checks.view import View
from harness.files.quantity import quantity

DISRUPTION = "DisruptionTarget"
PREEMPTED = "PreemptionByScheduler"
DEFAULT_BACKOFF = 6
SIGTERM, SIGKILL = (
    128 + 15,
    128 + 9,
)  # exit codes of a process that these signals ended; the latter also for want of memory
KILLED = (SIGTERM, SIGKILL)
# What the kubelet says of a pod that has failed, besides why: it may have ended before its init containers had, and its sandbox, too.
FAILED_PODS = tuple(
    {
        "PodScheduled": "True",
        "Initialized": initialized,
        "Ready": "False",
        "ContainersReady": "False",
        "PodReadyToStartContainers": sandbox,
    }
    for initialized, sandbox in product(("True", "False"), repeat=2)
)
GIVEN = ("memory", "cpu")  # what a limit range gives to a container that says nothing of it


def counted(submission: Submission, namespace: str, resource: str) -> tuple[View, Decimal] | None:
    """Return where a namespace's quota bounds the requests of a resource most narrowly, and the bound; None without one."""
    found = [
        (most, quantity(most.value) or Decimal(0))
        for quota in _of(submission, "ResourceQuota", namespace)
        if not quota.at("spec", "scopes").items() and not quota.at("spec", "scopeSelector").present
        for name, most in quota.at("spec", "hard").entries().items()
        if name == f"requests.{resource}"
    ]
    return min(found, key=lambda one: one[1], default=None)


def _of(submission: Submission, kind: str, namespace: str) -> list[View]:
    home = submission.exercise["workload"]["namespace"]
    return [one for one in submission.all(kind) if (one.manifest.namespace or home) == namespace]


def memory_limit(submission: Submission, job: Declared) -> tuple[View, Decimal | None]:
    """Return the memory limit that a Job's container ends up with, None for no limit, and where it comes from.

    A container without one gets the namespace's default, which is the limit range's maximum where it names no default.
    """
    own = job.container.at("resources", "limits", "memory")
    if own.present:
        return own, quantity(own.value)
    return memory_default(submission, job.wanted["namespace"]) or (own, None)


def container_limits(submission: Submission, namespace: str, *types: str) -> Iterator[View]:
    """Yield the entries of a namespace's limit ranges that are of these types: for containers, if none is named."""
    for one in _of(submission, "LimitRange", namespace):
        yield from (
            entry for entry in one.at("spec", "limits").items() if entry.at("type").value in (types or ("Container",))
        )


def memory_default(submission: Submission, namespace: str) -> tuple[View, Decimal] | None:
    """Return the least that a container may get which says nothing of memory, and where it comes from; None for no limit.

    Of several limit ranges any may come first. One with a maximum and no default has its maximum for a default.
    """
    found = []
    for entry in container_limits(submission, namespace):
        place = entry.at("default", "memory") if entry.at("default", "memory").present else entry.at("max", "memory")
        if place.present:
            found.append((place, quantity(place.value) or Decimal(0)))
    return min(found, key=lambda one: one[1], default=None)


def refused(submission: Submission, namespace: str) -> Iterator[tuple[View, str]]:
    """Yield what keeps a container out that says nothing of memory or CPU: its defaults are beyond a limit range, or a quota.

    Of several limit ranges any may come first, so each default is held against each bound. Where a limit range names no default
    request, its default limit stands for it, and for that its maximum; without either, its minimum is the request.
    """
    for resource in GIVEN:
        yield from _refused(submission, namespace, resource)


def _refused(submission: Submission, namespace: str, resource: str) -> Iterator[tuple[View, str]]:
    entries = list(container_limits(submission, namespace))
    limits = [_first(entry, resource, "default", "max") for entry in entries]
    requests = [_first(entry, resource, "defaultRequest", "default", "max", "min") for entry in entries]
    limit, request = ([amount for amount in found if amount is not None] for found in (limits, requests))
    for entry in container_limits(submission, namespace, "Container", "Pod"):
        ratio, most, least = (entry.at(field, resource) for field in ("maxLimitRequestRatio", "max", "min"))
        if ratio.present and (not limit or not request or max(limit) > (quantity(ratio.value) or 0) * min(request)):
            yield ratio, "the ratio refuses what a container gets that says nothing"
        if most.present and (not limit or max(*limit, *request) > (quantity(most.value) or 0)):
            yield most, "the maximum refuses what a container gets that says nothing"
        if least.present and (not request or min(*limit, *request) < (quantity(least.value) or 0)):
            yield least, "the minimum refuses what a container gets that says nothing"
    if limit and request and max(request) > min(limit):
        yield (
            entries[0].at("defaultRequest", resource),
            "a container that says nothing would request more than its limit",
        )
    for name, given in ((resource, request), (f"requests.{resource}", request), (f"limits.{resource}", limit)):
        for quota in _of(submission, "ResourceQuota", namespace):
            hard = quota.at("spec", "hard", name)
            if hard.present and (not given or max(given) > (quantity(hard.value) or 0)):
                yield hard, "the quota refuses a container that says nothing"


def _first(entry: View, resource: str, *fields: str) -> Decimal | None:
    """Return the amount of a resource of the first of a limit range's fields that has one."""
    found = next((place for field in fields if (place := entry.at(field, resource)).present), None)
    return None if found is None else quantity(found.value) or Decimal(0)


def priority(submission: Submission, job: Declared) -> tuple[View, float]:
    """Return where a Job's priority is set, and what it comes to: that of its class, 0 without one."""
    name = job.pod.at("priorityClassName")
    found = next((one for one in submission.all("PriorityClass") if one.manifest.name == name.value), None)
    return (name, 0.0) if found is None else (found.at("value"), found.at("value").number(0))


def ignores_disruptions(job: Declared) -> bool:
    """Whether an evicted or preempted pod of a Job never counts as its failure, whatever its process ended with.

    It may have had no process yet, so that a rule on exit codes cannot be the one that ignores it.
    """
    ends = product((None, *KILLED), FAILED_PODS)
    return all(_action(job, code, {**pod, DISRUPTION: "True"}) == "Ignore" for code, pod in ends)


def retries(job: Declared) -> tuple[View, float]:
    """Return how often the same work is tried again that fails by itself, and where that is set.

    The failure policy's first rule that fits decides. What it has counted is bounded by backoffLimit, 6 where nothing is said; with
    backoffLimitPerIndex, by that for each index, and by backoffLimit, if it is said, for the Job as a whole. maxFailedIndexes only
    ends the Job. A container that restarts by a rule of its own is bounded by nothing.
    """
    if (again := next(_in_place(job.pod), None)) is not None:
        return again, math.inf
    codes = [code for code in range(1, 256) if code != SIGTERM or _ended_by_its_own(job)]
    actions = {_action(job, code, pod) for code, pod in product(codes, FAILED_PODS)}
    if "Ignore" in actions:
        return job.view.at("spec", "podFailurePolicy"), math.inf
    place, number = _bound(job)
    return (place, number) if "Count" in actions else (place, 0.0)


def _in_place(pod: View) -> Iterator[View]:
    """Yield what has a container start again by a rule of its own. A sidecar's failure is none of the Job's: it may."""
    for container in all_containers(pod):
        own = container.at("restartPolicy")
        if own.value == "Always" and "initContainers" in container.path:
            continue
        if own.present and own.value != "Never":
            yield own
        yield from (
            rule
            for rule in container.at("restartPolicyRules").items()
            if str(rule.at("action").value).startswith("Restart")
        )


def _ended_by_its_own(job: Declared) -> bool:
    """Whether SIGTERM may come by the pod's own doing: by its deadline, a probe that ends a container, or a sidecar's end.

    Else it comes from whoever drains or preempts. A sidecar is ended when the others are done, whatever these ended with.
    """
    containers = list(all_containers(job.pod))
    return job.pod.at("activeDeadlineSeconds").present or any(
        container.at("livenessProbe").present
        or container.at("startupProbe").present
        or container.at("restartPolicy").value == "Always"
        for container in containers
    )


def _bound(job: Declared) -> tuple[View, float]:
    """Return how many counted failures of the same work a Job tries again after, and where that is set."""
    whole, index = job.view.at("spec", "backoffLimit"), job.view.at("spec", "backoffLimitPerIndex")
    if not index.present:
        return whole, whole.number(DEFAULT_BACKOFF)
    return min((index, index.number(0)), (whole, whole.number(math.inf)), key=lambda one: one[1])


def _action(job: Declared, code: int | None, conditions: Mapping[str, str]) -> str:
    """Return what a Job does about a failed pod: the action of the first rule that fits, Count where none does."""
    for rule in job.view.at("spec", "podFailurePolicy", "rules").items():
        held = any(
            conditions.get(one.at("type").text()) == one.at("status").text("True")
            for one in rule.at("onPodConditions").items()
        )
        if held or (code is not None and rule.at("onExitCodes").present and _fits(rule.at("onExitCodes"), code)):
            return rule.at("action").text()
    return "Count"


def _fits(codes: View, code: int) -> bool:
    """Whether a rule on exit codes fits a container that ended with this one; the rule may be about any of the pod's containers."""
    values = [one.value for one in codes.at("values").items()]
    return (code in values) is (codes.at("operator").text() == "In")


def of_job(submission: Submission, shipped: str) -> Declared:
    """Return the Job that the shipped exercise calls by this name."""
    return next(one for one in declared(submission) if one.wanted["name"] == submission.name(shipped))


def need_started(observed: Observed, name: str, seconds: float) -> None:
    """Fail unless a Job's first pod was placed within `seconds` of the Job's being applied in a wave, and then ran within as many.

    How long a pod that was placed takes to run is the machine's doing, within reason: its own containers may wait, too.
    """
    since = _came(observed, name)
    pods = _pods(observed, name)
    for wanted, problem, times in (
        ("a pod with a node", "the Job had to wait for GPUs", [snap["t"] for snap in pods if snap["placed"]]),
        ("a running pod", "the Job's pod has a node, and does not run",
         [snap["t"] for snap in pods if snap["phase"] in ("Running", "Succeeded")]),
    ):  # fmt: skip
        if not times or times[0] - since > seconds:
            fail(problem, object=f"Job/{name}", expected=f"{wanted} within {seconds:g} s",
                 seen=f"after {times[0] - since:.0f} s" if times else "none",
                 symptoms=[Late(since, since + seconds, times[0] if times else None)])  # fmt: skip
        since = times[0]


def need_not_preempted(observed: Observed, name: str) -> None:
    """Fail where a Job's pod was preempted."""
    for snap in _pods(observed, name):
        if snap["disrupted"] == PREEMPTED:
            fail("a pod of this Job had to give way", object=f"Pod/{snap['name']}", field="status.conditions",
                 expected="that work of a lower rank gives way", seen=PREEMPTED, symptoms=[Sighting()])  # fmt: skip


def need_resumed(observed: Observed, name: str, *, always: bool = True) -> None:
    """Fail where a pod of a Job began again before an epoch that a pod before it had told of.

    Raises: EvidenceError where it had `always` to be replaced and was not, so that nothing was shown.
    """
    pods = _in_order(observed, name)
    for wave in observed.data["waves"]:
        if wave["refused"]:
            fail("a node could not be drained of this Job's pod", object=f"Job/{name}", expected="an eviction that is granted",
                 seen=wave["refused"], symptoms=[Sighting()])  # fmt: skip
    if always and len(pods) < 2:  # noqa: PLR2004 - one, and one in its place
        raise EvidenceError(f"no pod of Job {name} was replaced in the middle of its training")
    for before, (pod, told) in pairwise(pods):
        if told["first"] <= before[1]["last"]:
            fail("a replaced pod trained again what had been trained", object=f"Pod/{pod}", field="spec.volumes",
                 expected=f"going on at epoch {before[1]['last'] + 1}", seen=f"epoch {told['first']}")  # fmt: skip


def _in_order(observed: Observed, name: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the pods of a Job that told of epochs, with the first and the last, in the order in which they began."""
    began = {snap["name"]: index for index, snap in reversed([*enumerate(_pods(observed, name))])}
    told = [(pod, one) for pod, one in observed.data["epochs"].items() if one["job"] == name]
    return sorted(told, key=lambda one: began.get(one[0], 0))


def _pods(observed: Observed, name: str) -> list[Mapping[str, Any]]:
    return [snap for snap in observed.pods() if snap.get("job") == name]


def _came(observed: Observed, name: str) -> float:
    for wave in observed.data["waves"]:
        if name in wave["jobs"]:
            return float(wave["t"])
    raise EvidenceError(f"Job {name} was not applied: what had to come before it did not")
