"""Check the month's customers before anything is trained on them: python3 -m training.validate DATA."""

import csv
import sys

RANGES = {"month": (1, 12), "tenure": (0, 120), "calls": (0, 100), "visits": (0, 1000), "churned": (0, 1)}
LEAST = 500


def problems(rows: list[dict[str, str]]) -> list[str]:
    """Return what is wrong, row by row."""
    found = [] if len(rows) >= LEAST else [f"only {len(rows)} rows; at least {LEAST} are needed"]
    for number, row in enumerate(rows, 2):
        for name, (least, most) in RANGES.items():
            try:
                value = float(row[name])
            except (KeyError, ValueError):
                found.append(f"row {number}: {name} is missing or no number")
                continue
            if not least <= value <= most:
                found.append(f"row {number}: {name} {value:g} is out of range")
    return found


def main() -> None:
    """Print what was looked at and every problem; exit 1 where there is one."""
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = problems(rows)
    print(f"looked at {len(rows)} customers")
    print("\n".join(found[:20]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
