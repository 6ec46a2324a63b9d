"""What pods ask of devices and of a namespace's quota. Source: Kubernetes documentation on extended resources and quotas."""

import math
from collections.abc import Iterator
from decimal import Decimal

from grader.checks.bounds import POD_SPECS, asked_of
from grader.checks.submission import Submission
from grader.checks.view import View
from harness.quantity import quantity

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
    """Yield what a quota counts, and a container does not name, so that its pod is refused."""
    for hard in _hard(submission):
        field, _, resource = hard.rpartition(".")
        if resource in MUST_SPECIFY:
            for container in containers(pod):
                place = container.at("resources", field or "requests", resource)
                if (place.value if field == "limits" else asked_of(container, resource)) is None:
                    yield place


def beyond(submission: Submission) -> Iterator[tuple[View, str, Decimal]]:
    """Yield each limit of a quota that the submission's pods pass together, with what they ask for."""
    for hard, most in _hard(submission).items():
        field, _, resource = hard.partition(".")
        if field in ("requests", "limits") and resource != "storage":
            total = sum((_of(view, field, resource) for view in submission.all(*POD_SPECS)), Decimal(0))
            if total > (quantity(most.value) or 0):
                yield most, hard, total.normalize()


def _of(view: View, field: str, resource: str) -> Decimal:
    """Return what the pods of a workload request, or are limited to, at the most that run at once."""
    pod = view.at(*POD_SPECS[view.manifest.kind])
    numbers = [view.at("spec", name).number(1) for name in ("replicas", "parallelism")]
    copies = Decimal(int(max([1, *filter(math.isfinite, numbers)])))
    total = Decimal(0)
    for container in pod.at("containers").items():
        limit = container.at("resources", "limits", resource).value
        total += (quantity(limit) if field == "limits" else asked_of(container, resource)) or Decimal(0)
    return copies * total


def _hard(submission: Submission) -> dict[str, View]:
    return {
        name: most for one in submission.all("ResourceQuota") for name, most in one.at("spec", "hard").entries().items()
    }
