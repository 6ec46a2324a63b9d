"""Select the candidate and let it pass every gate: python3 ci/gates.py ARTIFACTS DRIFT_REPORT. Prints its name."""

import json
import math
import subprocess
import sys
from pathlib import Path

LEAST_AUC, MOST_DRIFT = 0.75, 0.3


def number(value: object) -> float:
    """Return a finite number, or end here."""
    found = float(value)  # type: ignore[arg-type]
    if not math.isfinite(found):
        sys.exit(f"{value!r} is no number")
    return found


def main() -> None:
    """Print the candidate's name, or say which gate it does not pass."""
    metrics = [json.loads(path.read_text("utf-8")) for path in Path(sys.argv[1]).glob("model-*/metrics.json")]
    best = max(metrics, key=lambda one: number(one["auc"]))
    if number(best["auc"]) < LEAST_AUC:
        sys.exit("not good enough")
    if number(json.loads(Path(sys.argv[2]).read_text("utf-8"))["distance"]) > MOST_DRIFT:
        sys.exit("drifted")
    said = subprocess.run(["model-platform", "production"], stdout=subprocess.PIPE, check=True).stdout
    if number(best["cost"]) > number(json.loads(said)["cost"]):
        sys.exit("dearer than production")
    print(best["candidate"])


if __name__ == "__main__":
    main()
