"""What is public of the worlds of eight-percent-worse: how the candidate's files are run on the data as handed out."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from typing import Any

Row = dict[str, Any]
Texts = Mapping[str, str]
Values = Mapping[str, Any]
FEATURES = ("weight_kg", "distance_km", "backlog", "stops", "delays")
SPLIT = "2026-03-02"  # the first day of the month that is worse
REQUESTS = 60
WATCHED = ("parcel_id", "day", "at", "market", "depot", "carrier", "channel", "model", *FEATURES, "predicted")
QUERIES = 20


def own_month(files: Texts, documents: Values) -> tuple[list[Row], Row]:
    """Return the calls on the candidate's own data, and what was logged of the requests among them.

    They are the evidence, features of last month, and a monitor of last month.
    """
    tables = {
        path.removeprefix("data/").removesuffix(".csv"): text
        for path, text in files.items()
        if path.startswith("data/")
    }
    rows = {
        name: list(csv.DictReader(io.StringIO(tables[name])))
        for name in ("requests", "predictions", "backlog", "depots", "delays")
    }
    asked = list(_requests(rows))
    calls = [
        {"name": "evidence", "program": "runner/run_evidence.py", "turns": [{"tables": tables}, *queries(documents)]},
        {"name": "last-month", "program": "runner/run_features.py", "turns": [turn for turn, _ in asked]},
        {"name": "watch-last-month", "program": "runner/run_monitor.py", "turns": list(_days(rows))},
    ]
    return calls, {"logged": [logged for _, logged in asked]}


SCENARIOS = {"own-month": own_month}


def queries(documents: Values) -> list[Row]:
    """Return a turn for each query of the evidence."""
    told = documents.get("diagnosis.yaml")
    entries = told.get("evidence") if isinstance(told, dict) else None
    found = [entry.get("query") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [{"query": text} for text in found if isinstance(text, str)][:QUERIES]


def _requests(rows: Mapping[str, list[dict[str, str]]]) -> Iterator[tuple[Row, dict[str, float]]]:
    """Yield requests of last month, one by one, each with what was known then, and what was logged."""
    logged = {row["parcel_id"]: row for row in rows["predictions"]}
    before = [row for row in rows["requests"] if row["at"] < SPLIT]
    for request in before[:: max(1, len(before) // REQUESTS)][:REQUESTS]:
        at = request["at"]
        early = (dt.datetime.fromisoformat(at) - dt.timedelta(days=3)).isoformat(timespec="minutes")
        known = {
            "backlog": [row for row in rows["backlog"] if early <= row["known_at"] <= at],
            "depots": [row for row in rows["depots"] if row["since"] <= at],
            "delays": [row for row in rows["delays"] if early <= row["known_at"] <= at],
        }
        row = logged[request["parcel_id"]]
        yield {"tables": known, "requests": [request]}, {name: float(row[name]) for name in FEATURES}


def _days(rows: Mapping[str, list[dict[str, str]]]) -> Iterator[Row]:
    """Yield last month as the reference, and its days as the days to watch."""
    requests = {row["parcel_id"]: row for row in rows["requests"]}
    days: dict[str, list[list[Any]]] = {}
    for row in rows["predictions"]:
        if row["day"] < SPLIT:
            told = {**requests[row["parcel_id"]], **row}
            values = [float(told[name]) if name in FEATURES or name == "predicted" else told[name] for name in WATCHED]
            days.setdefault(row["day"], []).append(values)
    yield {"columns": list(WATCHED), "reference": [row for found in days.values() for row in found]}
    for day, found in days.items():
        yield {"day": day, "rows": found}
