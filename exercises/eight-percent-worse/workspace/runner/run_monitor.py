"""Run monitor.py: first a line with 28 quiet days, then a line for each day, answered by whether there is an alarm."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import turns

columns: list[str] = []
monitor: Any = None


def answer(turn: dict[str, Any]) -> dict[str, bool]:
    """Return whether the monitor alarms on a day."""
    global monitor
    from monitor import Monitor

    if "reference" in turn:
        columns[:] = turn["columns"]
        monitor = Monitor([dict(zip(columns, row)) for row in turn["reference"]])
        return {"ready": True}
    return {"alarm": bool(monitor.day(turn["day"], [dict(zip(columns, row)) for row in turn["rows"]]))}


turns.play(answer)
