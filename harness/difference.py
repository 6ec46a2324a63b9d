"""What an apply changed on the cluster: its objects before and after, without what the cluster itself writes into them."""

from collections.abc import Iterator, Mapping

from harness import run as runs
from harness.kube import Kube, Object, Ref, ref_of
from harness.submission import Submission

State = Mapping[Ref, Object | None]
OF_THE_CLUSTER = ("managedFields", "resourceVersion", "generation", "creationTimestamp")
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
    if same:
        yield f"{same} object{' is' if same == 1 else 's are'} as before"


def _own(found: Object | None) -> Object | None:
    if found is None:
        return None
    metadata = {key: value for key, value in found["metadata"].items() if key not in OF_THE_CLUSTER}
    notes = {key: value for key, value in (metadata.pop("annotations", None) or {}).items() if key != REVISION}
    return {
        **{key: value for key, value in found.items() if key != "status"},
        "metadata": {**metadata, "annotations": notes},
    }
