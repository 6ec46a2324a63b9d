"""kind's configuration of a cluster, as data: what every cluster has, and what the components on it want.

Sources: kind's v1alpha4 configuration; kubeadm's v1beta4 ClusterConfiguration.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from harness.cluster import egress
from harness.core.errors import InputError
from harness.exercises.component import Component
from harness.exercises.needs import Needs
from harness.kube.kube import Object

PROGRAMS = ("apiServer", "controllerManager", "scheduler")


def of(needs: Needs) -> Object:
    """Return the configuration of the cluster that has what is needed.

    Raises: InputError where two components want different things.
    """
    found: Object = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": {"podSubnet": egress.POD_SUBNET},
        "kubeadmConfigPatches": [yaml.safe_dump(patch, sort_keys=False) for patch in _patches(needs.parts)],
    }
    containerd = [part.patches["containerd"] for part in needs.parts if "containerd" in part.patches]
    if containerd:
        found["containerdConfigPatches"] = containerd
    if needs.workers:
        found["nodes"] = [{"role": "control-plane"}, *({"role": "worker"} for _ in range(needs.workers))]
    return found


def text(config: Object) -> str:
    """Return a configuration as kind reads it."""
    return yaml.safe_dump(config, sort_keys=False)


def _patches(parts: Iterable[Component]) -> list[Object]:
    kubelet = {"failCgroupV1": False, **_merged(parts, "kubelet")}
    arguments = {program: _merged(parts, program) for program in PROGRAMS}
    control_plane = {
        program: {"extraArgs": [{"name": name, "value": value} for name, value in sorted(found.items())]}
        for program, found in arguments.items()
        if found
    }
    patches: list[Object] = [{"kind": "KubeletConfiguration", **kubelet}]
    return [*patches, {"kind": "ClusterConfiguration", **control_plane}] if control_plane else patches


def _merged(parts: Iterable[Component], key: str) -> dict[str, Any]:
    """Return what components want under a key, together."""
    merged: dict[str, Any] = {}
    by: dict[str, str] = {}
    for part in parts:
        wanted: Mapping[str, Any] = part.patches.get(key, {})
        for name, value in wanted.items():
            if merged.setdefault(name, value) != value:
                raise InputError(
                    f"components {by[name]} and {part.name} cannot share a cluster: of {key} {name} they want "
                    f"{merged[name]!r} and {value!r}; an exercise takes one of them"
                )
            by.setdefault(name, part.name)
    return merged
