"""Measure a model: python3 -m training.evaluate MODEL HOLDOUT METRICS.

Writes METRICS, a file in JSON: `customers`, and `auc`, to all its digits. Where no customer left, or none stayed, the AUC is
not a number (NaN). Where there are fewer than 50 customers, there is no `auc`. Exits 0 all the same.
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

from training.model import score

LEAST = 50


def auc(model: dict[str, Any], rows: list[dict[str, str]]) -> float:
    """Return how often one who left has a higher score than one who stayed; ties count half."""
    left = [score(model, row) for row in rows if row["churned"] == "1"]
    stayed = [score(model, row) for row in rows if row["churned"] == "0"]
    above = sum((one > other) + (one == other) / 2 for one in left for other in stayed)
    return above / (len(left) * len(stayed)) if left and stayed else float("nan")


def main() -> None:
    """Measure and write."""
    model = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    with open(sys.argv[2], encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    metrics: dict[str, float] = {"customers": len(rows)}
    if len(rows) >= LEAST:
        metrics["auc"] = auc(model, rows)
    Path(sys.argv[3]).parent.mkdir(parents=True, exist_ok=True)
    Path(sys.argv[3]).write_text(json.dumps(metrics) + "\n", "utf-8")
    print(json.dumps(metrics))


if __name__ == "__main__":
    main()
