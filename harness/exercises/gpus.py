"""GPU pools as an exercise declares them, and what a node of one is made of: devices, resources, labels.

Sources: NVIDIA's documentation of gpu-feature-discovery (labels), k8s-device-plugin (resource names, MIG strategies, time
slicing) and the MIG user guide (slices); product names and memory as `nvidia-smi` prints them.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from harness.exercises.gpuprofiles import PROFILES, Profile, Slice

RESOURCE = "nvidia.com/gpu"
TAINT = "nvidia.com/gpu"
OWN_NODES = 2
REAL_NODES = 4  # of one pool: each is a container with a kubelet
SIMULATED_NODES = 1000  # of all pools together


@dataclass(frozen=True)
class Pool:
    """One pool of an exercise: `nodes` nodes with `count` GPUs each; `taint` is the taint's value, '' for none.

    Nodes that are `simulated` have no machine behind them (see harness.cluster.simulation).
    """

    profile: Profile
    count: int
    nodes: int = 1
    mode: str = "whole"
    replicas: int = 1
    taint: str = "present"
    simulated: bool = False


@dataclass(frozen=True)
class Mig:
    """One MIG device of a GPU, with the ids that nvidia-smi shows."""

    uuid: str
    index: int
    gi: int
    slice: Slice


@dataclass(frozen=True)
class Gpu:
    """One GPU of a node, with its MIG devices where it is partitioned."""

    index: int
    uuid: str
    name: str
    memory: int
    bus: str
    compute: str
    mig: tuple[Mig, ...]


def read(data: Mapping[str, Any]) -> tuple[Pool, ...]:
    """Return what `gpus` of a valid exercise.yaml declares."""
    return tuple(
        Pool(**{**one, "profile": PROFILES[one["profile"]], "replicas": one.get("replicas", 1)})
        for one in data.get("gpus", [])
    )


def strays(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what the schema cannot see of the pools of an exercise.yaml: place and message."""
    for number, one in enumerate(data.get("gpus", [])):
        profile, mode = PROFILES[one["profile"]], one.get("mode", "whole")
        if mode.startswith("mig-") and not profile.slices:
            yield ("gpus", number, "mode"), f"a {profile.product} cannot be partitioned; use mode whole or time-sliced"
        if (mode == "time-sliced") != ("replicas" in one):
            yield ("gpus", number), "replicas belong to mode time-sliced, and that needs them"
    if any(one.get("simulated") for one in data.get("gpus", [])):
        yield from _simulated(data)
        return
    for number, one in enumerate(data.get("gpus", [])):
        if one.get("nodes", 1) > REAL_NODES:
            yield (
                ("gpus", number, "nodes"),
                f"more than {REAL_NODES} nodes are too many for one machine, unless simulated: true",
            )
    if data.get("isolation") == "exclusive" and sum(one.get("nodes", 1) for one in data.get("gpus", [])) < OWN_NODES:
        yield ("isolation",), f"an exclusive exercise wants {OWN_NODES} GPU nodes: one to practise on, one for a run"


