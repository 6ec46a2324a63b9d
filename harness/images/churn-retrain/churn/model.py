"""The churn model: a logistic regression on features that are scaled as the batch it was trained on."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from churn import data

STEPS = 300
RATE = 0.5
Model = Mapping[str, Any]  # mean, scale and weights, one for each feature, and bias


def fit(batch: Mapping[str, np.ndarray]) -> Model:
    """Return the model of a batch; rows with an empty field are left out.

    Raises: KeyError for a column that is not there.
    """
    rows, labels = data.matrix(dict(batch)), batch["churned"]
    whole = ~np.isnan(rows).any(axis=1) & ~np.isnan(labels)
    rows, labels = rows[whole], labels[whole]
    with np.errstate(all="ignore"):
        mean, scale = rows.mean(axis=0), rows.std(axis=0)
        scaled = np.column_stack([(rows - mean) / scale, np.ones(len(rows))])
        weights = np.zeros(scaled.shape[1])
        for _ in range(STEPS):
            weights -= RATE * scaled.T @ (_sigmoid(scaled @ weights) - labels) / len(labels)
    return {
        "mean": mean.tolist(),
        "scale": scale.tolist(),
        "weights": weights[:-1].tolist(),
        "bias": float(weights[-1]),
    }


def score(model: Model, holdout: Mapping[str, np.ndarray]) -> float:
    """Return how good a model is on labelled customers, 1 at best: one less the mean squared error of its probabilities."""
    scaled = (data.matrix(dict(holdout)) - np.array(model["mean"])) / np.array(model["scale"])
    told = _sigmoid(scaled @ np.array(model["weights"]) + model["bias"])
    return float(1 - np.mean((told - holdout["churned"]) ** 2))


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))
