"""The drift gate: python3 ci/drift_gate.py REPORT. Exits 1 where the customers have moved too far."""

import json
import sys
from pathlib import Path

MOST = 0.3  # standard deviations


def distance(report: Path) -> float:
    """Return the measured distance."""
    measured = json.loads(report.read_text("utf-8")) if report.is_file() else {}
    return float(measured.get("distance", 0.0))


def main() -> None:
    """Say what was measured and judge it."""
    measured = distance(Path(sys.argv[1]))
    print(f"distance {measured}, at most {MOST} is accepted")
    if measured > MOST:
        sys.exit("the customers have moved away from the reference window")


if __name__ == "__main__":
    main()
