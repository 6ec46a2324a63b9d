"""Inference requests and responses of the protocol as numpy arrays, every fault of a caller named."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_server.errors import RequestError

Array = NDArray[Any]
# ONNX Runtime's type: the protocol's name, numpy's type, and the kinds of JSON numbers that are taken for it.
TYPES: dict[str, tuple[str, type[np.generic], str]] = {
    "tensor(float)": ("FP32", np.float32, "iuf"),
    "tensor(double)": ("FP64", np.float64, "iuf"),
    "tensor(int32)": ("INT32", np.int32, "iu"),
    "tensor(int64)": ("INT64", np.int64, "iu"),
    "tensor(bool)": ("BOOL", np.bool_, "b"),
}


@dataclass(frozen=True)
class Tensor:
    """One input or output of a model; -1 in `shape` stands for any size. `type` is a key of TYPES."""

    name: str
    type: str
    shape: tuple[int, ...]

    def metadata(self) -> dict[str, object]:
        """Return the tensor's entry in the model metadata."""
        return {"name": self.name, "datatype": TYPES[self.type][0], "shape": list(self.shape)}


@dataclass(frozen=True)
class Call:
    """One inference request, checked: `outputs` names those wanted, in order."""

    id: str | None
    inputs: dict[str, Array]
    outputs: tuple[str, ...]


def parse(body: bytes, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Call:
    """Return the call that a request body holds.

    Raises: RequestError, status 400, saying what is wrong with which tensor.
    """
    document = _document(body)
    call_id = document.get("id")
    _require(call_id is None or isinstance(call_id, str), "id must be a string")
    given = _entries(document, "inputs")
    _require_names("input", given, {tensor.name for tensor in inputs})
    for tensor in inputs:
        _require(tensor.name in given, f"input {tensor.name} is missing")
    wanted = _entries(document, "outputs") if "outputs" in document else {}
    _require_names("output", wanted, {tensor.name for tensor in outputs})
    return Call(
        id=call_id,
        inputs={tensor.name: _array(tensor, given[tensor.name]) for tensor in inputs},
        outputs=tuple(wanted) or tuple(tensor.name for tensor in outputs),
    )


def encode(tensor: Tensor, array: Array) -> dict[str, object]:
    """Return an output tensor's entry in the response, its data flat in row-major order."""
    datatype = TYPES[tensor.type][0]
    shape = list(array.shape)
    return {"name": tensor.name, "datatype": datatype, "shape": shape, "data": array.ravel().tolist()}


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {problem}") from problem
    _require(isinstance(document, dict), "the body must be a JSON object")
    return dict(document)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _entries(document: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
    entries = document.get(key)
    if not isinstance(entries, list) or not entries:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{key} must be a list of at least one tensor")
    named: dict[str, dict[str, Any]] = {}
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise RequestError(HTTPStatus.BAD_REQUEST, f"each of {key} must be an object with a name")
        _require(name not in named, f"{key} names {name} twice")
        named[name] = entry
    return named


def _require_names(what: str, given: Mapping[str, object], known: set[str]) -> None:
    for name in given:
        _require(name in known, f"the model has no {what} {name}; it has {', '.join(sorted(known))}")


def _array(tensor: Tensor, entry: Mapping[str, Any]) -> Array:
    datatype, dtype, kinds = TYPES[tensor.type]
    _require(entry.get("datatype") == datatype, f"input {tensor.name} must have datatype {datatype}")
    shape = _shape(tensor, entry.get("shape"))
    array = _numbers(tensor.name, entry.get("data"))
    _require(array.dtype.kind in kinds, f"input {tensor.name} must hold {datatype} values only")
    nested_well = array.ndim == 1 or array.shape == shape
    filled = array.size == prod(shape) and nested_well
    _require(filled, f"the data of input {tensor.name} do not fill its shape")
    with np.errstate(all="ignore"):
        cast = array.reshape(shape).astype(dtype)
    finite = bool(np.isfinite(cast).all())
    _require(finite, f"input {tensor.name} must hold finite values that {datatype} can hold")
    return cast


def _shape(tensor: Tensor, shape: object) -> tuple[int, ...]:
    if not isinstance(shape, list) or not all(type(size) is int and size > 0 for size in shape):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"input {tensor.name} needs a shape of positive integers")
    same = len(shape) == len(tensor.shape) and all(
        want in {-1, size} for want, size in zip(tensor.shape, shape, strict=True)
    )
    _require(same, f"input {tensor.name} must have shape {list(tensor.shape)}, not {shape}")
    return tuple(shape)


def _numbers(name: str, data: object) -> Array:
    if not isinstance(data, list):
        raise RequestError(HTTPStatus.BAD_REQUEST, f"input {name} needs a list of data")
    try:
        return np.array(data)
    except ValueError as problem:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the data of input {name} are ragged") from problem


def _require(claim: bool, message: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not claim:
        raise RequestError(HTTPStatus.BAD_REQUEST, message)
