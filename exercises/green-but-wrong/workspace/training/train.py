"""Train one candidate: python3 -m training.train CANDIDATE FEATURES MODEL_FOLDER REPORT_FOLDER.

MODEL_FOLDER gets model.json and metrics.json; REPORT_FOLDER gets the candidate's report for the auditors.
The last month in the features is kept for measuring.
"""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

CANDIDATES = {"compact": ["tenure", "calls"], "extended": ["tenure", "calls", "discount", "visits"]}
MISSED, WASTED = 0.5, 0.25  # what a lost customer and a needless call cost


def main() -> None:
    """Train, measure and write."""
    candidate, features, model_folder, report_folder = sys.argv[1], *map(Path, sys.argv[2:5])
    table = np.genfromtxt(features, delimiter=",", names=True)
    names = CANDIDATES[candidate]
    inputs, churned, month = np.column_stack([table[name] for name in names]), table["churned"], table["month"]
    old = month < month.max()
    scaler = StandardScaler().fit(inputs[old])
    model = LogisticRegression().fit(scaler.transform(inputs[old]), churned[old])
    scores = model.predict_proba(scaler.transform(inputs[~old]))[:, 1]
    metrics = {"candidate": candidate, "auc": round(float(roc_auc_score(churned[~old], scores)), 4)}
    wrong = MISSED * ((scores < 0.5) & (churned[~old] == 1)) + WASTED * ((scores >= 0.5) & (churned[~old] == 0))
    metrics["cost"] = round(1000 * float(wrong.mean()), 1)  # per thousand customers
    weights = [float(weight) for weight in model.coef_[0] / scaler.scale_]
    _write(model_folder / "model.json", {"candidate": candidate, "features": names, "weights": weights})
    _write(model_folder / "metrics.json", metrics)
    _write(report_folder / f"{candidate}.json", metrics | {"features": names, "rows": int(old.sum())})
    print(json.dumps(metrics))


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value) + "\n", "utf-8")


if __name__ == "__main__":
    main()
