"""The checks that every exercise has: the files can be read, are valid, stay in bounds, and keep the workload."""

from decimal import Decimal

from grader.checks import Submission, check
from grader.checks.bounds import asked_of, trespasses
from grader.checks.schema import verdict
from grader.checks.standard import need_allowed, need_readable, need_valid
from grader.checks.view import View
from harness.files.quantity import quantity
from harness.kube.requests import defaults, of_pod


@check(
    "files-readable",
    claim="Every submitted file is plain, readable YAML",
    requirement="",
    points=1,
    must=True,
)
def test_files_are_readable(submission: Submission) -> None:
    """Fail with the first problem found while reading; the message counts the others."""
    need_readable(submission, "Kubernetes object", "the exercise's manifests")


@check(
    "schema-valid",
    claim="Every object is valid for the cluster's Kubernetes version",
    requirement="",
    points=1,
    must=True,
)
def test_objects_are_valid(submission: Submission) -> None:
    """Fail with the first object that the strict schema refuses."""
    need_valid(submission, verdict, "a field and a value that the API knows")


@check(
    "objects-allowed",
    claim="The submission stays within the exercise's namespaces, images and rules",
    requirement="",
    points=1,
    must=True,
)
def test_objects_are_allowed(submission: Submission) -> None:
    """Fail at the first place that is out of bounds."""
    need_allowed(trespasses(submission))


@check(
    "workload-kept",
    claim="The workload is still there, with its container, replicas and requests",
    requirement="",
    points=2,
    must=True,
)
def test_workload_is_kept(submission: Submission) -> None:
    """Fail where a fix shrank what it should have repaired."""
    wanted = submission.exercise["workload"]
    workload = submission.workload()
    container = submission.container()
    replicas = workload.at("spec", "replicas")
    floor = _autoscaled_floor(submission)
    if (replicas.number(1) if floor is None else floor) < wanted["replicas"]:
        replicas.fail("runs fewer replicas than it has to", expected=f"at least {wanted['replicas']}")
    for resource, least in wanted["requests"].items():
        asked = _asked(submission, container, resource)
        if asked is None or asked < (quantity(least) or Decimal(0)):
            container.at("resources", "requests", resource).fail(
                "requests less than it has to", expected=f"at least {least}"
            )


def _asked(submission: Submission, container: View, resource: str) -> Decimal | None:
    """Return what a container of the workload requests: by itself, else by its pod, else by what a limit range gives it."""
    asked = asked_of(container, resource)
    if asked is None:
        pod, home = submission.pod(), submission.exercise["workload"]["namespace"]
        beside = (one.value for one in submission.manifests if (one.namespace or home) == home)
        alone = {
            **(pod.value if isinstance(pod.value, dict) else {}),
            "containers": [container.value],
            "initContainers": [],
        }
        asked = of_pod(alone, defaults(beside))[resource]
    return asked


def _autoscaled_floor(submission: Submission) -> float | None:
    """Return the smallest replica count that an autoscaler of the workload allows, if there is one."""
    wanted = submission.exercise["workload"]
    for view in submission.all("HorizontalPodAutoscaler"):
        target = view.at("spec", "scaleTargetRef")
        if (target.at("kind").value, target.at("name").value) == (wanted["kind"], wanted["name"]):
            return view.at("spec", "minReplicas").number(1)
    return None
