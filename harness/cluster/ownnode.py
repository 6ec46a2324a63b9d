"""A node for one run alone: what exclusive exercises are played on, beside other runs of the same cluster.

Their submissions preempt and fill up a whole pool, which must touch nobody else. So the namespaces of such a run are tied
to one GPU node by an annotation that the API server's PodNodeSelector plugin reads, and nobody else's are while they live.
The pods of a namespace go before it does, and a pod goes when its kubelet has freed its devices.
"""

from harness.kube.kube import Kube, Object

SELECTOR = "scheduler.alpha.kubernetes.io/node-selector"  # read by the admission plugin PodNodeSelector
HOSTNAME = "kubernetes.io/hostname"
POOL = "nvidia.com/gpu.present=true"
CONTROL_PLANE = (
    "node-role.kubernetes.io/control-plane"  # a label of that node, and its taint where it takes no others' pods
)
# What keeps our own pods there, whatever a run does to the other nodes.
ON_CONTROL_PLANE: Object = {
    "nodeSelector": {CONTROL_PLANE: ""},
    "tolerations": [{"key": CONTROL_PLANE, "operator": "Exists", "effect": "NoSchedule"}],
}


def tie(node: str) -> dict[str, str]:
    """Return the annotation that keeps a namespace's pods on this node."""
    return {SELECTOR: f"{HOSTNAME}={node}"}


def nodes(kube: Kube) -> list[str]:
    """Return the GPU nodes, in the order of their names."""
    return sorted(node["metadata"]["labels"][HOSTNAME] for node in kube.list_objects("v1", "Node", labels=POOL))


def free(kube: Kube) -> str | None:
    """Return a node that no namespace is tied to, the last of them first: the first is where candidates practise."""
    taken = {_tied(one) for one in kube.list_objects("v1", "Namespace")}
    return next((node for node in reversed(nodes(kube)) if node not in taken), None)


def _tied(namespace: Object) -> str:
    selector: str = namespace["metadata"].get("annotations", {}).get(SELECTOR, "")
    return selector.removeprefix(f"{HOSTNAME}=")
