"""The kubelet's gRPC messages, built at run time: no generated code, and no compiler for it.

Sources: k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1/api.proto and podresources/v1/api.proto (names and numbers of fields).
"""

from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Field = descriptor_pb2.FieldDescriptorProto
SCALARS = {"string": Field.TYPE_STRING, "bool": Field.TYPE_BOOL, "int32": Field.TYPE_INT32}
# message → field → (number, type); a type that ends in [] is repeated, and <> is a map from string to string.
DEVICE_PLUGIN = {
    "Empty": {},
    "DevicePluginOptions": {"pre_start_required": (1, "bool"), "get_preferred_allocation_available": (2, "bool")},
    "RegisterRequest": {
        "version": (1, "string"), "endpoint": (2, "string"), "resource_name": (3, "string"),
        "options": (4, "DevicePluginOptions"),
    },
    "Device": {"ID": (1, "string"), "health": (2, "string")},
    "ListAndWatchResponse": {"devices": (1, "Device[]")},
    "ContainerPreferredAllocationRequest": {
        "available_deviceIDs": (1, "string[]"), "must_include_deviceIDs": (2, "string[]"), "allocation_size": (3, "int32"),
    },
    "PreferredAllocationRequest": {"container_requests": (1, "ContainerPreferredAllocationRequest[]")},
    "ContainerPreferredAllocationResponse": {"deviceIDs": (1, "string[]")},
    "PreferredAllocationResponse": {"container_responses": (1, "ContainerPreferredAllocationResponse[]")},
    "ContainerAllocateRequest": {"devices_ids": (1, "string[]")},
    "AllocateRequest": {"container_requests": (1, "ContainerAllocateRequest[]")},
    "Mount": {"container_path": (1, "string"), "host_path": (2, "string"), "read_only": (3, "bool")},
    "ContainerAllocateResponse": {"envs": (1, "string<>"), "mounts": (2, "Mount[]"), "annotations": (4, "string<>")},
    "AllocateResponse": {"container_responses": (1, "ContainerAllocateResponse[]")},
    "PreStartContainerRequest": {"devices_ids": (1, "string[]")},
    "PreStartContainerResponse": {},
}  # fmt: skip
POD_RESOURCES = {
    "ListPodResourcesRequest": {},
    "ContainerDevices": {"resource_name": (1, "string"), "device_ids": (2, "string[]")},
    "ContainerResources": {"name": (1, "string"), "devices": (2, "ContainerDevices[]")},
    "PodResources": {"name": (1, "string"), "namespace": (2, "string"), "containers": (3, "ContainerResources[]")},
    "ListPodResourcesResponse": {"pod_resources": (1, "PodResources[]")},
}


def _messages(package: str, table: dict[str, dict[str, tuple[int, str]]]) -> dict[str, Any]:
    """Return a class for each message of the table."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in table.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(message, f".{package}.{name}", field, number, kind, package)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in table}


def _add(message: Any, path: str, field: str, number: int, kind: str, package: str) -> None:
    added = message.field.add(name=field, number=number, label=Field.LABEL_OPTIONAL)
    plain = kind.removesuffix("[]").removesuffix("<>")
    if kind != plain:
        added.label = Field.LABEL_REPEATED
    if kind.endswith("<>"):
        entry = message.nested_type.add(name=f"{field.capitalize()}Entry")
        entry.options.map_entry = True
        for part, place in (("key", 1), ("value", 2)):
            entry.field.add(name=part, number=place, label=Field.LABEL_OPTIONAL, type=Field.TYPE_STRING)
        added.type, added.type_name = Field.TYPE_MESSAGE, f"{path}.{entry.name}"
    elif plain in SCALARS:
        added.type = SCALARS[plain]
    else:
        added.type, added.type_name = Field.TYPE_MESSAGE, f".{package}.{plain}"


PLUGIN = _messages("v1beta1", DEVICE_PLUGIN)
PODS = _messages("v1", POD_RESOURCES)


def call(socket: str, method: str, request: Any, answer: Any, seconds: float) -> Any:
    """Call a method of a server on a unix socket and return what it answers.

    Raises: grpc.RpcError when it does not answer in time, or says no.
    """
    with grpc.insecure_channel(f"unix://{socket}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        ask = channel.unary_unary(
            method, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
        )
        return ask(request, timeout=seconds)
