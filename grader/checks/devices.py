"""What pods ask of devices and of a namespace's quota. Source: Kubernetes documentation on extended resources and quotas."""

import math
from collections.abc import Iterator
from decimal import Decimal

from grader.checks.bounds import POD_SPECS, asked_of
from grader.checks.submission import Submission
from grader.checks.view import View
from harness.files.quantity import quantity

DEVICES = "nvidia.com/"
MUST_SPECIFY = ("cpu", "memory")  # of what a quota counts, the resources that each container then has to name
GROUPS = ("initContainers", "containers")


def containers(pod: View) -> list[View]:
    """Return all containers of a pod."""
    return [one for group in GROUPS for one in pod.at(group).items()]


def asked(pod: View) -> dict[str, Decimal]:
    """Return the devices that the containers of a pod ask for together."""
    found: dict[str, Decimal] = {}
    for container in containers(pod):
        names = {name for field in ("requests", "limits") for name in container.at("resources", field).entries()}
        for name in sorted(names):
            if name.startswith(DEVICES):
                found[name] = found.get(name, Decimal(0)) + (asked_of(container, name) or Decimal(0))
    return found


def unequal(pod: View) -> Iterator[tuple[View, str]]:
    """Yield each device request that is not the same as its limit, which the API server refuses, with the limit."""
    for container in containers(pod):
        limits = container.at("resources", "limits")
        for name, request in container.at("resources", "requests").entries().items():
            if name.startswith(DEVICES) and quantity(request.value) != quantity(limits.at(name).value):
                yield request, str(limits.at(name).value or "nothing")


def unnamed(submission: Submission, pod: View) -> Iterator[View]:
    """Yield what a quota counts, and neither pod nor container names, so that the pod is refused."""
    for hard in _hard(submission):
        field, _, resource = hard.rpartition(".")
        if resource in MUST_SPECIFY and not pod.at("resources", field or "requests", resource).present:
            for container in containers(pod):
                place = container.at("resources", field or "requests", resource)
                if (place.value if field == "limits" else asked_of(container, resource)) is None:
                    yield place


def beyond(submission: Submission) -> Iterator[tuple[View, str, Decimal]]:
    """Yield each limit of a quota that the submission's pods pass together, with what they ask for."""
    for hard, most in _hard(submission).items():
        field, _, resource = hard.partition(".")
        if field in ("requests", "limits"):
            total = _stored(submission) if resource == "storage" else _total(submission, field, resource)
            if total > (quantity(most.value) or 0):
                yield most, hard, total.normalize()


def _stored(submission: Submission) -> Decimal:
    """Return what the claims ask for together."""
    sizes = [
        one.at("spec", "resources", "requests", "storage").value for one in submission.all("PersistentVolumeClaim")
    ]
    return sum((quantity(size) or Decimal(0) for size in sizes), Decimal(0))


def _total(submission: Submission, field: str, resource: str) -> Decimal:
    return sum((_of(view, field, resource) for view in submission.all(*POD_SPECS)), Decimal(0))


def _of(view: View, field: str, resource: str) -> Decimal:
    """Return what the pods of a workload request, or are limited to, at the most that run at once."""
    *holder, _, _ = POD_SPECS[view.manifest.kind] if view.manifest.kind != "Pod" else ("", "", "")
    numbers = [view.at(*holder, name).number(1) for name in ("replicas", "parallelism")] if holder[0] else []
    copies = Decimal(int(max([1, *filter(math.isfinite, numbers)])))
    return copies * taken(view.at(*POD_SPECS[view.manifest.kind]), field, resource)


def taken(pod: View, field: str, resource: str) -> Decimal:
    """Return what a pod requests of a resource, or is limited to, by Kubernetes' own rule.

    That is what its containers do together, or the most that one container needs that runs before them: sidecars, which are
    init containers that stay, count for all that starts after them. What is said of the pod as a whole wins.
    """
    whole = pod.at("resources", field, resource)
    if whole.present:
        return quantity(whole.value) or Decimal(0)
    sidecars, most = Decimal(0), Decimal(0)
    for container in pod.at("initContainers").items():
        if container.at("restartPolicy").value == "Always":
            sidecars += _said(container, field, resource)
            most = max(most, sidecars)
        else:
            most = max(most, sidecars + _said(container, field, resource))
    return max(most, sidecars + sum((_said(one, field, resource) for one in pod.at("containers").items()), Decimal(0)))


def _said(container: View, field: str, resource: str) -> Decimal:
    limit = container.at("resources", "limits", resource).value
    return (quantity(limit) if field == "limits" else asked_of(container, resource)) or Decimal(0)


def _hard(submission: Submission) -> dict[str, View]:
    return {
        name: most for one in submission.all("ResourceQuota") for name, most in one.at("spec", "hard").entries().items()
    }
