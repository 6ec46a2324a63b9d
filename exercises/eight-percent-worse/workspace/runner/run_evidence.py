"""Run the queries of diagnosis.yaml: first a line with the tables, then a line for each query, answered by its number."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import tables
import turns

STEPS = 200_000_000  # of SQLite's machine, for one query
base: Any = None


def answer(turn: dict[str, Any]) -> dict[str, Any]:
    """Return what a query gives: its first row's first column, or what was wrong with it."""
    global base
    if "tables" in turn:
        base = tables.load(turn["tables"])
        base.execute("PRAGMA query_only = ON")
        return {"ready": True}
    left = [STEPS // 1_000_000]

    def spent() -> int:
        left[0] -= 1
        return int(left[0] < 0)

    base.set_progress_handler(spent, 1_000_000)
    try:
        row = base.execute(turn["query"]).fetchone()
    except Exception as problem:  # whatever a query can come to
        return {"problem": str(problem)}
    return {"value": row[0] if row else None}


turns.play(answer)
