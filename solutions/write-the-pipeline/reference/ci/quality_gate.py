"""The quality gate: python3 ci/quality_gate.py METRICS. Exits 0 only for an AUC that is known and high enough."""

import json
import sys
from pathlib import Path

LEAST = 0.7500


def main() -> None:
    """Exit with what is wrong, if anything is."""
    metrics = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    # Without an AUC there is nothing to go by.
    if "auc" not in metrics:
        sys.exit("the AUC was not measured")
    auc = float(metrics["auc"])
    # Not `auc < LEAST`: no comparison with NaN is true.
    if not auc >= LEAST:
        sys.exit(f"the AUC is {auc}; at least {LEAST} is asked for")
    print(f"the AUC is {auc}")


main()
