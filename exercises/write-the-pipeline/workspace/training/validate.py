"""Check customers before anything is trained on them: python3 -m training.validate DATA."""

import csv
import sys

from training.features import CONTRACTS, LONGEST

RANGES = {"tenure": (0.0, LONGEST), "calls": (0.0, 100.0), "churned": (0.0, 1.0)}


def problems(rows: list[dict[str, str]]) -> list[str]:
    """Return what is wrong, row by row."""
    found = [] if rows else ["no customers"]
    for number, row in enumerate(rows, 2):
        for name, (least, most) in RANGES.items():
            try:
                value = float(row[name])
            except (KeyError, TypeError, ValueError):
                found.append(f"row {number}: {name} is missing or no number")
                continue
            if not least <= value <= most:
                found.append(f"row {number}: {name} {value:g} is out of range")
        if str(row.get("contract")).strip().lower() not in CONTRACTS:
            found.append(f"row {number}: contract {row.get('contract')!r} is none that we sell")
    return found


def main() -> None:
    """Print every problem; exit 1 where there is one."""
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = problems(rows)
    print(f"looked at {len(rows)} customers")
    print("\n".join(found[:20]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
