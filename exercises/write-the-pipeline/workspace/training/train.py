"""Train the model: python3 -m training.train DATA MODEL. Writes MODEL, a file in JSON. Minutes on the real data."""

import csv
import hashlib
import json
import math
import sys
from pathlib import Path
from statistics import fmean, pvariance
from typing import Any

from training.features import contract, features

NUMBERS = ("tenure", "calls")


def fit(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Return a linear model: of each number the difference of the two groups' means, by its variance."""
    groups = [[row for row in rows if row["churned"] == told] for told in ("0", "1")]
    weights, intercept = {}, 0.0
    for name in NUMBERS:
        stayed, left = ([features(row)[name] for row in group] for group in groups)
        spread = (pvariance(stayed) + pvariance(left)) / 2 or 1.0
        weights[name] = (fmean(left) - fmean(stayed)) / spread
        intercept -= weights[name] * (fmean(left) + fmean(stayed)) / 2
    kinds = sorted({contract(row) for row in rows})
    return {"intercept": intercept, "weights": weights, "contracts": {kind: _odds(rows, kind) for kind in kinds}}


def _odds(rows: list[dict[str, str]], kind: str) -> float:
    left = sum(row["churned"] == "1" for row in rows if contract(row) == kind)
    stayed = sum(row["churned"] == "0" for row in rows if contract(row) == kind)
    return math.log((left + 1) / (stayed + 1))


def main() -> None:
    """Train and write."""
    data, target = Path(sys.argv[1]), Path(sys.argv[2])
    with data.open(encoding="utf-8") as file:
        model = fit(list(csv.DictReader(file)))
    model["data"] = hashlib.sha256(data.read_bytes()).hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(model) + "\n", "utf-8")
    print(f"trained on {data}")


if __name__ == "__main__":
    main()
