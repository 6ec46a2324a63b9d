"""The training: gradient descent over the shards, with a checkpoint after each epoch."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer import data
from trainer.data import Floats
from trainer.errors import TrainingError

BATCH = 4096
RATE = 0.1
CHECKPOINT = "checkpoint.json"


@dataclass(frozen=True)
class Progress:
    """How far a training has come."""

    epoch: int
    weights: Floats


def train(
    shards: list[memoryview], dataset: str, epochs: int, output: Path, tell: Callable[[int, float], None]
) -> Progress:
    """Train from the newest checkpoint on, and return where it ended; an epoch is told once its checkpoint is kept.

    Raises: TrainingError where a checkpoint cannot be written.
    """
    progress = resumed(output, dataset)
    while progress.epoch < epochs:
        weights = progress.weights.copy()
        for shard in shards:
            _epoch(weights, *data.split(shard))
        progress = Progress(progress.epoch + 1, weights)
        _keep(output, dataset, progress)
        tell(progress.epoch, _loss(weights, shards[0]))
    return progress


def resumed(output: Path, dataset: str) -> Progress:
    """Return the last checkpoint of this dataset in the folder, or a beginning."""
    try:
        found = json.loads((output / CHECKPOINT).read_text("utf-8"))
        if found["dataset"] == dataset:
            return Progress(found["epoch"], np.array(found["weights"]))
    except (OSError, ValueError, KeyError):
        pass  # none, or one that was cut off: begin anew
    return Progress(0, np.zeros(data.FEATURES))


def _epoch(weights: Floats, features: Floats, targets: Floats) -> None:
    for first in range(0, len(targets), BATCH):
        rows, wanted = features[first : first + BATCH], targets[first : first + BATCH]
        weights -= RATE * rows.T @ (rows @ weights - wanted) / len(wanted)


def _loss(weights: Floats, shard: memoryview) -> float:
    features, targets = data.split(shard)
    return float(np.mean((features[:BATCH] @ weights - targets[:BATCH]) ** 2))


def _keep(output: Path, dataset: str, progress: Progress) -> None:
    """Write a checkpoint that is there as a whole or not at all."""
    value = {"dataset": dataset, "epoch": progress.epoch, "weights": progress.weights.tolist()}
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / "checkpoint.new").write_text(json.dumps(value), "utf-8")
        (output / "checkpoint.new").replace(output / CHECKPOINT)
    except OSError as problem:
        raise TrainingError(f"the checkpoint cannot be written to {output}: {problem.strerror}") from problem
