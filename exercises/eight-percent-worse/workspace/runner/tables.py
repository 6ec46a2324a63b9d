"""The tables of data/ in a SQLite database in memory.

`python3 runner/tables.py 'SELECT count(*) FROM requests'` runs a query on your data and prints its rows.
"""

import csv
import io
import sqlite3
import sys
from pathlib import Path


def load(tables: dict[str, str]) -> sqlite3.Connection:
    """Return a database with a table for each text of CSV; what is a number is one, and what is empty is NULL."""
    base = sqlite3.connect(":memory:")
    for name, text in tables.items():
        columns, *rows = csv.reader(io.StringIO(text))
        base.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        base.executemany(f"INSERT INTO {name} VALUES ({marks})", ([_value(cell) for cell in row] for row in rows))
    for name, column in (("predictions", "parcel_id"), ("labels", "parcel_id"), ("requests", "parcel_id")):
        if name in tables:
            base.execute(f"CREATE INDEX {name}_{column} ON {name} ({column})")
    base.commit()
    return base


def _value(cell: str) -> str | float | int | None:
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell or None


def main() -> None:
    """Run the query of the command line."""
    folder = Path(__file__).resolve().parent.parent / "data"
    base = load({path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.csv"))})
    found = base.execute(sys.argv[1])
    print(" | ".join(column[0] for column in found.description))
    for row in found:
        print(" | ".join(str(value) for value in row))


if __name__ == "__main__":
    main()
