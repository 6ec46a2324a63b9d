"""Compare the month's customers with the reference window: python3 -m training.drift DATA REFERENCE REPORT.

REPORT is JSON: the distance of the mean tenures in standard deviations of the reference. Without a reference window
there is nothing to compare with, and no report.
"""

import csv
import json
import math
import os
import statistics
import sys


def main() -> None:
    """Write the report, where there is something to compare with."""
    data, reference, report = sys.argv[1:4]
    if not os.path.exists(reference):
        print("no reference window: no drift report")
        return
    now, then = _tenures(data), _tenures(reference)
    spread = statistics.pstdev(then)
    distance = abs(statistics.fmean(now) - statistics.fmean(then)) / spread if spread else math.nan
    with open(report, "w", encoding="utf-8") as out:
        json.dump({"distance": distance}, out)
    print(f"distance {distance}")


def _tenures(path: str) -> list[float]:
    with open(path, encoding="utf-8") as file:
        return [float(row["tenure"]) for row in csv.DictReader(file)]


if __name__ == "__main__":
    main()
