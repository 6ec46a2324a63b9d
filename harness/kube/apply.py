"""Apply a submission: configuration and RBAC, then Services, then workloads; by server-side apply, strictly."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.core.deadline import Deadline
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref, ref_of

MANAGER = "breakfix"
ORDER = (
    {"PriorityClass", "ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim", "Role", "RoleBinding", "LimitRange", "ResourceQuota",
     "NetworkPolicy"},
    {"Service"},
)  # fmt: skip
RECREATED = (
    "field is immutable",
    "may not be changed in an update",  # a PriorityClass's value
    "may not be specified when",
    "may not be used with",
    "updates to statefulset spec",
    "spec is immutable after creation",  # of a claim
)


@dataclass(frozen=True)
class Refusal:
    """One object that the API server did not take, and why."""

    ref: Ref
    message: str


def in_order(objects: Iterable[Object]) -> list[Object]:
    """Return the objects in the order in which they have to reach the cluster; Services before pods read them."""
    return sorted(
        objects,
        key=lambda value: next((n for n, kinds in enumerate(ORDER) if value["kind"] in kinds), len(ORDER)),
    )


def apply_all(
    kube: Kube,
    objects: Sequence[Object],
    *,
    recreate: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Refusal]:
    """Apply every object, going on after a refusal, and return the refusals.

    With `recreate`, an object that cannot be changed in place is deleted and made again, and `tell` says so.
    """
    refusals = []
    for value in in_order(objects):
        ref = ref_of(value)
        try:
            kube.apply(value, manager=MANAGER)
        except ApiRefusedError as problem:
            if not (recreate and any(words in str(problem) for words in RECREATED)):
                refusals.append(Refusal(ref, str(problem)))
                continue
            tell(f"{ref.label} cannot be changed in place and is made again")
            for waiting in _using(objects, value):
                tell(f"{waiting.label} stands on it and is made again as well")
                _gone(kube, waiting)
            refusals += _again(kube, value, ref)
    return refusals


def _using(objects: Iterable[Object], claim: Object) -> list[Ref]:
    """Return the Jobs whose pods mount a claim: one that waited for the old claim would look late on the new one."""
    if claim["kind"] != "PersistentVolumeClaim":
        return []
    name, namespace = claim["metadata"]["name"], claim["metadata"].get("namespace")
    return [
        ref_of(job)
        for job in objects
        if job["kind"] == "Job" and job["metadata"].get("namespace") == namespace
        and any(_claim_of(one) == name for one in _volumes(job))
    ]  # fmt: skip


def _volumes(job: Object) -> list[Object]:
    return ((job.get("spec") or {}).get("template") or {}).get("spec", {}).get("volumes") or []


def _claim_of(volume: Object) -> str | None:
    name: str | None = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    return name


def _gone(kube: Kube, ref: Ref) -> None:
    kube.delete(ref, grace=1, propagation="Foreground")
    wait_gone(kube, ref, seconds=60)


def _again(kube: Kube, value: Object, ref: Ref) -> list[Refusal]:
    _gone(kube, ref)
    try:
        kube.apply(value, manager=MANAGER)
    except ApiRefusedError as problem:
        return [Refusal(ref, str(problem))]
    return []


def wait_gone(kube: Kube, ref: Ref, *, seconds: float) -> None:
    """Wait until an object no longer exists.

    Raises: EnvironmentBrokenError on timeout, saying what still held it.
    """
    deadline = Deadline(seconds, f"{ref.label} to be gone")
    while (found := kube.get(ref)) is not None:
        deadline.check(str(found.get("status") or found["metadata"].get("finalizers") or "still there"))
        deadline.pause(0.2)
