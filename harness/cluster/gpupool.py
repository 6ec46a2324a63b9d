"""Make a cluster's workers the GPU nodes that an exercise declares, and break or mend their devices.

GPU exercises have a cluster of their own, whose workers are their pools: a submission can neither taint nor label a node,
so that nothing has to be restored after a run, and runs go side by side as long as there are free devices for them (see
harness.runs.admission). The control plane takes the pods that want no GPU, ours among them.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.cluster import installation
from harness.containers.images import Image
from harness.core import artifacts, process
from harness.core.deadline import Deadline
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress
from harness.engine.clusterrecord import Cluster
from harness.exercises import gpus
from harness.exercises.component import Component
from harness.exercises.gpus import Pool
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref

NAMESPACE = "gpu-operator"
SELECTOR = "app=nvidia-device-plugin-daemonset"
CONTAINER = "nvidia-device-plugin"
MARK = "breakfix.dev/gpu-pool"  # on a GPU node: which pool it was made for
OURS = ("nvidia.com/", "feature.node.kubernetes.io/pci-10de")
CONFIG_MAP = "gpu-pool"
READY_SECONDS = 120
METRICS_PORT = 9400  # of the device plugin, as dcgm-exporter's
FAULT = "breakfix.dev/gpu-fault"  # on a node whose devices a run has broken: the process that will mend them


def install(
    admin: Kube,
    cluster: Cluster,
    pools: tuple[Pool, ...],
    *,
    component: Component,
    images: Mapping[str, Image],
    progress: Progress,
) -> None:
    """Give the first workers their pools' devices, labels and taints; a few milliseconds where they have them.

    Raises: EnvironmentBrokenError where the devices do not become allocatable.
    """
    wanted = _wanted(cluster, pools)
    described = {
        f"{name}.json": json.dumps(gpus.description(pool, number)) for number, (name, pool) in enumerate(wanted.items())
    }
    mark = artifacts.digest([*described.values(), *map(repr, pools)])
    found = {name: _node(admin, name) for name in wanted}
    if not all(fits(node, wanted[name], mark) for name, node in found.items()):
        progress("making the GPU nodes")
        admin.merge(Ref("v1", "Node", "", cluster.node), {"spec": {"taints": []}})
        for name, node in found.items():
            _dress(admin, node, wanted[name], mark)
    metadata = {"name": CONFIG_MAP, "namespace": NAMESPACE}
    config: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": described}
    installation.install(admin, component, images, progress, beside=[config])
    _mend_what_is_left(admin, found)
    _await(admin, wanted)


def _wanted(cluster: Cluster, pools: tuple[Pool, ...]) -> dict[str, Pool]:
    """Return the pool of each GPU node; plain nodes come after them."""
    return dict(zip(cluster.workers, gpus.nodes(pools), strict=False))


def _node(admin: Kube, name: str) -> Object:
    return admin.request("GET", admin.path_of("v1", "Node", "", name))


def _dress(admin: Kube, node: Object, pool: Pool, mark: str) -> None:
    """Put a pool's labels and taint on a node, and take off those of another."""
    labels: dict[str, str | None] = {
        key: None for key in node["metadata"]["labels"] if key.startswith(OURS) and key not in gpus.labels(pool)
    }
    labels |= gpus.labels(pool)
    metadata = {"labels": labels, "annotations": {MARK: mark}}
    admin.merge(
        Ref("v1", "Node", "", node["metadata"]["name"]), {"metadata": metadata, "spec": {"taints": taints(pool)}}
    )


def taints(pool: Pool) -> list[Object]:
    """Return the taints of a pool's nodes."""
    return [{"key": gpus.TAINT, "value": pool.taint, "effect": "NoSchedule"}] if pool.taint else []


def fits(node: Object, pool: Pool, mark: str) -> bool:
    """Whether a node is as this pool wants it, labels and taint included."""
    metadata = node["metadata"]
    found = [(one["key"], one.get("value", "")) for one in node["spec"].get("taints", []) if one["key"] == gpus.TAINT]
    return bool(
        metadata.get("annotations", {}).get(MARK) == mark
        and gpus.labels(pool).items() <= metadata["labels"].items()
        and found == [(one["key"], one["value"]) for one in taints(pool)]
    )


def _await(admin: Kube, wanted: dict[str, Pool]) -> None:
    """Wait until the kubelet of each node offers what its pool has, and nothing of another pool."""
    deadline = Deadline(READY_SECONDS, "the GPUs to become allocatable")
    for name, pool in wanted.items():
        while (seen := offered(_node(admin, name))) != gpus.capacity(pool):
            deadline.check(f"node {name} offers {seen or 'none'}, of {gpus.capacity(pool)}; see: {_pods(admin)}")
            deadline.pause(0.2)


