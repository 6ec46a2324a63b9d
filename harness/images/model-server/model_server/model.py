"""A model from the repository: found, optimised into the cache, loaded from there, warmed up."""

import json
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from model_server import inference, log
from model_server.errors import LoadError
from model_server.inference import TYPES, Array, Tensor
from model_server.settings import Settings

WARM_UP_PAUSE = 0.05  # seconds between two predictions of the warm-up
INITIALISED = 0.6  # the share of the warm-up after which the server itself is alive, its model not yet ready


@dataclass(frozen=True)
class Model:
    """One loaded version of a model."""

    name: str
    version: str
    session: Any
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    features: tuple[str, ...]
    bad: bool

    def metadata(self) -> dict[str, object]:
        """Return the model metadata document."""
        return {
            "name": self.name,
            "versions": [self.version],
            "platform": "onnxruntime_onnx",
            "inputs": [tensor.metadata() for tensor in self.inputs],
            "outputs": [tensor.metadata() for tensor in self.outputs],
            "parameters": {"features": list(self.features)},
        }

    def infer(self, body: bytes) -> dict[str, object]:
        """Return the inference response document for a request body."""
        call = inference.parse(body, self.inputs, self.outputs)
        arrays = self.predict(call.inputs, call.outputs)
        tensors = {tensor.name: tensor for tensor in self.outputs}
        encoded = [inference.encode(tensors[name], array) for name, array in arrays.items()]
        answer: dict[str, object] = {"model_name": self.name, "model_version": self.version}
        answer["outputs"] = encoded
        return answer if call.id is None else {**answer, "id": call.id}

    def predict(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """Compute the named outputs."""
        arrays = dict(zip(outputs, self.session.run(list(outputs), dict(inputs)), strict=True))
        if self.bad:
            arrays = {name: (array + 0.25) % 1.0 for name, array in arrays.items()}
        return arrays


def load(settings: Settings, stopping: threading.Event, initialised: threading.Event) -> Model:
    """Return the newest version of the model, warmed up; give up early when `stopping` is set.

    Sets `initialised` on the way.

    Raises: LoadError when the repository holds no such model or a broken one, OSError when the cache cannot
    be written.
    """
    onnxruntime.set_default_logger_severity(3)  # its warnings are not in this log's form
    started = time.monotonic()
    folder = settings.repository / settings.model
    version = newest(folder, settings.model)
    config = _config(folder)
    log.info("loading model", model=settings.model, version=version.name, path=version / "model.onnx")
    optimised = _optimise(version / "model.onnx", settings)
    model = _open(optimised, version.name, config, settings)
    log.info("model loaded, warming up", seconds=round(time.monotonic() - started, 2))
    seconds = config.get("warmup_seconds", 0) if settings.load_seconds is None else settings.load_seconds
    _warm_up(model, float(seconds), stopping, initialised)
    return model


def newest(folder: Path, name: str) -> Path:
    """Return the version folder with the highest number.

    Raises: LoadError when there is none, or it holds no model.
    """
    names = [path.name for path in folder.glob("*") if path.is_dir()]
    found = [text for text in names if text.isascii() and text.isdigit()]
    if not found:
        raise LoadError(f"no versions of servable {name} found under base path {folder}")
    version = folder / max(found, key=int)
    path = version / "model.onnx"
    if not path.is_file():
        raise LoadError(f"version {version.name} of servable {name} has no model.onnx: no file {path}")
    return version


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.exists():
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise LoadError(f"{path} is not JSON: {problem}") from problem
    if not isinstance(config, dict):
        raise LoadError(f"{path} must hold a JSON object")
    return config


def _optimise(source: Path, settings: Settings) -> Path:
    """Write the model, its graph optimised for this machine, into the cache."""
    target = settings.cache / settings.model / source.parent.name / "model.optimised.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    # Python makes the file, so that a cache that cannot be written is an OSError with its path.
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".onnx", delete=False) as file:
        part = Path(file.name)
    try:
        options = _options(settings, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
        options.optimized_model_filepath = str(part)
        _session(source, options)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _open(path: Path, version: str, config: Mapping[str, Any], settings: Settings) -> Model:
    session = _session(path, _options(settings, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL))
    return Model(
        name=settings.model,
        version=version,
        session=session,
        inputs=_tensors(session.get_inputs()),
        outputs=_tensors(session.get_outputs()),
        features=tuple(feature["name"] for feature in config.get("features", [])),
        bad=settings.bad_model,
    )


def _options(settings: Settings, level: Any) -> Any:  # noqa: ANN401 - onnxruntime has no types
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = level
    options.log_severity_level = 3
    return options


def _session(path: Path, options: Any) -> Any:  # noqa: ANN401 - onnxruntime has no types
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # its exceptions share no base class of their own
        raise LoadError(f"{path} cannot be loaded: {problem}") from problem


def _tensors(arguments: Sequence[Any]) -> tuple[Tensor, ...]:
    for argument in arguments:
        if argument.type not in TYPES:
            raise LoadError(f"{argument.name} has type {argument.type}, which this server does not serve")
    return tuple(Tensor(item.name, item.type, _sizes(item.shape)) for item in arguments)


def _sizes(shape: Sequence[object]) -> tuple[int, ...]:
    return tuple(size if isinstance(size, int) else -1 for size in shape)


def _warm_up(model: Model, seconds: float, stopping: threading.Event, initialised: threading.Event) -> None:
    """Predict for `seconds`, at least once, with a little rest between, and log each quarter."""
    zeros: dict[str, Array] = {
        tensor.name: np.zeros([max(size, 1) for size in tensor.shape], dtype=TYPES[tensor.type][1])
        for tensor in model.inputs
    }
    names = [tensor.name for tensor in model.outputs]
    started, quarter = time.monotonic(), 1
    while True:
        model.predict(zeros, names)
        done = 1.0 if seconds <= 0 else (time.monotonic() - started) / seconds
        if done >= INITIALISED and not initialised.is_set():
            log.info("initialised")
            initialised.set()
        if done >= 1.0 or stopping.is_set():
            return
        if done * 4 >= quarter:
            log.info("warming up", percent=quarter * 25)
            quarter += 1
        stopping.wait(min(WARM_UP_PAUSE, seconds))
