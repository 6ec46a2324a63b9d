"""One resource's server on the kubelet's folder for device plugins. Source: the kubelet's v1beta1 device plugin API."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from gpu_node.node import Node
from gpu_node.wire import PLUGIN, call

VERSION = "v1beta1"
POLL = 0.5  # seconds between two looks at the devices' health
ASK_SECONDS = 5.0


class Plugin:
    """Serves one resource until it is stopped; a kubelet that starts anew wants a new one."""

    def __init__(self, node: Node, resource: str, folder: Path) -> None:
        self._node = node
        self.resource = resource
        self._folder = folder
        self.socket = folder / f"breakfix-{resource.replace('/', '-')}.sock"
        self._stopped = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"{VERSION}.DevicePlugin", {
            "GetDevicePluginOptions": _unary(self._options, "Empty"),
            "ListAndWatch": grpc.unary_stream_rpc_method_handler(
                self._list_and_watch,
                request_deserializer=PLUGIN["Empty"].FromString,
                response_serializer=PLUGIN["ListAndWatchResponse"].SerializeToString,
            ),
            "GetPreferredAllocation": _unary(self._preferred, "PreferredAllocationRequest"),
            "Allocate": _unary(self._allocate, "AllocateRequest"),
            "PreStartContainer": _unary(lambda *_: PLUGIN["PreStartContainerResponse"](), "PreStartContainerRequest"),
        }),))  # fmt: skip

    def start(self) -> None:
        """Serve, and tell the kubelet.

        Raises: grpc.RpcError where the kubelet does not take it.
        """
        self.socket.unlink(missing_ok=True)
        self._server.add_insecure_port(f"unix://{self.socket}")
        self._server.start()
        request = PLUGIN["RegisterRequest"](
            version=VERSION, endpoint=self.socket.name, resource_name=self.resource, options=self._options()
        )
        kubelet = str(self._folder / "kubelet.sock")
        call(kubelet, f"/{VERSION}.Registration/Register", request, PLUGIN["Empty"], ASK_SECONDS)

    def stop(self) -> None:
        """End every answer that is still being given, and the server."""
        self._stopped.set()
        self._server.stop(0.5).wait()

    def _options(self, *_: Any) -> Any:
        return PLUGIN["DevicePluginOptions"](get_preferred_allocation_available=True)

    def _list_and_watch(self, _: Any, context: Any) -> Iterator[Any]:
        """Yield all devices at once, and again whenever the health of one has changed."""
        told = None
        while context.is_active() and not self._stopped.is_set():
            health = self._node.health(self.resource)
            if health != told:
                told = health
                yield PLUGIN["ListAndWatchResponse"](
                    devices=[{"ID": key, "health": value} for key, value in health.items()]
                )
            self._stopped.wait(POLL)

    def _preferred(self, request: Any, _: Any) -> Any:
        """Prefer devices on the GPUs that are asked for least: replicas of a shared GPU are spread, as NVIDIA's plugin does."""
        answer = PLUGIN["PreferredAllocationResponse"]()
        for one in request.container_requests:
            chosen = list(one.must_include_deviceIDs)
            free = [device for device in one.available_deviceIDs if device not in chosen]
            while free and len(chosen) < one.allocation_size:
                free.sort(key=lambda device: self._burden(device, chosen, free))
                chosen.append(free.pop(0))
            answer.container_responses.add(deviceIDs=chosen)
        return answer

    def _burden(self, device: str, chosen: list[str], free: list[str]) -> tuple[int, int, int, str]:
        """Return how little a GPU suits: devices of it in this allocation, free ones it lacks, its place."""
        gpu = self._gpu(device)
        return (
            sum(self._gpu(one) == gpu for one in chosen),
            -sum(self._gpu(one) == gpu for one in free),
            gpu,
            device,
        )

    def _gpu(self, device: str) -> int:
        return self._node.gpu_of(self._node.resources[self.resource][device])

    def _allocate(self, request: Any, context: Any) -> Any:
        answer = PLUGIN["AllocateResponse"]()
        known = self._node.resources[self.resource]
        for one in request.container_requests:
            unknown = [device for device in one.devices_ids if device not in known]
            if unknown:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{self.resource} has no device {', '.join(unknown)}")
            visible = list(dict.fromkeys(known[device] for device in sorted(one.devices_ids)))
            envs, mounts = self._node.allocation(visible)
            answer.container_responses.add(
                envs=envs,
                mounts=[{"container_path": inside, "host_path": place, "read_only": True} for inside, place in mounts],
            )
        return answer


def _unary(answer: Callable[..., Any], request: str) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=PLUGIN[request].FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
