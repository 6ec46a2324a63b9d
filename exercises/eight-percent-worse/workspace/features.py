"""The features of one request, as contract.md has them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

Row = Mapping[str, str]
HEAVIEST = 30.0  # kilograms; the model was trained with heavier ones cut off here
USUAL_STOPS = 12.0
WINDOW = timedelta(hours=24)


def features(request: Row, tables: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Return the features of a request, from what was known when it was made."""
    at = datetime.fromisoformat(request["at"])
    return {
        "weight_kg": min(kilograms(request), HEAVIEST),
        "distance_km": float(request["distance_km"]),
        "backlog": backlog(request["depot"], at, tables),
        "stops": stops(request),
        "delays": float(delays(request["depot"], at, tables)),
    }


def kilograms(request: Row) -> float:
    """Return the weight in kilograms."""
    return float(request["weight"])


def stops(request: Row) -> float:
    """Return the stops before this one."""
    return float(request["stops"] or request["route_stops"] or USUAL_STOPS)


def codes(depot: str, tables: Mapping[str, Sequence[Row]]) -> set[str]:
    """Return all codes that a depot has had."""
    return {depot} | {row["code"] for row in tables["depots"] if row["replaces"] == depot}


def backlog(depot: str, at: datetime, tables: Mapping[str, Sequence[Row]]) -> float:
    """Return how many parcels lay in the depot at the last count."""
    known = codes(depot, tables)
    counts = [row for row in tables["backlog"] if row["depot"] in known and datetime.fromisoformat(row["known_at"]) <= at]
    return float(max(counts, key=lambda row: row["known_at"])["parcels"])


def delays(depot: str, at: datetime, tables: Mapping[str, Sequence[Row]]) -> int:
    """Return how many delays there were around the request."""
    return sum(
        row["depot"] == depot
        and at - WINDOW < datetime.fromisoformat(row["happened_at"]) <= at
        and datetime.fromisoformat(row["known_at"]) <= at
        for row in tables["delays"]
    )
