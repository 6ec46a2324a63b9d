"""The drift gate: python3 ci/drift_gate.py REPORT. Exits 0 only for a distance that is known and small."""

import json
import sys
from pathlib import Path

MOST = 0.3  # standard deviations


def distance(report: Path) -> float:
    """Return the measured distance; a report that is missing or says nothing is not a small one."""
    if not report.is_file():
        sys.exit(f"{report} is missing: drift is unknown")
    return float(json.loads(report.read_text("utf-8"))["distance"])


def main() -> None:
    """Say what was measured and judge it."""
    measured = distance(Path(sys.argv[1]))
    print(f"distance {measured}, at most {MOST} is accepted")
    # Not `measured > MOST`: no comparison with NaN is true.
    if not measured <= MOST:
        sys.exit("the customers have moved away from the reference window")


if __name__ == "__main__":
    main()
