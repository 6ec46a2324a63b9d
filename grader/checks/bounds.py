"""What no submission may contain: it is applied to a shared cluster, as data from a stranger."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from grader.checks.submission import Submission
from grader.checks.view import View
from harness.files.manifests import Manifest
from harness.files.quantity import quantity
from harness.kube.kube import Object
from harness.kube.requests import POD_SPECS as POD_SPECS  # noqa: PLC0414 - of which checks speak as bounds.POD_SPECS
from harness.kube.requests import requests_of

KINDS = {
    *POD_SPECS, "Service", "ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "NetworkPolicy",
    "PersistentVolumeClaim", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ResourceQuota", "LimitRange",
}  # fmt: skip
CLASS = "PriorityClass"  # the one kind that stands outside of namespaces
RESERVED = "BREAKFIX_"
PLATFORM = ("ResourceQuota", "LimitRange")  # what a platform sets, unless an exercise hands it over
QUOTA = "breakfix-objects"  # by which a run bounds the number of a submission's objects
Trespass = tuple[View, str]


def trespasses(submission: Submission) -> Iterator[Trespass]:
    """Yield each place that is out of bounds, and in what way."""
    for view in submission.all():
        yield from _object(submission, view)
    for (kind, namespace, name), count in _names(submission).items():
        if count > 1:
            twin = submission.find(kind, name, namespace)
            if twin is not None:
                yield twin, f"{kind}/{name} is declared {count} times; keep one"
    yield from _requests(submission)


def _names(submission: Submission) -> Counter[tuple[str, str, str]]:
    home = submission.exercise["workload"]["namespace"]
    return Counter(
        (one.kind, "" if one.kind == CLASS else one.namespace or home, one.name) for one in submission.manifests
    )


def _object(submission: Submission, view: View) -> Iterator[Trespass]:
    namespaces = submission.exercise["namespaces"]
    if view.manifest.kind == CLASS and submission.exercise.get("priority_classes"):
        yield from _priority_class(submission, view)
        return
    if view.manifest.kind not in KINDS:
        yield view.at("kind"), f"objects of kind {view.manifest.kind} are not part of this exercise"
        return
    if view.manifest.namespace and view.manifest.namespace not in namespaces:
        yield (
            view.at("metadata", "namespace"),
            f"only the namespaces {', '.join(namespaces)} belong to this exercise",
        )
    yield from _held(view)
    yield from _set_by_others(submission, view)
    overlap = view.at("spec", "concurrencyPolicy")
    if view.manifest.kind == "CronJob" and overlap.value not in ("Forbid", "Replace"):
        yield overlap, "Jobs that pile up have no bound: a CronJob says concurrencyPolicy Forbid, or Replace"
    if view.manifest.kind in POD_SPECS:
        yield from _pod(submission, view.at(*POD_SPECS[view.manifest.kind]))


def _set_by_others(submission: Submission, view: View) -> Iterator[Trespass]:
    """Yield what a platform sets, and what reaches out of the cluster."""
    handed_over = submission.exercise.get("hands_over", ())
    if view.manifest.kind == "ResourceQuota" and view.manifest.name == QUOTA:
        yield view.at("metadata", "name"), f"the name {QUOTA} is the grading cluster's own"
    elif (
        view.manifest.kind in PLATFORM
        and view.manifest.file in submission.files
        and view.manifest.kind not in handed_over
    ):
        yield view.at("kind"), f"a {view.manifest.kind} is the platform's to set, and not part of this exercise"
    if view.manifest.kind == "Service":
        if view.at("spec", "externalIPs").items():
            yield view.at("spec", "externalIPs"), "external IPs are refused on the grading cluster"
        if view.at("spec", "type").value == "ExternalName":
            yield view.at("spec", "type"), "ExternalName is refused on the grading cluster"


def _priority_class(submission: Submission, view: View) -> Iterator[Trespass]:
    """Yield what would reach beyond the exercise: a class of another name, or one for every pod of the cluster."""
    listed = submission.exercise["priority_classes"]
    if view.manifest.name not in listed:
        yield view.at("metadata", "name"), f"only the PriorityClasses {', '.join(listed)} belong to this exercise"
    if view.at("globalDefault").value:
        yield view.at("globalDefault"), "a default for every pod of the cluster is refused on the grading cluster"
    yield from _held(view)


def _held(view: View) -> Iterator[Trespass]:
    """Yield what would keep an object, or what is made of its templates, from being removed, or remove it with another."""
    path = POD_SPECS.get(view.manifest.kind, ("spec",))[:-1]
    templates = view.at("spec", "volumeClaimTemplates").items() if view.manifest.kind == "StatefulSet" else ()
    for place in (view, *([view.at(*path)] if path else ()), *templates):
        for field in ("finalizers", "ownerReferences"):
            if place.at("metadata", field).items():
                yield place.at("metadata", field), f"{field} are refused on the grading cluster"


def _pod(submission: Submission, pod: View) -> Iterator[Trespass]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.at(field).value:
            yield pod.at(field), "sharing the host's namespaces is refused on the grading cluster"
    if pod.at("nodeName").present:
        yield pod.at("nodeName"), "placing a pod by node name passes the scheduler by and is refused"
    if str(pod.at("priorityClassName").value).startswith("system-"):
        yield pod.at("priorityClassName"), "the cluster's own priority classes are refused"
    for volume in pod.at("volumes").items():
        if volume.at("hostPath").present:
            yield volume.at("hostPath"), "hostPath volumes are refused on the grading cluster"
        if volume.at("image").present and volume.at("image", "reference").value not in submission.exercise["images"]:
            yield (
                volume.at("image", "reference"),
                f"only these images may run: {', '.join(submission.exercise['images'])}",
            )
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for container in pod.at(group).items():
            yield from _container(submission, container)


def _container(submission: Submission, container: View) -> Iterator[Trespass]:
    images = submission.exercise["images"]
    if container.at("image").value not in images:
        yield container.at("image"), f"only these images may run: {', '.join(images)}"
    if container.at("securityContext", "privileged").value:
        yield (
            container.at("securityContext", "privileged"),
            "privileged containers are refused on the grading cluster",
        )
    for port in container.at("ports").items():
        if port.at("hostPort").value:
            yield port.at("hostPort"), "host ports are refused on the grading cluster"
    for entry in container.at("env").items():
        name = entry.at("name")
        if isinstance(name.value, str) and name.value.startswith(RESERVED):
            yield name, f"variables that begin with {RESERVED} are reserved"


def _requests(submission: Submission) -> Iterator[Trespass]:
    """Yield the resources of which the submission's pods may ask for more than the exercise allows in all."""
    home = submission.exercise["workload"]["namespace"]
    values = [_placed(one, home) for one in submission.manifests]
    workloads = [(view, requests_of(_placed(view.manifest, home), values)) for view in submission.all(*POD_SPECS)]
    for resource, most in submission.exercise["max_requests"].items():
        shares = [(asked.get(resource, Decimal(0)), _largest(view, resource)) for view, asked in workloads]
        together = sum((share for share, _ in shares), Decimal(0))
        if together > (quantity(most) or 0):
            share, place = max(shares, key=lambda pair: pair[0])
            of_it = f"{written(share, resource)} of it those of {place.manifest.label}"
            yield (
                place,
                f"all pods together may request {written(together, resource)} of {resource}, {of_it}; the ticket allows {most}",
            )


