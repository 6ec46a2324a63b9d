"""Measure the model: python3 -m training.evaluate DATA MODEL REPORT. REPORT is Markdown, for the pull request."""

import csv
import json
import sys
from pathlib import Path


def auc(scores: list[float], churned: list[bool]) -> float:
    """Return how often one who left scores higher than one who stayed."""
    left = [score for score, gone in zip(scores, churned, strict=True) if gone]
    stayed = [score for score, gone in zip(scores, churned, strict=True) if not gone]
    return sum((one > other) + (one == other) / 2 for one in left for other in stayed) / (len(left) * len(stayed))


def main() -> None:
    """Measure and write the report."""
    data, model, report = sys.argv[1:4]
    weights = json.loads(Path(model).read_text("utf-8"))["weights"]
    with open(data, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    scores = [sum(weight * float(row[name]) for name, weight in weights.items()) for row in rows]
    measured = auc(scores, [row["churned"] == "1" for row in rows])
    Path(report).write_text(f"AUC {measured:.4f} on {len(rows)} customers\n", "utf-8")
    print(f"AUC {measured:.4f}")


if __name__ == "__main__":
    main()