def offered(node: Object) -> dict[str, int]:
    """Return the GPU resources that a node offers now; those of which it has none are left out."""
    allocatable = node["status"].get("allocatable", {})
    return {key: int(value) for key, value in allocatable.items() if key.startswith("nvidia.com/") and int(value)}


def _pods(admin: Kube) -> str:
    found = admin.list_objects("v1", "Pod", NAMESPACE, labels=SELECTOR)
    return ", ".join(f"{NAMESPACE}/{one['metadata']['name']} {one['status'].get('phase')}" for one in found) or "no pod"


def plugin_of(admin: Kube, node: str) -> str:
    """Return the name of the device plugin's running pod on a node."""
    deadline = Deadline(READY_SECONDS, f"the device plugin on {node}")
    while True:
        for pod in admin.list_objects("v1", "Pod", NAMESPACE, labels=SELECTOR):
            ready = any(one.get("ready") for one in pod["status"].get("containerStatuses", []))
            if pod["spec"].get("nodeName") == node and ready and "deletionTimestamp" not in pod["metadata"]:
                return str(pod["metadata"]["name"])
        deadline.check(_pods(admin))
        deadline.pause(0.2)


def break_devices(admin: Kube, node: str, faults: dict[str, Any]) -> None:
    """Put faults into a node's devices in place of those before; {} mends them all.

    `unhealthy` lists UUIDs; `xid` maps UUIDs to a number; `driver` and `cuda` are versions, which the labels then tell too.

    Raises: ApiRefusedError where the plugin knows no such fault.
    """
    argv = ["python3", "-m", "gpu_node.fault", json.dumps(faults)]
    admin.execute(NAMESPACE, plugin_of(admin, node), CONTAINER, argv)
    if "driver" in faults:
        admin.merge(
            Ref("v1", "Node", "", node), {"metadata": {"labels": gpus.versions(faults["driver"], faults["cuda"])}}
        )


@contextmanager
def broken(admin: Kube, node: str, faults: dict[str, Any]) -> Iterator[None]:
    """Have faults in a node's devices, as `break_devices` takes them, and none afterwards; see `install` for a process that is killed."""
    admin.merge(Ref("v1", "Node", "", node), {"metadata": {"annotations": {FAULT: str(os.getpid())}}})
    try:
        break_devices(admin, node, faults)
        yield
    finally:
        _mend(admin, node)


def _mend(admin: Kube, node: str) -> None:
    break_devices(admin, node, {})
    admin.merge(Ref("v1", "Node", "", node), {"metadata": {"annotations": {FAULT: None}}})


def _mend_what_is_left(admin: Kube, nodes: Mapping[str, Object]) -> None:
    """Mend what runs whose process died have broken: a killed grade cannot clean up after itself."""
    for name, node in nodes.items():
        owner = node["metadata"].get("annotations", {}).get(FAULT)
        if owner is not None and not process.alive(owner):
            _mend(admin, name)


def held(admin: Kube, node: str, namespace: str, pod: str) -> list[str]:
    """Return the UUIDs of the GPUs that a pod on this node has, or has a part of, by the metrics of the node's device plugin."""
    fetch = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{METRICS_PORT}/metrics').read().decode())"
    page = admin.execute(NAMESPACE, plugin_of(admin, node), CONTAINER, ["python3", "-c", fetch])
    owner = f'namespace="{namespace}",pod="{pod}",'
    found = (re.search(r'UUID="([^"]+)"', line) for line in page.splitlines() if owner in line)
    return list(dict.fromkeys(match[1] for match in found if match))


def left_in(admin: Kube, node: str, folder: str) -> Object:
    """Return which checkpoints are in a claim's folder on a GPU node, and what else; see gpu_node.kept.

    Raises: EnvironmentBrokenError where our program there does not say so.
    """
    try:
        said = admin.execute(NAMESPACE, plugin_of(admin, node), CONTAINER, ["python3", "-m", "gpu_node.kept", folder])
        found: Object = json.loads(said)
    except (ApiRefusedError, ValueError) as problem:
        raise EnvironmentBrokenError(f"our program on {node} did not tell what is in {folder}: {problem}") from problem
    return found


def restore(admin: Kube, cluster: Cluster, pools: tuple[Pool, ...]) -> None:
    """Mend every device, and give every GPU node its own labels again."""
    wanted = _wanted(cluster, pools)
    for name, pool in wanted.items():
        break_devices(admin, name, {})
        admin.merge(Ref("v1", "Node", "", name), {"metadata": {"labels": gpus.labels(pool)}})
    _await(admin, wanted)
