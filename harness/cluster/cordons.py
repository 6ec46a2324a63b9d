"""Keep pods off a node for a while, with a note on the node which run does so: what its process cannot undo, the next one does."""

import os

from harness.core import process
from harness.kube.kube import Kube, Object, Ref

RUN = "breakfix.dev/cordoned-by"  # the token of the run
OWNER = "breakfix.dev/cordoned-by-process"


def cordon(kube: Kube, node: str, token: str) -> None:
    """Keep new pods off a node, in the name of a run."""
    _change(kube, node, {RUN: token, OWNER: str(os.getpid())}, unschedulable=True)


def lift(kube: Kube, token: str) -> list[str]:
    """Let pods be placed again on the nodes that a run has cordoned, and return their names."""
    names = [node["metadata"]["name"] for node in kube.list_objects("v1", "Node", labels=f"{RUN}={token}")]
    for name in names:
        _change(kube, name, {RUN: None, OWNER: None}, unschedulable=None)
    return names


def sweep(kube: Kube) -> None:
    """Lift what runs whose process died have left: a killed grade cannot clean up after itself."""
    for node in kube.list_objects("v1", "Node", labels=RUN):
        labels = node["metadata"]["labels"]
        if not process.alive(labels.get(OWNER, "")):
            lift(kube, labels[RUN])


def _change(kube: Kube, node: str, labels: dict[str, str | None], *, unschedulable: bool | None) -> None:
    body: Object = {"metadata": {"labels": labels}, "spec": {"unschedulable": unschedulable}}
    kube.merge(Ref("v1", "Node", "", node), body)
