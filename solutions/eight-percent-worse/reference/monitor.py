"""Tell from features and predictions alone, day by day, that what the model gets is no longer what it used to get.

Each segment and each column is compared with the quiet days, workdays with workdays: the mean, how much is missing, how many
values there are, and how large the segment is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Any

Row = dict[str, Any]
Name = tuple[str, str]
COLUMNS = ("weight_kg", "distance_km", "backlog", "stops", "delays", "predicted")
SEGMENTS = ("market", "carrier", "channel")
LIMIT = 6.0  # standard errors
LEAST = 8  # rows of a segment, for a day to tell anything
MISSING = 0.1  # more than used to be missing
VARIED = 5  # values at least on each quiet day, for half as many to tell anything


@dataclass(frozen=True)
class Usual:
    """What is usual of a column in a segment: its mean, and how far rows and days are from it."""

    mean: float
    inner: float  # variance of rows within a day
    between: float  # variance of days beyond what chance among their rows explains: parcels of a day are not independent
    missing: float
    fewest: int  # values on one day


class Monitor:
    """Quiet days first, then one day after the other."""

    def __init__(self, reference: Sequence[Row]) -> None:
        """Learn what is usual."""
        days: dict[str, list[Row]] = {}
        for row in reference:
            days.setdefault(row["at"][:10], []).append(row)
        values: dict[tuple[bool, Name, str], list[list[Any]]] = {}
        shares: dict[tuple[bool, Name], list[float]] = {}
        for day, rows in days.items():
            for name, part in parts(rows):
                shares.setdefault((kind(day), name), []).append(len(part) / len(rows))
                for column in COLUMNS:
                    values.setdefault((kind(day), name, column), []).append([row[column] for row in part])
        self.usual = {key: usual_of(found) for key, found in values.items()}
        self.shares = {key: fmean(found) for key, found in shares.items()}

    def day(self, day: str, rows: Sequence[Row]) -> bool:
        """Return whether this day is out of the ordinary."""
        there = dict(parts(rows))
        return any(self._grown(key[1], share, there, len(rows)) for key, share in self.shares.items() if key[0] == kind(day)) or any(
            self._strange((kind(day), name, column), [row[column] for row in part])
            for name, part in there.items()
            for column in COLUMNS
            if len(part) >= LEAST
        )

    def _grown(self, name: Name, share: float, there: dict[Name, list[Row]], count: int) -> bool:
        """Tell whether a segment has another share of the day than it used to have."""
        spread = share * (1 - share) / count
        return spread > 0 and abs(len(there.get(name, ())) / count - share) > LIMIT * spread**0.5

    def _strange(self, key: tuple[bool, Name, str], values: list[Any]) -> bool:
        """Tell whether a segment's column is another than it used to be."""
        usual, other = self.usual.get(key), self.usual.get((not key[0], *key[1:]))
        if usual is None:
            return True  # a segment that never was
        present = [value for value in values if value is not None]
        if 1 - len(present) / len(values) > usual.missing + MISSING or not present:
            return True
        if usual.fewest >= VARIED and 2 * len(set(present)) <= usual.fewest:
            return True
        between = max(usual.between, other.between if other else 0.0)
        spread = usual.inner / len(present) + between
        return abs(fmean(present) - usual.mean) > LIMIT * spread**0.5


def kind(day: str) -> bool:
    """Tell weekends, which are other days than the rest."""
    return date.fromisoformat(day).weekday() >= 5


def parts(rows: Sequence[Row]) -> Iterator[tuple[Name, list[Row]]]:
    """Yield all rows, then each segment's."""
    yield ("all", "all"), list(rows)
    for field in SEGMENTS:
        found: dict[str, list[Row]] = {}
        for row in rows:
            found.setdefault(row[field], []).append(row)
        yield from (((field, value), part) for value, part in sorted(found.items()))


def usual_of(days: Sequence[Sequence[Any]]) -> Usual:
    """Return what is usual of the values of some days."""
    before = [[value for value in found if value is not None] for found in days]
    whole = [found for found in before if len(found) > 1]
    inner = fmean(variance(found) for found in whole)
    means = [fmean(found) for found in whole]
    between = max(0.0, variance(means) - inner / fmean(map(len, whole)))
    missing = fmean(1 - len(kept) / len(found) for kept, found in zip(before, days, strict=True))
    return Usual(fmean(means), inner, between, missing, min(len(set(found)) for found in whole))


def variance(values: Sequence[float]) -> float:
    """Return the mean square of the distances from the mean."""
    mean = fmean(values)
    return fmean((value - mean) ** 2 for value in values)
