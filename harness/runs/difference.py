"""What an apply changed on the cluster: its objects before and after, without what the cluster itself writes into them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.intake.submission import Submission
from harness.kube.kube import Kube, Object, Ref, ref_of
from harness.runs import run as runs

State = Mapping[Ref, Object | None]
OF_THE_CLUSTER = ("managedFields", "resourceVersion", "generation", "creationTimestamp")
RESTARTED = ("Deployment", "StatefulSet", "DaemonSet")  # what `kubectl rollout restart` takes
# The fields under which a pod spec names what its containers read. Source: the API's EnvVarSource, EnvFromSource and Volume.
SOURCES = {
    "secretKeyRef": "Secret", "secretRef": "Secret", "secret": "Secret",
    "configMapKeyRef": "ConfigMap", "configMapRef": "ConfigMap", "configMap": "ConfigMap",
}  # fmt: skip
REVISION = "deployment.kubernetes.io/revision"


def snapshot(kube: Kube, submission: Submission) -> State:
    """Return the submission's objects as the practice namespaces have them, None for those that are not there."""
    placed = (runs.placed(submission.exercise, manifest.value, runs.PRACTICE) for manifest in submission.manifests)
    return {ref: _own(kube.get(ref)) for ref in map(ref_of, placed)}


def told(before: State, after: State) -> Iterator[str]:
    """Yield a line for each object that was made or changed, and one that counts the others."""
    same = 0
    for ref, now in after.items():
        then = before.get(ref)
        if then == now:
            same += now is not None
        elif now is not None:
            yield f"{ref.label}: {'changed' if then is not None else 'made'}"
            if then is not None and (readers := list(_readers(ref, before, after))):
                yield _unread(ref, readers)
    if same:
        yield f"{same} object{' is' if same == 1 else 's are'} as before"


def _readers(source: Ref, before: State, after: State) -> Iterator[Ref]:
    """Yield the workloads, themselves as before, whose pods read a Secret or ConfigMap."""
    for ref, now in after.items():
        beside = ref.kind in RESTARTED and ref.namespace == source.namespace
        if beside and now == before.get(ref) and (source.kind, source.name) in _read(now):
            yield ref


def _read(value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any part of an object
    """Yield kind and name of each Secret and ConfigMap that env, envFrom and volumes name in a part of an object."""
    if isinstance(value, list):
        for item in value:
            yield from _read(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in SOURCES and isinstance(item, dict):
                yield SOURCES[key], str(item.get("secretName") or item.get("name"))
            else:
                yield from _read(item)


def _unread(source: Ref, readers: Sequence[Ref]) -> str:
    pods = ", ".join(ref.label for ref in readers)
    names = " ".join(f"{ref.kind.lower()}/{ref.name}" for ref in readers)
    return (
        f"{source.label}: running pods of {pods} keep the old value that they read at their start, until they are replaced: "
        f"kubectl -n {source.namespace} rollout restart {names}"
    )


def _own(found: Object | None) -> Object | None:
    if found is None:
        return None
    metadata = {key: value for key, value in found["metadata"].items() if key not in OF_THE_CLUSTER}
    notes = {key: value for key, value in (metadata.pop("annotations", None) or {}).items() if key != REVISION}
    return {
        **{key: value for key, value in found.items() if key != "status"},
        "metadata": {**metadata, "annotations": notes},
    }
