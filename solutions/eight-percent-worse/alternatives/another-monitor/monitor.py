"""A day is strange where a number of it is far outside of all that the quiet days had."""

import datetime

import numpy as np

FEATURES = ["weight_kg", "distance_km", "backlog", "stops", "delays", "predicted"]
FAR = 1.0  # ranges of the quiet days, beyond the range itself


class Monitor:
    def __init__(self, reference):
        days = {}
        for row in reference:
            days.setdefault(row["at"][:10], []).append(row)
        numbers = {day: self.numbers(rows) for day, rows in days.items()}
        self.middle, beyond = {}, {}
        for kind in (False, True):
            some = [found for day, found in numbers.items() if weekend(day) == kind]
            for key in set().union(*some):
                self.middle[kind, key] = float(np.mean([found.get(key, 0.0) for found in some]))
        for day, found in numbers.items():
            for key, value in found.items():
                beyond.setdefault(key, []).append(value - self.middle[weekend(day), key])
        self.low = {key: min(values) - FAR * (max(values) - min(values)) for key, values in beyond.items()}
        self.high = {key: max(values) + FAR * (max(values) - min(values)) for key, values in beyond.items()}

    def day(self, day, rows):
        found, kind = self.numbers(rows), weekend(day)
        for key, value in found.items():
            if key not in self.low or (kind, key) not in self.middle:
                return True
            off, room = value - self.middle[kind, key], 0.05 if key[0] in ("missing", "share") else 0.0
            if off < self.low[key] - room or off > self.high[key] + room:
                return True
        return False

    def numbers(self, rows):
        found = {}
        for field in ("market", "carrier", "channel"):
            groups = {}
            for row in rows:
                groups.setdefault(row[field], []).append(row)
            for value, some in groups.items():
                found["share", value] = len(some) / len(rows)
                for name in FEATURES:
                    column = np.array([row[name] for row in some], dtype=float)
                    there = column[~np.isnan(column)]
                    found["missing", value, name] = 1 - len(there) / len(column)
                    if len(there):
                        found["mean", value, name] = float(there.mean())
        return found


def weekend(day):
    return datetime.date.fromisoformat(day).weekday() > 4
