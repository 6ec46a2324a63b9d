"""Serve this node's devices, and register again whenever the kubelet was started anew."""

import os
import sys
import threading
import time
from pathlib import Path

import grpc

from gpu_node import metrics
from gpu_node.fault import SHARED
from gpu_node.node import Node
from gpu_node.plugin import Plugin

PLUGINS = Path("/var/lib/kubelet/device-plugins")
LOOK = 0.5  # seconds between two looks at the kubelet's socket


def kubelet_started() -> tuple[int, int] | None:
    """Return what tells one start of the kubelet from another: its socket. None while it is down."""
    try:
        status = (PLUGINS / "kubelet.sock").stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_ctime_ns


def registered(node: Node) -> list[Plugin]:
    """Return a plugin for each resource, known to the kubelet; none where it was not ready for them."""
    plugins = [Plugin(node, resource, PLUGINS) for resource in node.resources]
    try:
        for one in plugins:
            one.start()
            say(f"registered {one.resource} with {len(node.resources[one.resource])} devices")
    except grpc.RpcError as problem:
        say(f"the kubelet does not take it yet: {problem}")
        for one in plugins:
            one.stop()
        return []
    return plugins


def say(text: str) -> None:
    """Write a line of log."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def main() -> None:
    """Run until killed."""
    name = os.environ["NODE_NAME"]
    node = Node(Path("/etc/gpu-pool") / f"{name}.json", SHARED)
    node.lend_program(Path("/app/nvidia-smi"))
    threading.Thread(target=metrics.serve, args=(node, name), daemon=True).start()
    known: tuple[int, int] | None = None
    plugins: list[Plugin] = []
    while True:
        now = kubelet_started()
        # A kubelet that starts empties the folder: without our sockets it cannot call us.
        if now is not None and (now != known or not plugins or not all(one.socket.exists() for one in plugins)):
            for one in plugins:
                one.stop()
            plugins, known = registered(node), now
        time.sleep(LOOK)


if __name__ == "__main__":
    main()
