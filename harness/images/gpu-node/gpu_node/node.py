"""This node's devices: which there are, which are healthy, and what a container is told of those that it gets."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

# XIDs that an application causes leave the GPU usable. Source: the device plugin's list of those it ignores.
APPLICATION_XIDS = {13, 31, 43, 45, 68, 109}
PROGRAM = "/usr/bin/nvidia-smi"
DEVICES = "/usr/lib/nvidia/devices.json"


class Node:
    """A node's pool, as the harness describes it, with the faults that were put into it."""

    def __init__(self, description: Path, shared: Path) -> None:
        self.about: dict[str, Any] = json.loads(description.read_text("utf-8"))
        self._shared = shared  # a folder of the host, under the same path in this container
        self.faults_file = shared / "faults.json"

    @property
    def resources(self) -> dict[str, dict[str, str]]:
        """By resource: the device IDs that the kubelet knows, each with the UUID that a container sees."""
        found: dict[str, dict[str, str]] = self.about["resources"]
        return found

    def faults(self) -> dict[str, Any]:
        """Return what is broken: unhealthy UUIDs, XIDs by UUID, another driver."""
        try:
            found: dict[str, Any] = json.loads(self.faults_file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def health(self, resource: str) -> dict[str, str]:
        """Return each device of a resource with the kubelet's word for its state."""
        faults = self.faults()
        broken = {uuid for uuid, xid in faults.get("xid", {}).items() if xid not in APPLICATION_XIDS}
        broken |= set(faults.get("unhealthy", []))
        parents = {one["uuid"]: gpu["uuid"] for gpu in self.about["gpus"] for one in gpu["mig"]}
        return {
            device: "Unhealthy" if {uuid, parents.get(uuid)} & broken else "Healthy"
            for device, uuid in self.resources[resource].items()
        }

    def gpu_of(self, uuid: str) -> int:
        """Return the index of the GPU that a device is, or is a part of."""
        return next(
            int(gpu["index"])
            for gpu in self.about["gpus"]
            if uuid == gpu["uuid"] or any(uuid == one["uuid"] for one in gpu["mig"])
        )

    def lend_program(self, source: Path) -> None:
        """Put nvidia-smi where containers can get it; whoever runs the one before keeps that."""
        place = self._shared / "nvidia-smi"
        part = place.with_suffix(".part")
        part.write_bytes(source.read_bytes())
        part.chmod(0o755)
        part.rename(place)

    def allocation(self, visible: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """Return what a container with these UUIDs gets: environment, and mounts as (container path, host path).

        The devices stand in a file of their own, so that no variable that a pod sets can show it more.
        """
        content = json.dumps(self._seen(visible))
        place = self._shared / f"seen-{hashlib.sha256(content.encode()).hexdigest()[:16]}.json"
        if not place.exists():
            part = place.with_suffix(f".{os.getpid()}")
            part.write_text(content, "utf-8")
            part.rename(place)
        envs = {"NVIDIA_VISIBLE_DEVICES": ",".join(visible), "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
        return envs, [(PROGRAM, str(self._shared / "nvidia-smi")), (DEVICES, str(place))]

    def _seen(self, visible: list[str]) -> dict[str, Any]:
        """Return the part of this node that a container with these UUIDs sees."""
        gpus = []
        for gpu in self.about["gpus"]:
            mig = [one for one in gpu["mig"] if one["uuid"] in visible]
            if gpu["uuid"] in visible or mig:
                gpus.append({**gpu, "partitioned": bool(gpu["mig"]), "mig": mig})
        faults = self.faults()
        return {
            "driver": faults.get("driver", self.about["driver"]),
            "cuda": faults.get("cuda", self.about["cuda"]),
            "gpus": gpus,
        }
