"""Let a run begin when the cluster has room for what its pods request, so that no run waits for another's pods."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from decimal import Decimal

from harness.cluster import ownnode, simulation
from harness.core import artifacts
from harness.core.errors import EnvironmentBrokenError
from harness.files.quantity import quantity
from harness.kube.kube import Kube, Object
from harness.kube.requests import DEVICES, RESOURCES, Requests, of_pod, requests_of, total
from harness.runs import run as runs
from harness.runs.run import Run

RESERVED = "breakfix.dev/requests"  # on each namespace of a run: what its pods will request
PAUSE = 0.5  # seconds between two looks at the cluster
ENDED = ("Succeeded", "Failed")


def admit(
    run: Run, objects: Iterable[Object], pause: Callable[[float], object], tell: Callable[[str], None]
) -> Callable[[], None]:
    """Make the run's namespaces once what `objects` request fits beside the other runs, and return what ends its start.

    One run for each core may be starting: containers' starts cost far more than what they do afterwards, and many at
    once would be late for their deadlines. A start ends when what is returned is called, or with this process.
    `pause` is called with seconds to wait between two tries, and may raise to give up.

    Raises: EnvironmentBrokenError where the cluster is too small for this run even when it is alone.
    """
    wanted = _wanted(run, objects)
    told = False
    starting = ExitStack()
    try:
        while not (_may_start(run, starting) and _admitted(run, wanted, tell)):
            starting.close()
            if not told:
                tell("waiting for room on the cluster")
                told = True
            pause(PAUSE)
    except BaseException:
        starting.close()
        raise
    return starting.close


def _may_start(run: Run, starting: ExitStack) -> bool:
    """Take a place among the runs that are starting, if one is free."""
    for number in range(os.cpu_count() or 1):
        path = run.admin.kubeconfig.with_name(f"starting-{number}.lock")
        with ExitStack() as kept:
            if kept.enter_context(artifacts.locked_if_free(path)):
                starting.push(kept.pop_all())
                return True
    return False


def _admitted(run: Run, wanted: Mapping[str, Requests], tell: Callable[[str], None]) -> bool:
    """Make the namespaces and return True if there is room; False where there is not, or another run is looking."""
    with artifacts.locked_if_free(run.admin.kubeconfig.with_name("admission.lock")) as mine:
        if not mine:
            return False
        if run.exercise.simulated:
            return _alone(run, tell)
        node = None
        if run.exercise.isolation == "exclusive":
            node = ownnode.free(run.admin)
            if node is None:
                return False
        free, ours = _free(run.admin)
        asked: Requests = total(wanted.values())
        if node:  # whose devices are the run's alone
            asked = {name: amount for name, amount in asked.items() if not name.startswith(DEVICES)}
        for resource in RESOURCES:
            if asked[resource] > free[resource] + ours[resource]:
                raise EnvironmentBrokenError(
                    f"the cluster has {free[resource] + ours[resource]:f} of {resource} for runs, and this one "
                    f"requests {asked[resource]:f}; give the engine more"
                )
        if any(free[resource] < amount <= free[resource] + ours[resource] for resource, amount in asked.items()):
            return False  # devices that the cluster has not even when it is empty are the submission's own trouble
        annotations = {name: {RESERVED: json.dumps(one, default=str)} for name, one in wanted.items()}
        if node:
            annotations |= {name: {**annotations[name], **ownnode.tie(node)} for name in run.namespaces}
        runs.make_namespaces(run, annotations)
    return True


def _alone(run: Run, tell: Callable[[str], None]) -> bool:
    """Make the namespaces of a run on simulated nodes: no other's pods may be there, and none of its own take any room."""
    if simulation.taken(run.admin):
        return False
    simulation.ensure(run.admin, run.exercise.gpus, simulation.GRADES, tell)
    runs.make_namespaces(run, dict.fromkeys(run.namespaces, simulation.tie(simulation.GRADES)))
    return True


def _wanted(run: Run, objects: Iterable[Object]) -> dict[str, Requests]:
    """Return what the run's pods will request, by namespace."""
    by_namespace: dict[str, list[Requests]] = {name: [] for name in run.namespaces}
    values = [*objects, *runs.decoys(run)]
    for value in values:
        if "namespace" in value["metadata"]:
            by_namespace[value["metadata"]["namespace"]].append(requests_of(value, values))
    by_namespace[run.prober_namespace] = [requests_of(value) for value in runs.helpers(run, "")]
    return {name: total(found) for name, found in by_namespace.items()}


def _free(kube: Kube) -> tuple[Requests, Requests]:
    """Return what is free on the cluster's nodes for runs, and what runs hold or have reserved: they give it back.

    A namespace on its way out holds no more than its pods that are left. A control plane that takes no pods of runs counts
    neither with what it has nor with what runs there.
    """
    nodes = kube.list_objects("v1", "Node")
    closed = {node["metadata"]["name"] for node in nodes if _is_closed(node)}
    capacity = total(
        {
            name: quantity(amount) or Decimal(0)
            for name, amount in node["status"]["allocatable"].items()
            if _counts(name)
        }
        for node in nodes
        if node["metadata"]["name"] not in closed
    )
    reserved = {one["metadata"]["name"]: _reserved(one) for one in kube.list_objects("v1", "Namespace")}
    used: dict[str, list[Requests]] = defaultdict(list)
    for pod in kube.list_objects("v1", "Pod"):
        if pod.get("status", {}).get("phase") not in ENDED and pod["spec"].get("nodeName") not in closed:
            used[pod["metadata"]["namespace"]].append(of_pod(pod["spec"]))
    ours, others = [], []
    for name in {*reserved, *used}:
        now, promised = total(used[name]), reserved.get(name)
        if promised is None:
            others.append(now)
        else:
            ours.append({name: max(now[name], promised.get(name, Decimal(0))) for name in {*now, *promised}})
    taken = total((*ours, *others))
    free = total((capacity, {name: -amount for name, amount in taken.items()}))
    return free, total(ours)


def _is_closed(node: Object) -> bool:
    return any(one["key"] == ownnode.CONTROL_PLANE for one in node["spec"].get("taints", []))


def _counts(name: str) -> bool:
    return name in RESOURCES or name.startswith(DEVICES)


def _reserved(namespace: Object) -> Requests | None:
    text = namespace["metadata"].get("annotations", {}).get(RESERVED)
    if text is None:
        return None
    leaving = "deletionTimestamp" in namespace["metadata"]
    return {resource: Decimal(0 if leaving else amount) for resource, amount in json.loads(text).items()}
