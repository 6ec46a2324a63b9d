"""Pools of simulated nodes, for exercises in which only scheduling matters; played by KWOK, on a cluster of their own.

Such a node is an object with labels, devices and a taint, and no machine. The scheduler treats it as any other; what is
placed there is said to run, and no container does. Readiness therefore says nothing: what a grade asks is where pods are.

A pool is there twice: for practice, and for grades, which come one at a time. Namespaces are tied to one or the other as
those of exclusive exercises are to a node (see harness.cluster.ownnode), and so can never take the real node from our own pods.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from harness.cluster import gpupool, ownnode
from harness.core import artifacts
from harness.core.deadline import Deadline
from harness.exercises import gpus
from harness.exercises.gpus import Pool
from harness.kube.kube import Kube, Object, Ref

USE = "breakfix.dev/simulated"  # a label of each simulated node: what it is for
PRACTICE, GRADES = "practice", "grades"
PLAYED = {"kwok.x-k8s.io/node": "fake"}  # the annotation that KWOK is told to look for
SYSTEM = {ownnode.CONTROL_PLANE: ""}
PODS = 110  # on one node, a kubelet's default
THREADS = 8
READY_SECONDS = 180


def keep_system_pods(admin: Kube) -> None:
    """Keep the pods of the cluster's own DaemonSets on the real node: on a simulated one nothing runs."""
    for found in admin.list_objects("apps/v1", "DaemonSet", "kube-system"):
        if not SYSTEM.items() <= (found["spec"]["template"]["spec"].get("nodeSelector") or {}).items():
            body = {"spec": {"template": {"spec": {"nodeSelector": SYSTEM}}}}
            admin.merge(Ref("apps/v1", "DaemonSet", "kube-system", found["metadata"]["name"]), body)


def ensure(admin: Kube, pools: tuple[Pool, ...], use: str, tell: Callable[[str], None]) -> None:
    """Make the pools' nodes for practice or for grades, those that are not as they should be; wait until pods can go there.

    Raises: EnvironmentBrokenError where they do not get ready.
    """
    wanted = {f"{use}-{pool.profile.name}-{number:04}": pool for number, pool in enumerate(gpus.nodes(pools), 1)}
    mark = artifacts.digest([use, *map(repr, pools)])
    there, right = _nodes(admin, wanted, use, mark)
    if there == right == wanted.keys():
        return
    missing = wanted.keys() - right
    tell(f"making {len(missing)} simulated nodes for {use}")
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda name: admin.delete(Ref("v1", "Node", "", name)), there - right))
        list(threads.map(lambda name: admin.create(_node(name, wanted[name], use, mark)), missing))
    deadline = Deadline(READY_SECONDS, "the simulated nodes to be ready for pods")
    while waiting := wanted.keys() - _nodes(admin, wanted, use, mark)[1]:
        deadline.check(f"{len(waiting)} of {len(wanted)} are not, {min(waiting)} among them")
        deadline.pause(0.5)


def _nodes(admin: Kube, wanted: Mapping[str, Pool], use: str, mark: str) -> tuple[set[str], set[str]]:
    """Return the names of the nodes that there are for this use, and of those among them that are as wanted."""
    found = {node["metadata"]["name"]: node for node in admin.list_objects("v1", "Node", labels=f"{USE}={use}")}
    return set(found), {name for name, node in found.items() if name in wanted and _fits(node, wanted[name], mark)}


def _fits(node: Object, pool: Pool, mark: str) -> bool:
    """Whether a node is as its pool wants it, and keeps no pod away by more than the pool's taint."""
    spec = node["spec"]
    return (
        gpupool.fits(node, pool, mark)
        and len(spec.get("taints", [])) == len(gpupool.taints(pool))
        and not spec.get("unschedulable")
    )


def _node(name: str, pool: Pool, use: str, mark: str) -> Object:
    profile = pool.profile
    capacity = {
        "cpu": str(profile.cpu), "memory": f"{profile.ram}Gi", "pods": str(PODS),
        **{resource: str(count) for resource, count in gpus.capacity(pool).items()},
    }  # fmt: skip
    made = node(name, use, gpus.labels(pool), gpupool.taints(pool), capacity)
    made["metadata"]["annotations"][gpupool.MARK] = mark
    return made


def node(name: str, use: str, labels: Mapping[str, str], taints: list[Object], capacity: Mapping[str, str]) -> Object:
    """Return a simulated node with nothing behind it, whose namespaces are tied to `use`."""
    own = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", USE: use}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**own, **labels}, "annotations": dict(PLAYED)},
        "spec": {"taints": taints},
        "status": {
            "capacity": dict(capacity), "allocatable": dict(capacity),
            "addresses": [{"type": "Hostname", "address": name}],
            "conditions": [{"type": "Ready", "status": "True", "reason": "Simulated", "message": "no machine is behind it"}],
            "nodeInfo": {
                "kubeletVersion": "simulated", "architecture": "amd64", "operatingSystem": "linux", "osImage": "none",
                "machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "", "containerRuntimeVersion": "",
                "kubeProxyVersion": "",
            },
        },
    }  # fmt: skip


def tie(use: str) -> Mapping[str, str]:
    """Return the annotation that keeps a namespace's pods on the nodes for practice, or on those for grades."""
    return {ownnode.SELECTOR: f"{USE}={use}"}


def taken(admin: Kube) -> bool:
    """Whether a run has the nodes for grades; it gives them back when its namespaces are gone."""
    tied = tie(GRADES).items()
    found = admin.list_objects("v1", "Namespace")
    return any(tied <= one["metadata"].get("annotations", {}).items() for one in found)


def notice(pools: tuple[Pool, ...]) -> str:
    """Return what a candidate has to know about simulated pools."""
    kinds = ", ".join(f"{pool.nodes} with {pool.count} x {pool.profile.product}" for pool in pools)
    return (
        f"The GPU nodes here are simulated ({kinds}). The scheduler places pods there as on any node, but no container "
        "runs: there are no logs, and that a pod is ready says nothing. What counts is where pods are placed."
    )
