"""Metrics in the form of dcgm-exporter on port 9400: which pod has which GPU, as the kubelet says, and how busy it is.

Sources: dcgm-exporter's documentation (names, labels); the kubelet's v1 pod resources API.
"""

import json
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gpu_node.node import Node
from gpu_node.wire import PODS, call

PORT = 9400
SOCKET = "/var/lib/kubelet/pod-resources/kubelet.sock"
UTILISATION = "breakfix.dev/gpu-utilization"  # a pod's annotation: percent
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SECONDS = 5.0
RESERVED = 500  # MiB that driver and context take, as an idle GPU shows
HELP = {
    "DCGM_FI_DEV_GPU_UTIL": "GPU utilization (in %).",
    "DCGM_FI_DEV_FB_USED": "Framebuffer memory used (in MiB).",
    "DCGM_FI_DEV_FB_FREE": "Framebuffer memory free (in MiB).",
    "DCGM_FI_DEV_XID_ERRORS": "Value of the last XID error encountered.",
}
Owner = tuple[str, str, str]  # namespace, pod, container


def owners(node: Node) -> dict[str, list[Owner]]:
    """Return who holds each device, by the UUID that the holder sees; replicas of one GPU can have several holders."""
    answer = call(
        SOCKET,
        "/v1.PodResourcesLister/List",
        PODS["ListPodResourcesRequest"](),
        PODS["ListPodResourcesResponse"],
        SECONDS,
    )
    found: dict[str, list[Owner]] = {}
    for pod in answer.pod_resources:
        for container in pod.containers:
            for devices in container.devices:
                known = node.resources.get(devices.resource_name, {})
                for uuid in dict.fromkeys(known[one] for one in devices.device_ids if one in known):
                    found.setdefault(uuid, []).append((pod.namespace, pod.name, container.name))
    return found


def utilisation(namespace: str, pod: str) -> float:
    """Return what the pod's annotation asks for; nothing asked for is an idle GPU."""
    request = urllib.request.Request(
        f"https://kubernetes.default.svc/api/v1/namespaces/{namespace}/pods/{pod}",
        headers={"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}"},
    )
    context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    try:
        with urllib.request.urlopen(request, timeout=SECONDS, context=context) as response:
            asked = json.load(response)["metadata"].get("annotations", {}).get(UTILISATION, "0")
        return min(100.0, max(0.0, float(asked)))
    except (OSError, ValueError):
        return 0.0


def text(node: Node, name: str, held: dict[str, list[Owner]], busy: Callable[[str, str], float]) -> str:
    """Return the page: every device once for each of its holders, or once without a holder."""
    lines: dict[str, list[str]] = {
        metric: [f"# HELP {metric} {what}", f"# TYPE {metric} gauge"] for metric, what in HELP.items()
    }
    for labels, memory, xid, owner in _rows(node, name, held):
        share = busy(owner[0], owner[1]) if owner else 0.0
        used = int(memory * share / 100) if owner else 0
        used = min(memory, max(used, RESERVED if owner else 0))
        values = (share, used, memory - used, xid)
        for metric, value in zip(HELP, values, strict=True):
            lines[metric].append(f"{metric}{{{labels}}} {value:g}")
    return "\n".join(line for one in lines.values() for line in one) + "\n"


def _rows(node: Node, name: str, held: dict[str, list[Owner]]) -> Iterator[tuple[str, int, int, Owner | None]]:
    xids = node.faults().get("xid", {})
    for gpu in node.about["gpus"]:
        for part in gpu["mig"] or [None]:
            uuid = part["uuid"] if part else gpu["uuid"]
            memory = part["slice"]["memory"] if part else gpu["memory"]
            labels = {
                "gpu": gpu["index"], "UUID": gpu["uuid"], "pci_bus_id": gpu["bus"], "device": f"nvidia{gpu['index']}",
                "modelName": gpu["name"], "Hostname": name,
            }  # fmt: skip
            if part:
                labels |= {"GPU_I_PROFILE": part["slice"]["name"], "GPU_I_ID": part["gi"]}
            for owner in held.get(uuid) or [None]:
                told = labels | dict(zip(("namespace", "pod", "container"), owner or ("", "", ""), strict=True))
                yield (
                    ",".join(f'{key}="{value}"' for key, value in told.items()),
                    memory,
                    xids.get(gpu["uuid"], 0),
                    owner,
                )


def serve(node: Node, name: str) -> None:
    """Answer GET /metrics until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in {"/metrics", "/health"}:
                self.send_error(404)
                return
            page = text(node, name, owners(node), utilisation) if self.path == "/metrics" else "OK\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: Any) -> None:
            """Keep scrapes out of the log."""

    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
