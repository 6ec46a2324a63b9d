"""The five features, each table sorted once for a request's depot."""

from bisect import bisect_right


def features(request, tables):
    at, depot = request["at"], request["depot"]
    pounds = request["weight_unit"].strip().lower() == "lb"
    weight = float(request["weight"]) * (0.45359237 if pounds else 1)
    names = [depot] + [row["code"] for row in tables["depots"] if row["replaces"] == depot]
    counts = sorted((row["known_at"], int(row["parcels"])) for row in tables["backlog"] if row["depot"] in names)
    last = counts[bisect_right(counts, (at, float("inf"))) - 1][1]
    late = [
        row for row in tables["delays"]
        if row["depot"] in names and row["known_at"] <= at and _yesterday(at) < row["happened_at"] <= at
    ]
    stops = next((float(request[name]) for name in ("stops", "route_stops") if request.get(name)), 12.0)
    return {
        "weight_kg": 30.0 if weight > 30 else weight,
        "distance_km": float(request["distance_km"]),
        "backlog": float(last),
        "stops": stops,
        "delays": float(len(late)),
    }


def _yesterday(at):
    from datetime import datetime, timedelta

    return (datetime.fromisoformat(at) - timedelta(days=1)).isoformat(timespec="minutes")