def _placed(manifest: Manifest, home: str) -> Object:
    """Return an object with its namespace written out."""
    return {**manifest.value, "metadata": {**manifest.metadata, "namespace": manifest.namespace or home}}


def _largest(workload: View, resource: str) -> View:
    """Return the resources of the container that asks for most; fail at what is no quantity."""
    pod = workload.at(*POD_SPECS[workload.manifest.kind])
    containers = [one for group in ("containers", "initContainers") for one in pod.at(group).items()]
    asked = [(asked_of(one, resource) or Decimal(0), one.at("resources")) for one in containers]
    return max(asked, key=lambda pair: pair[0])[1] if asked else pod


def written(amount: Decimal, resource: str) -> str:
    """Return an amount as manifests write it: millicores of cpu, Mi of memory."""
    factor, unit = (1000, "m") if resource == "cpu" else (Decimal(2) ** -20, "Mi")
    return f"{(amount * factor).normalize():f}{unit}"


def asked_of(container: View, resource: str) -> Decimal | None:
    """Return what a container requests of a resource: its request, else its limit, else None."""
    for field in ("requests", "limits"):
        value = container.at("resources", field, resource)
        if value.present:
            found = quantity(value.value)
            if found is None:
                value.fail("is not a quantity", expected="a Kubernetes quantity such as 250m or 512Mi")
            return found
    return None
