"""What was seen on simulated nodes: which pods the scheduler placed, and where. Whether they run, nobody can tell there."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from grader.checks.observed import Observed
from grader.checks.spec import fail


def placed(observed: Observed, workload: str) -> list[Mapping[str, Any]]:
    """Return the pods of a workload that have a node, each with `node`, `product` and `devices`."""
    return [one for one in _pods(observed, workload) if one["node"]]


def need_placed(observed: Observed, workload: str, pods: int) -> None:
    """Fail unless the workload has at least so many pods with a node, and none without; tell what the scheduler says."""
    observed.need_applied()
    found = _pods(observed, workload)
    there = placed(observed, workload)
    if len(there) < pods or len(found) > len(there):
        said = dict.fromkeys(one["state"] for one in found if not one["node"])
        fail(
            "the scheduler has not placed all pods",
            object=workload,
            field="spec.nodeName",
            expected=f"{pods} pods on nodes within {observed.data['ready_within']:g} s, and none waiting",
            seen="; ".join([f"{len(there)} of {len(found)} placed", *said]),
            symptoms=[observed.late("applied", observed.data["ready_within"], "placed")],
        )


def need_product(observed: Observed, workload: str, product: str) -> None:
    """Fail where a placed pod stands on a node with other GPUs, or with none; `product` as the node's label tells it."""
    for one in placed(observed, workload):
        if one["product"] != product:
            seen = f"{one['node']}, with {one['product'] or 'no GPU'}"
            fail("a pod was placed on another kind of node", object=f"Pod/{one['name']}", expected=product, seen=seen)


def need_spread(observed: Observed, workload: str, most: int) -> None:
    """Fail where more than `most` pods of the workload share a node, so that the node's end is theirs together."""
    counts = Counter(one["node"] for one in placed(observed, workload))
    for node, count in counts.most_common(1):
        if count > most:
            fail("too many pods share a node", object=workload, expected=f"at most {most}", seen=f"{count} on {node}")


def need_packed(observed: Observed, workload: str, nodes: int) -> None:
    """Fail where the workload's pods take more nodes than they have to, which are then free for nobody else."""
    taken = {one["node"] for one in placed(observed, workload)}
    if len(taken) > nodes:
        fail(
            "the pods take more nodes than they need",
            object=workload,
            expected=f"at most {nodes}",
            seen=str(len(taken)),
        )


def _pods(observed: Observed, workload: str) -> list[Mapping[str, Any]]:
    return [one for one in observed.decided().data["placed"] if one["workload"] == workload]
