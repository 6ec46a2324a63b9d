"""Where the scheduler put the pods of an exercise: all that can be asked of simulated nodes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from grader.live import jobs
from harness.exercises.exercise import Exercise
from harness.kube.kube import Object
from harness.runs.run import Run

Snapshots = Iterable[Mapping[str, Any]]


def wanted(exercise: Exercise) -> dict[str, int]:
    """Return how many pods each workload has to have, by the workload's name."""
    if exercise.jobs:
        return {one.name: one.pods for one in exercise.jobs}
    return {exercise.workload.name: exercise.workload.replicas}


def all_placed(run: Run, own: Snapshots) -> bool:
    """Whether every workload has its pods, and each of them a node."""
    found = _own(run, own)
    counts = Counter(_workload(run, pod) for pod in found)
    least = wanted(run.exercise)
    return all(pod["spec"].get("nodeName") for pod in found) and all(counts[name] >= least[name] for name in least)


def pods(run: Run, own: Snapshots) -> list[dict[str, Any]]:
    """Return each pod's workload, its node with that node's product, and what it was given or is refused for."""
    products = jobs.products(run)
    return [{"workload": _workload(run, pod), **jobs.seen_pod(pod, products)} for pod in _own(run, own)]


def _own(run: Run, own: Snapshots) -> list[Object]:
    """Return those of the run's pods that belong to its workloads and are not on their way out."""
    uids = {snap["uid"] for snap in own if not snap["deleting"]}
    found = [pod for namespace in run.namespaces for pod in run.admin.list_objects("v1", "Pod", namespace)]
    return [pod for pod in found if pod["metadata"]["uid"] in uids]


def _workload(run: Run, pod: Object) -> str:
    owner = next(one for one in pod["metadata"]["ownerReferences"] if one.get("controller"))
    return str(owner["name"]) if run.exercise.jobs else run.exercise.workload.name
