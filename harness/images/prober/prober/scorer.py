"""The right answers: the prober's own copy of the model, and inputs nobody can foresee."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

ROWS = 2
TOLERANCE = 1e-4
INPUT = "features"
OUTPUT = "fraud_probability"

Table = NDArray[np.float32]


class Scorer:
    """Draws payments from the model's feature ranges and judges a server's answers to them."""

    def __init__(self, folder: Path) -> None:
        ranges = json.loads((folder / "config.json").read_text())["features"]
        self._low: NDArray[np.float64] = np.array([feature["low"] for feature in ranges])
        self._high: NDArray[np.float64] = np.array([feature["high"] for feature in ranges])
        self._part = (0.0, 1.0)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = str(folder / "1" / "model.onnx")
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def draw(self) -> Table:
        """Return random payments, shape (ROWS, features)."""
        low, high = self._part
        unit = low + np.random.default_rng().random((ROWS, len(self._low))) * (high - low)
        return (self._low + unit * (self._high - self._low)).astype(np.float32)

    def shift(self, low: float, high: float) -> None:
        """Draw from this part of each feature's range from now on."""
        self._part = (low, high)

    def request(self, table: Table) -> bytes:
        """Return the body of the inference request for a table."""
        data = table.ravel().tolist()
        tensor = {"name": INPUT, "shape": list(table.shape), "datatype": "FP32", "data": data}
        return json.dumps({"inputs": [tensor]}).encode()

    def is_right(self, table: Table, body: bytes) -> bool:
        """Tell whether a response body holds what the model says, within TOLERANCE; whatever the body is."""
        try:
            outputs = json.loads(body)["outputs"]
            data = next(tensor["data"] for tensor in outputs if tensor["name"] == OUTPUT)
            answers = [float(value) for value in data]
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            StopIteration,
            RecursionError,
            OverflowError,
        ):
            return False
        wanted: list[float] = self.score(table).ravel().tolist()
        return len(answers) == len(wanted) and all(
            math.isclose(answer, value, rel_tol=0.0, abs_tol=TOLERANCE)
            for answer, value in zip(answers, wanted, strict=True)
        )

    def score(self, table: Table) -> Table:
        """Return the model's own answer, shape (rows, 1)."""
        scores: Any = self._session.run([OUTPUT], {INPUT: table})[0]
        return np.asarray(scores, dtype=np.float32)
