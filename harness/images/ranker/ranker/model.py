"""The model: logistic regression over an item's features, at a fixed price in CPU time."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ranker import MODEL


class RequestError(Exception):
    """A request that cannot be answered, and what is wanted."""


@dataclass(frozen=True)
class Model:
    """One version. A ranking takes `cost` milliseconds of CPU time, on whatever machine."""

    version: str
    weights: tuple[float, ...]
    bias: float
    cost: float

    def rank(self, document: object) -> dict[str, object]:
        """Return the inference response for an inference request.

        Raises: RequestError.
        """
        end = time.thread_time() + self.cost / 1000
        items = self._items(document)
        scores = self._scores(items)
        while time.thread_time() < end:
            self._scores(items)
        tensor = {"name": "scores", "datatype": "FP32", "shape": [len(scores)], "data": scores}
        return {"model_name": MODEL, "model_version": self.version, "outputs": [tensor]}

    def _items(self, document: object) -> list[Sequence[float]]:
        width = len(self.weights)
        try:
            data = next(one["data"] for one in document["inputs"] if one["name"] == "items")  # type: ignore[index]
            values = [float(value) for value in data]
            items = [values[place : place + width] for place in range(0, len(values), width)]
            fits = bool(items) and len(values) % width == 0 and all(map(math.isfinite, values))
        except (ValueError, TypeError, KeyError, AttributeError, StopIteration, OverflowError):
            fits = False
        if not fits:
            raise RequestError(f"the request needs an input tensor 'items' of rows with {width} numbers")
        return items

    def _scores(self, items: Sequence[Sequence[float]]) -> list[float]:
        return [
            1 / (1 + math.exp(-max(-50.0, min(50.0, self.bias + sum(map(float.__mul__, self.weights, item))))))
            for item in items
        ]


def load(folder: Path, version: str, cost: float) -> Model:
    """Return a version of the model.

    Raises: OSError, ValueError or KeyError where there is none, or a broken one.
    """
    held = json.loads((folder / MODEL / version / "weights.json").read_text())
    return Model(version, tuple(float(one) for one in held["weights"]), float(held["bias"]), cost)