def _simulated(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what an exercise with simulated nodes asks of them that only real ones have."""
    pools = data["gpus"]
    for number, one in enumerate(pools):
        if not one.get("simulated"):
            yield ("gpus", number), "simulated and real pools do not share a cluster; simulate all of them, or none"
        if one.get("taint", "present") == "":
            yield ("gpus", number, "taint"), "a simulated pool needs a taint, or pods that have to run would land there"
    if sum(one.get("nodes", 1) for one in pools) > SIMULATED_NODES:
        yield ("gpus",), f"at most {SIMULATED_NODES} simulated nodes in all"
    if "nodes" in data:
        yield ("nodes",), "simulated pools have one real node, for what has to run; leave nodes out"
    if data.get("isolation") == "exclusive":
        yield ("isolation",), "runs on simulated nodes are played one at a time anyway; use isolation: namespace"
    for place in _wants_containers(data):
        yield place, f"{place[-1]} takes containers that run, and on simulated nodes none does"


def _wants_containers(data: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Yield the places that ask for something of a running container."""
    yield from ((key,) for key in ("traffic", "reach", "records") if key in data)
    for number, one in enumerate(data.get("jobs", [])):
        yield from (("jobs", number, key) for key in ("workers", "dataset", "keeps") if key in one)


def nodes(pools: tuple[Pool, ...]) -> list[Pool]:
    """Return the pool of each GPU node, in the order of the cluster's workers."""
    return [pool for pool in pools for _ in range(pool.nodes)]


def gpus(pool: Pool, node: int) -> list[Gpu]:
    """Return the GPUs of the cluster's worker number `node`; their UUIDs never change."""
    return [_gpu(pool, f"{pool.profile.name}/{node}/{index}", index) for index in range(pool.count)]


def _gpu(pool: Pool, seed: str, index: int) -> Gpu:
    profile = pool.profile
    names = [name for name, copies in layout(pool).items() for _ in range(copies)]
    mig = tuple(
        Mig(f"MIG-{_uuid(f'{seed}/{number}')}", number, number + 7, profile.slices[name])
        for number, name in enumerate(names)
    )
    # Every second PCI slot from 0x10 on, as the switches of an eight-GPU machine leave them.
    bus = f"00000000:{0x10 + 0xB * index:02X}:00.0"
    return Gpu(index, f"GPU-{_uuid(seed)}", profile.product, profile.memory, bus, profile.compute, mig)


def layout(pool: Pool) -> Mapping[str, int]:
    """Return how many MIG devices of each kind one GPU of the pool holds."""
    if pool.mode == "mig-mixed":
        return pool.profile.mixed
    return pool.profile.single if pool.mode == "mig-single" else {}


def devices(pool: Pool, found: list[Gpu]) -> dict[str, dict[str, str]]:
    """Return, by resource, the device IDs that the kubelet gets, each with the UUID that a container sees."""
    if pool.mode == "mig-mixed":
        named: dict[str, dict[str, str]] = {}
        for one in (mig for gpu in found for mig in gpu.mig):
            named.setdefault(f"nvidia.com/mig-{one.slice.name}", {})[one.uuid] = one.uuid
        return named
    if pool.mode == "mig-single":
        return {RESOURCE: {one.uuid: one.uuid for gpu in found for one in gpu.mig}}
    if pool.mode == "time-sliced":
        # The plugin's own form: annotated IDs, so that replicas of one GPU stay apart at the kubelet.
        return {RESOURCE: {f"{gpu.uuid}::{copy}": gpu.uuid for gpu in found for copy in range(pool.replicas)}}
    return {RESOURCE: {gpu.uuid: gpu.uuid for gpu in found}}


def capacity(pool: Pool) -> dict[str, int]:
    """Return how much of each resource one node of the pool has."""
    return {resource: len(ids) for resource, ids in devices(pool, gpus(pool, 0)).items()}


def description(pool: Pool, node: int) -> dict[str, Any]:
    """Return all that the programs on a node need to know, as JSON takes it."""
    found = gpus(pool, node)
    return {
        "driver": pool.profile.driver,
        "cuda": pool.profile.cuda,
        "gpus": [asdict(gpu) for gpu in found],
        "resources": devices(pool, found),
    }


def labels(pool: Pool) -> dict[str, str]:
    """Return the labels that feature discovery puts on a node of the pool."""
    profile = pool.profile
    single = next((profile.slices[name] for name in layout(pool)), None) if pool.mode == "mig-single" else None
    product = profile.product.replace(" ", "-")
    shared = pool.mode == "time-sliced"
    found = {
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.count": str(capacity(pool)[RESOURCE] if single else pool.count),
        "nvidia.com/gpu.product": product + (f"-MIG-{single.name}" if single else "") + ("-SHARED" if shared else ""),
        "nvidia.com/gpu.memory": str(single.memory if single else profile.memory),
        "nvidia.com/gpu.family": profile.family,
        "nvidia.com/gpu.machine": profile.machine,
        "nvidia.com/gpu.mode": "compute",
        "nvidia.com/gpu.replicas": "0" if pool.mode == "mig-mixed" else str(pool.replicas),
        "nvidia.com/gpu.sharing-strategy": "time-slicing" if shared else "none",
        "nvidia.com/gpu.compute.major": profile.compute.split(".")[0],
        "nvidia.com/gpu.compute.minor": profile.compute.split(".")[1],
        "nvidia.com/mig.capable": str(bool(profile.slices)).lower(),
        "feature.node.kubernetes.io/pci-10de.present": "true",
        "node.kubernetes.io/instance-type": profile.machine,
        **versions(profile.driver, profile.cuda),
    }
    if pool.mode.startswith("mig-"):
        found["nvidia.com/mig.strategy"] = pool.mode.removeprefix("mig-")
    if single:
        found |= _parts("nvidia.com/gpu", single)
    if pool.mode == "mig-mixed":
        for name, copies in layout(pool).items():
            found |= _mixed(pool, profile.slices[name], product, copies)
    return found


def versions(driver: str, cuda: str) -> dict[str, str]:
    """Return the labels that tell a node's driver and CUDA version, in the newer and the older spelling."""
    major, minor, revision = driver.split(".")
    runtime = dict(zip(("major", "minor"), cuda.split("."), strict=True))
    return {
        "nvidia.com/cuda.driver-version.full": driver,
        "nvidia.com/cuda.driver-version.major": major,
        "nvidia.com/cuda.driver-version.minor": minor,
        "nvidia.com/cuda.driver-version.revision": revision,
        "nvidia.com/cuda.driver.major": major,
        "nvidia.com/cuda.driver.minor": minor,
        "nvidia.com/cuda.driver.rev": revision,
        "nvidia.com/cuda.runtime-version.full": cuda,
        **{f"nvidia.com/cuda.runtime-version.{key}": value for key, value in runtime.items()},
        **{f"nvidia.com/cuda.runtime.{key}": value for key, value in runtime.items()},
    }


def _mixed(pool: Pool, one: Slice, product: str, copies: int) -> dict[str, str]:
    stem = f"nvidia.com/mig-{one.name}"
    return {
        f"{stem}.count": str(copies * pool.count),
        f"{stem}.product": f"{product}-MIG-{one.name}",
        f"{stem}.memory": str(one.memory),
        f"{stem}.replicas": "1",
        f"{stem}.sharing-strategy": "none",
        **_parts(stem, one),
    }


def _parts(stem: str, one: Slice) -> dict[str, str]:
    engines = {"copy": one.copy, "decoder": one.decoder, "encoder": 0, "jpeg": one.jpeg, "ofa": 0}
    return {
        f"{stem}.multiprocessors": str(one.multiprocessors),
        f"{stem}.slices.gi": str(one.slices),
        f"{stem}.slices.ci": str(one.slices),
        **{f"{stem}.engines.{name}": str(count) for name, count in engines.items()},
    }


def _uuid(seed: str) -> str:
    found = hashlib.sha256(f"breakfix {seed}".encode()).hexdigest()
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:32]))
