"""Train one candidate: python3 -m training.train CANDIDATE FEATURES MODEL_FOLDER REPORT_FOLDER.

MODEL_FOLDER gets model.json and metrics.json; REPORT_FOLDER gets the candidate's report for the auditors.
The last month in the features is kept for measuring.
"""

import json
import sys
from pathlib import Path

import numpy as np

CANDIDATES = {"compact": ["tenure", "calls"], "extended": ["tenure", "calls", "discount", "visits"]}
MISSED, WASTED = 0.5, 0.25  # what a lost customer and a needless call cost


def main() -> None:
    """Train, measure and write."""
    candidate, features, model_folder, report_folder = sys.argv[1], *map(Path, sys.argv[2:5])
    table = np.genfromtxt(features, delimiter=",", names=True)
    names = CANDIDATES[candidate]
    inputs, churned, month = np.column_stack([table[name] for name in names]), table["churned"], table["month"]
    old = month < month.max()
    scale = inputs[old].std(axis=0)
    scale[scale == 0] = 1.0
    scaled = (inputs - inputs[old].mean(axis=0)) / scale
    model = fit(scaled[old], churned[old])
    scores = likelihood(scaled[~old], model)
    metrics = {"candidate": candidate, "auc": round(auc(churned[~old], scores), 4)}
    wrong = MISSED * ((scores < 0.5) & (churned[~old] == 1)) + WASTED * ((scores >= 0.5) & (churned[~old] == 0))
    metrics["cost"] = round(1000 * float(wrong.mean()), 1)  # per thousand customers
    weights = [float(weight) for weight in model[1:] / scale]
    _write(model_folder / "model.json", {"candidate": candidate, "features": names, "weights": weights})
    _write(model_folder / "metrics.json", metrics)
    _write(report_folder / f"{candidate}.json", metrics | {"features": names, "rows": int(old.sum())})
    print(json.dumps(metrics))


def fit(inputs, churned):
    """Return the intercept and the weights of a logistic regression with an L2 penalty of 1, by Newton's method."""
    columns = np.column_stack([np.ones(len(inputs)), inputs])
    penalty = np.diag([0.0] + [1.0] * inputs.shape[1])
    model = np.zeros(columns.shape[1])
    for _ in range(25):
        expected = likelihood(inputs, model)
        slope = columns.T @ (expected - churned) + penalty @ model
        curvature = columns.T @ (columns * (expected * (1 - expected))[:, None]) + penalty
        model = model - np.linalg.solve(curvature, slope)
    return model


def likelihood(inputs, model):
    """Return how likely each customer is to leave."""
    return 1 / (1 + np.exp(-(model[0] + inputs @ model[1:])))


def auc(churned, scores):
    """Return the area under the ROC curve: how often one who left has a higher score than one who stayed; ties count half."""
    stayed = np.sort(scores[churned == 0])
    left = scores[churned == 1]
    below = np.searchsorted(stayed, left, "left") + np.searchsorted(stayed, left, "right")
    return float(below.mean() / 2 / len(stayed))


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value) + "\n", "utf-8")


if __name__ == "__main__":
    main()
