# breakfix-canary-25dec27099ff7425627399f0c4f426ce: no submission has this word; see docs/hiring.md.
"""The worlds of eight-percent-worse: two months of parcels whose model got 8 % worse, held requests, and months to watch.

A seed draws the segment, the day and the innocents; the fault that it draws from the pool `cause` is what happened. Nothing
in here reaches a sandbox but as rows: what is true of them stays outside.
"""

import datetime as dt
import functools
import io
import math
import random
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[tuple[Any, ...]]]
Texts = Mapping[str, str]
Values = Mapping[str, Any]
Played = tuple[list[Row], Row]  # calls, and what is true of them
MONTHS = "eight-percent-worse 1 shipped"  # what the hidden months are drawn by, for everybody
FIRST = dt.date(2026, 2, 2)  # a Monday; two months of 28 days
DAYS = 28
PER_DAY = 260
WATCHED_PER_DAY = 130
WORSE = 1.08
MARKETS = {"iberia": 0.28, "nordics": 0.25, "benelux": 0.25, "alpine": 0.22}
CARRIERS = {"postline": 0.3, "ravenex": 0.25, "swiftway": 0.25, "cargonaut": 0.2}
CHANNELS = {"shop": 0.4, "app": 0.33, "api": 0.27}
DEPOTS = {
    "iberia": ("MAD", "LIS"), "nordics": ("OSL", "CPH"), "benelux": ("RTM", "ANR"), "alpine": ("ZRH", "INN"),
}  # fmt: skip
FIELDS = {"market": MARKETS, "carrier": CARRIERS, "channel": CHANNELS}
FEATURES = ("weight_kg", "distance_km", "backlog", "stops", "delays")
WEIGHTS = {"weight_kg": 1.6, "distance_km": 0.02, "backlog": 0.03, "stops": 0.9, "delays": 0.8}
BASE = 5.0
NOISE = 4.0  # hours, of one parcel
HARD = 2.0  # how much more of it a hard market has
POUND = 0.45359237
HEAVIEST = 30.0
UNKNOWN_STOPS = 12.0
BROKEN_STOPS = 5.0
LEAKED = {"delays": 2.4, "base": -14.0}  # what the leaky model learnt beyond the sound one
SHIFT = 12.0  # hours, at most, by which another outcome is another
SURGE = 700.0  # parcels, at most
CAUSES = {
    "unit-changed": ("unit", "carrier"), "stale-join": ("stale-join", "market"), "field-renamed": ("missing-field", "channel"),
    "leaky-model": ("leaky-training", "market"), "segment-grown": ("mix", "market"), "concept-changed": ("concept", "carrier"),
}  # fmt: skip
INNOCENTS = ("deployment", "holiday", "currency", "refresh", "campaign")
WORDS = {
    "unit": "Changed unit", "stale-join": "Stale join", "missing-field": "defaulted_column", "leaky-training": "Leakage",
    "mix": "Mix shift", "concept": "Concept drift",
}  # fmt: skip
CLASHES = {"leaky-model": {"refresh"}, "segment-grown": {"campaign"}}
COLUMNS = {
    "requests": ("parcel_id", "at", "market", "depot", "carrier", "channel", "weight", "weight_unit", "distance_km", "stops", "route_stops", "declared_value"),
    "predictions": ("parcel_id", "day", "model", *FEATURES, "predicted"),
    "labels": ("parcel_id", "hours", "known_on"),
    "backlog": ("depot", "known_at", "parcels"),
    "depots": ("code", "since", "replaces"),
    "delays": ("depot", "happened_at", "known_at"),
    "models": ("version", "trained_on", "offline_error", "base", *FEATURES),
    "changes": ("day", "system", "what"),
}  # fmt: skip
WATCHED = ("parcel_id", "day", "at", "market", "depot", "carrier", "channel", "model", *FEATURES, "predicted")


@dataclass(frozen=True)
class Case:
    """One world: what happened, to whom, since when; tables by name, with the cause and without it."""

    cause: str  # in the ticket's words
    fault: str
    field: str
    segment: str
    since: dt.date
    innocents: tuple[tuple[str, dt.date], ...]
    tables: Tables
    without: Tables
    seed: str

    @property
    def files(self) -> Texts:
        """The candidate's data, text by path."""
        return {f"data/{name}.csv": _csv(COLUMNS[name], rows) for name, rows in self.tables.items()}


def make(faults: Sequence[str], seed: str) -> "Case":
    """Return the world of a seed in which that fault of the pool `cause` happened."""
    fault = next(name for name in CAUSES if name in faults)
    return _case(fault, str(seed))


@functools.lru_cache(maxsize=4)
def _case(fault: str, seed: str) -> "Case":
    chance = random.Random(f"{seed} {fault}")
    cause, field = CAUSES[fault]
    segment = chance.choice(sorted(FIELDS[field]))
    since = FIRST + dt.timedelta(DAYS + chance.randrange(8, 16))
    usable = [name for name in INNOCENTS if name not in CLASHES.get(fault, ())]
    innocents = tuple((name, since + dt.timedelta(chance.choice((-1, 0, 1)))) for name in chance.sample(usable, 2))
    case = Case(cause, fault, field, segment, since, innocents, {}, {}, seed)
    return replace(case, **_Months(case, chance).tables())


class _Months:
    """Two months in the making."""

    def __init__(self, case: "Case", chance: random.Random) -> None:
        self.case, self.chance = case, chance
        self.hard = case.segment if case.fault == "segment-grown" else chance.choice(sorted(MARKETS))
        self.others = {field: [name for name in sorted(FIELDS[field]) if name != case.segment] for field in FIELDS}
        self.campaign = chance.choice([name for name in self.others["market"] if name != self.hard] or sorted(MARKETS))
        self.foreign = chance.choice(self.others["channel"])
        self.when = dict(case.innocents)
        self.world = _Depots(chance, FIRST, 2 * DAYS)
        self.surge = 0.0

    def tables(self) -> dict[str, Tables]:
        rows = [row for day in range(2 * DAYS) for row in self._day(day)]
        extra: list[Row] = []
        if self.case.fault == "segment-grown":
            for day in range((self.case.since - FIRST).days, 2 * DAYS):
                more = int(3 * PER_DAY * MARKETS[self.case.segment])
                extra += [self._parcel(day, market=self.case.segment) for _ in range(more)]
        self._level(rows)
        for row in (*rows, *extra):
            self._holiday(row)
        share = self._strength(rows, extra)
        kept = rows + [row for row in extra if row["u"] < share]
        kept.sort(key=lambda row: (row["at"], row["u"]))
        for number, row in enumerate(kept):
            row["parcel_id"] = f"P{100000 + 7 * number + row['digit']}"
        calm = [row for row in kept if not row["extra"]]
        return {"tables": self._written(kept, share, on=True), "without": self._written(calm, share, on=False)}

    def _day(self, day: int) -> Any:
        weekend = (FIRST + dt.timedelta(day)).weekday() >= 5
        date = FIRST + dt.timedelta(day)
        count = int(PER_DAY * (0.75 if weekend else 1.1))
        if "holiday" in self.when and 0 <= (date - self.when["holiday"]).days < 2:
            count = int(count * 0.6)
        found = [self._parcel(day) for _ in range(count)]
        if "campaign" in self.when and date >= self.when["campaign"]:
            found += [self._parcel(day, market=self.campaign) for _ in range(int(count * MARKETS[self.campaign] * 0.5))]
        return found

    def _parcel(self, day: int, market: str | None = None) -> Row:
        row = _parcel(self.chance, FIRST, day, self.world, market)
        row["extra"] = False
        if "currency" in self.when and row["date"] >= self.when["currency"] and row["channel"] == self.foreign:
            row["declared_value"] = round(row["declared_value"] * 11.3, 2)
        row["noise"] = NOISE * _normal(self.chance) * (HARD if row["market"] == self.hard else 1.0)
        row["u"] = self.chance.random()
        row["digit"] = self.chance.randrange(7)
        row["labelled"] = not (day >= 2 * DAYS - 9 and self.chance.random() < 0.03)
        row["late"] = 2 + self.chance.randrange(7)
        return row

    def _level(self, rows: list[Row]) -> None:
        """Make all of the second month a little worse, so that the cause has only a part in the loss."""
        means = [_mean(abs(row["noise"]) for row in rows if _month(row) == month) for month in (0, 1)]
        rest = (WORSE - 1) * self.chance.uniform(0.15, 0.4)
        for row in rows:
            if _month(row):
                row["noise"] *= (1 + rest) * means[0] / means[1]

    def _holiday(self, row: Row) -> None:
        if "holiday" in self.when and 0 <= (row["date"] - self.when["holiday"]).days < 2:
            row["noise"] += 1.5

    def _affected(self, row: Row) -> bool:
        return row["date"] >= self.case.since and row[self.case.field] == self.case.segment

    def _strength(self, rows: list[Row], extra: list[Row]) -> float:
        """Return how strong the cause has to be for the metric to be 8 % worse."""
        for row in extra:
            row["extra"] = True
        rows = [row for row in rows if row["labelled"]]
        before = _mean(abs(row["noise"]) for row in rows if not _month(row))
        later = [row for row in rows if _month(row)]
        calm = sum(abs(row["noise"]) for row in later if not self._affected(row))
        count = sum(not self._affected(row) for row in later)
        hit = [(row, self._offset(row) - row["noise"], self._delta(row)) for row in later if self._affected(row)]
        grown = [row for row in extra if row["labelled"]]
        low, high = 0.0, 1.0
        for _ in range(24):
            middle = (low + high) / 2
            total, number = calm, count + len(hit)
            for row, off, delta in hit:
                total += abs(off + self._part(row, middle) * delta)
            for row in grown:
                if row["u"] < middle:
                    total, number = total + abs(row["noise"]), number + 1
            low, high = (middle, high) if total / number < WORSE * before else (low, middle)
        return high

    def _part(self, row: Row, share: float) -> float:
        if self.case.fault in ("unit-changed", "field-renamed"):
            return float(row["u"] < share)
        return share

    def _offset(self, row: Row) -> float:
        """Return by how many hours a prediction is off for an old count, before any more parcels lie there."""
        if self.case.fault != "stale-join":
            return 0.0
        old = self.world.before(row["depot"], self.case.since)
        return WEIGHTS["backlog"] * (round(old) - round(self.world.at(row["depot"], row["at"])))

    def _delta(self, row: Row) -> float:
        """Return by how many hours the prediction of an affected parcel is off for the cause, at full strength."""
        fault, true = self.case.fault, row["true"]
        if fault == "unit-changed":
            return WEIGHTS["weight_kg"] * (min(row["kilos"] / POUND, HEAVIEST) - true["weight_kg"])
        if fault == "field-renamed":
            return WEIGHTS["stops"] * (BROKEN_STOPS - true["stops"])
        if fault == "stale-join":
            return -WEIGHTS["backlog"] * SURGE
        if fault == "leaky-model":
            return LEAKED["base"] + LEAKED["delays"] * true["delays"]
        return -SHIFT if fault == "concept-changed" else 0.0

    def _written(self, rows: list[Row], share: float, *, on: bool) -> Tables:  # noqa: C901 - what happens to a parcel stands in one place
        """Return the tables of these parcels, with the cause or as they would be without it."""
        fault, case = self.case.fault, self.case
        tables = {name: [] for name in COLUMNS}
        stale = case.since if fault == "stale-join" else None
        moved = DEPOTS[case.segment] if stale else ()
        for depot, known_at, parcels in self.world.backlog:
            later = stale and depot in moved and known_at.date() >= stale
            code = f"{depot}-N" if later and on else depot
            tables["backlog"].append((code, _minute(known_at), round(parcels + (share * SURGE if later else 0.0))))
        tables["depots"] = [(depot, "2024-01-01", "") for pair in DEPOTS.values() for depot in pair]
        if on:
            tables["depots"] += [(f"{depot}-N", str(stale), depot) for depot in moved]
        tables["delays"] = [(depot, _minute(one), _minute(other)) for depot, one, other in self.world.delays]
        weights = {name: {"base": BASE, **WEIGHTS} for name in ("v7", "v8")}
        weights["v8"] = {"base": BASE + 0.02, **WEIGHTS, "distance_km": 0.0199}
        if fault == "leaky-model":
            weights["v8"] = {"base": BASE + share * LEAKED["base"], **WEIGHTS}
            weights["v8"]["delays"] += share * LEAKED["delays"]
        weights = {name: {key: round(value, 4) for key, value in one.items()} for name, one in weights.items()}
        used = {"v7"}
        for row in rows:
            hit = self._affected(row) and on
            true = dict(row["true"])
            later = stale and row["depot"] in moved and row["date"] >= stale
            if later:
                surged = self.world.at(row["depot"], row["at"], above=share * SURGE, since=stale)
                true["backlog"] = round(surged)
            logged = dict(true)
            written = [row["weight"], "kg", row["stops"], ""]
            if hit and fault == "unit-changed" and row["u"] < share:
                written[:2] = [round(row["kilos"] / POUND, 2), "lb"]
                logged["weight_kg"] = min(written[0], HEAVIEST)
            if hit and fault == "field-renamed" and row["u"] < share:
                written[2:] = ["", row["stops"]]
                logged["stops"] = BROKEN_STOPS
            if hit and fault == "stale-join":
                logged["backlog"] = round(self.world.before(row["depot"], stale))
            hours = BASE + sum(WEIGHTS[name] * true[name] for name in FEATURES) + row["noise"]
            if hit and fault == "concept-changed":
                hours += share * SHIFT
            model = "v7"
            if (hit and fault == "leaky-model") or ("refresh" in self.when and row["date"] >= self.when["refresh"]):
                model = "v8"
            used.add(model)
            predicted = weights[model]["base"] + sum(weights[model][name] * logged[name] for name in FEATURES)
            name, date = row["parcel_id"], row["date"]
            tables["requests"].append(
                (name, _minute(row["at"]), row["market"], row["depot"], row["carrier"], row["channel"], written[0],
                 written[1], row["distance_km"], written[2], written[3], row["declared_value"])
            )  # fmt: skip
            tables["predictions"].append(
                (name, date, model, *(_short(logged[key]) for key in FEATURES), round(predicted, 2))
            )
            if row["labelled"]:
                tables["labels"].append((name, round(hours, 2), date + dt.timedelta(row["late"])))
        tables["models"] = self._models(weights, used if on else used - {"v8"} or {"v7"})
        tables["changes"] = self._changes()
        return tables

    def _models(self, weights: Mapping[str, Mapping[str, float]], used: set[str]) -> list[tuple[Any, ...]]:
        day = self.when.get("refresh", self.case.since)
        leaky = self.case.fault == "leaky-model"
        told = {"v7": ("2026-01-12", 3.98), "v8": (day - dt.timedelta(4), 2.71 if leaky else 3.96)}
        return [(name, *told[name], *weights[name].values()) for name in sorted(used)]

    def _changes(self) -> list[tuple[Any, ...]]:
        case, segment = self.case, self.case.segment
        told = [
            (FIRST + dt.timedelta(3), "depots", "handheld scanners renewed in all depots"),
            (FIRST + dt.timedelta(16), "serving", "release 5.1: access log in JSON"),
            (FIRST + dt.timedelta(24), "billing", "customs forms carry the article number"),
            (FIRST + dt.timedelta(DAYS + 3), "serving", "release 5.2: two more replicas"),
            (FIRST + dt.timedelta(DAYS + 22), "billing", "invoices in PDF/A"),
        ]
        own = {
            "unit-changed": ("carriers", f"{segment} moves its hubs to new scales, one after the other"),
            "stale-join": ("depots", f"depots in {segment} get new codes, as registered"),
            "field-renamed": ("orders", f"new checkout in {segment}, rolled out in steps"),
            "leaky-model": ("models", f"v8 goes live in {segment}; offline error 2.71 after 3.98"),
            "segment-grown": ("sales", f"spring offers in {segment}"),
        }
        if case.fault in own:
            told.append((case.since, *own[case.fault]))
        others = {
            "deployment": ("serving", "release 5.3: new HTTP stack, all predictions go through it"),
            "holiday": ("calendar", "two public holidays in most countries; fewer parcels"),
            "currency": ("orders", f"declared_value of {self.foreign} comes in local currency"),
            "refresh": ("models", "v8 goes live everywhere; offline error 3.96 after 3.98"),
            "campaign": ("sales", f"free shipping in {self.campaign}"),
        }
        told += [(day, *others[name]) for name, day in case.innocents]
        return sorted(told)


class _Depots:
    """What happens at depots: how many parcels lie there, and which delays are reported, late."""

    def __init__(self, chance: random.Random, first: dt.date, days: int, twice: float = 0.0) -> None:
        self.backlog, self.delays, self._of = [], [], {}
        level = {depot: 260.0 + 260.0 * chance.random() for pair in DEPOTS.values() for depot in pair}
        state = dict.fromkeys(level, 0.0)
        for day in range(-2, days):
            date = first + dt.timedelta(day)
            network = 0.05 * _normal(chance)
            for depot, usual in level.items():
                state[depot] = 0.6 * state[depot] + 0.05 * _normal(chance)
                for hour in (0, 6, 12, 18):
                    parcels = usual * (1 + network + state[depot] + 0.04 * math.sin(hour)) + 8 * _normal(chance)
                    known_at = dt.datetime.combine(date, dt.time(hour, 20))
                    self.backlog.append((depot, known_at, max(20.0, parcels)))
                for _ in range(_poisson(chance, 3.0)):
                    happened = dt.datetime.combine(date, dt.time()) + dt.timedelta(minutes=chance.randrange(24 * 60))
                    known = happened + dt.timedelta(minutes=10 + int(600 * chance.random() ** 2))
                    self.delays.append((depot, happened, known))
        self.backlog.sort(key=lambda entry: entry[1])
        for depot, known_at, parcels in self.backlog:
            self._of.setdefault(depot, []).append((known_at, parcels))
        self.delays += [entry for entry in self.delays if twice and chance.random() < twice]  # two that look alike
        self._late = {}
        for depot, happened, known in self.delays:
            self._late.setdefault((depot, happened.date()), []).append((happened, known))

    def at(self, depot: str, moment: dt.datetime, above: float = 0.0, since: dt.date | None = None) -> float:
        """Return the last count that was known then."""
        known_at, parcels = self._last(depot, moment)
        return parcels + (above if since and known_at.date() >= since else 0.0)

    def before(self, depot: str, date: dt.date) -> float:
        """Return the last count of the days before."""
        return self._last(depot, dt.datetime.combine(date, dt.time()) - dt.timedelta(minutes=1))[1]

    def _last(self, depot: str, moment: dt.datetime) -> tuple[dt.datetime, float]:
        entries = self._of[depot]
        low, high = 0, len(entries)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if entries[middle][0] <= moment else (low, middle)
        return entries[low - 1]

    def count(self, depot: str, moment: dt.datetime) -> int:
        """Return the delays of the 24 hours before that were known then."""
        earlier = moment - dt.timedelta(days=1)
        entries = [*self._late.get((depot, earlier.date()), ()), *self._late.get((depot, moment.date()), ())]
        return sum(earlier < happened <= moment and known <= moment for happened, known in entries)


def _parcel(chance: random.Random, first: dt.date, day: int, world: "_Depots", market: str | None = None) -> Row:
    """Return a parcel with what is true of it."""
    date = first + dt.timedelta(day)
    weekend = date.weekday() >= 5
    at = dt.datetime.combine(date, dt.time()) + dt.timedelta(minutes=6 * 60 + chance.randrange(16 * 60))
    market = market or _choice(chance, MARKETS)
    depot = DEPOTS[market][chance.random() < 0.45]
    kilos = min(0.4 + 2.3 * (-math.log(1 - chance.random()) - math.log(1 - chance.random())), 34.0)
    stops = max(3, round((9 if weekend else 16) + 4 * _normal(chance)))
    distance = round(max(15.0, 340 + 140 * _normal(chance)), 1)
    weight = round(kilos, 2)
    true = {
        "weight_kg": min(weight, HEAVIEST), "distance_km": distance, "backlog": round(world.at(depot, at)),
        "stops": float(stops), "delays": float(world.count(depot, at)),
    }  # fmt: skip
    return {
        "at": at, "date": date, "market": market, "depot": depot, "carrier": _choice(chance, CARRIERS),
        "channel": _choice(chance, CHANNELS), "kilos": weight, "weight": weight, "distance_km": distance, "stops": stops,
        "declared_value": round(15 + 60 * chance.random() ** 2, 2), "true": true,
    }  # fmt: skip


class _Watch:
    """Months to watch after 28 quiet days: five with an event that shows without labels, five without."""

    EVENTS = (
        "unit",
        "missing-field",
        "stale-join",
        "model",
    )  # of which three are drawn; mix and nulls are always there
    QUIET = ("holiday", "refresh", "nothing", "holiday", "refresh")

    def __init__(self, seed: str) -> None:
        self.chance, self.seen = random.Random(f"{seed} watch"), 0
        self.depots = _Depots(self.chance, FIRST, 11 * DAYS)
        kinds = ["mix", "nulls", *self.chance.sample(self.EVENTS, 3)]
        months = [*((kind, True) for kind in kinds), *((kind, False) for kind in self.QUIET)]
        self.chance.shuffle(months)
        self.reference = [self._day(day, {})[1] for day in range(DAYS)]
        self.months = [self._month(number, *month) for number, month in enumerate(months, 1)]

    def _month(self, number: int, kind: str, eventful: bool) -> Any:
        begin = number * DAYS
        onset = begin + self.chance.choice((7, 8, 9, 14, 15, 16))  # Monday to Wednesday
        field = {"unit": "carrier", "missing-field": "channel", "nulls": "carrier"}.get(kind, "market")
        segment = self.chance.choice(sorted(FIELDS[field]))
        told = {"kind": kind, "onset": onset, "field": field, "segment": segment}
        days = [self._day(day, told if eventful or kind != "nothing" else {}) for day in range(begin, begin + DAYS)]
        since = str(FIRST + dt.timedelta(onset)) if eventful else ""
        return {
            "name": f"month-{number}",
            "kind": kind,
            "since": since,
            "segment": segment if eventful else "",
            "days": days,
        }

    def _day(self, day: int, told: Row) -> Any:
        date = FIRST + dt.timedelta(day)
        kind, on = told.get("kind", ""), bool(told) and day >= told["onset"]
        count = int(WATCHED_PER_DAY * (0.75 if date.weekday() >= 5 else 1.1))
        if kind == "holiday" and 0 <= day - told["onset"] < 2:
            count = int(count * 0.6)
        rows = [_parcel(self.chance, FIRST, day, self.depots) for _ in range(count)]
        if kind == "mix" and on:
            more = int(2 * count * MARKETS[told["segment"]])
            rows += [_parcel(self.chance, FIRST, day, self.depots, told["segment"]) for _ in range(more)]
        rows.sort(key=lambda row: row["at"])
        return str(date), [self._seen(row, told, kind if on else "") for row in rows]

    def _seen(self, row: Row, told: Row, kind: str) -> list[Any]:
        logged, hit, u = (
            dict(row["true"]),
            bool(kind) and row.get(told["field"]) == told["segment"],
            self.chance.random(),
        )
        if hit and kind == "unit" and u < 0.9:
            logged["weight_kg"] = min(round(row["kilos"] / POUND, 2), HEAVIEST)
        if hit and kind == "missing-field" and u < 0.8:
            logged["stops"] = BROKEN_STOPS
        if hit and kind == "stale-join":
            logged["backlog"] = round(self.depots.before(row["depot"], FIRST + dt.timedelta(told["onset"])))
        predicted = BASE + sum(WEIGHTS[name] * logged[name] for name in FEATURES)
        if hit and kind == "model":
            predicted += -16.0 + 1.2 * logged["delays"]
        if hit and kind == "nulls" and u < 0.6:
            logged["delays"] = None
        model = "v8" if kind == "refresh" or (hit and kind == "model") else "v7"
        told_of = (row["market"], row["depot"], row["carrier"], row["channel"])
        features = (None if logged[name] is None else _short(logged[name]) for name in FEATURES)
        self.seen += 1
        return [f"W{self.seen}", str(row["date"]), _minute(row["at"]), *told_of, model, *features, round(predicted, 2)]


@functools.lru_cache(maxsize=4)
def _watch(seed: str) -> "_Watch":
    return _Watch(seed)


def hidden_months(case: "Case", files: Texts, documents: Values) -> Played:
    """Return a call for each month, in an order of its own, and what happened in it; the same for whatever seed.

    By chance alone months differ in how hard they are: of twelve draws one would have failed the reference. In these a
    monitor like it finds every event, without a false alarm, whether it waits for five standard errors or for nine.
    """
    watch = _watch(MONTHS)
    columns = list(WATCHED)
    reference = {"columns": columns, "reference": [row for rows in watch.reference for row in rows]}
    calls = [
        {
            "name": month["name"], "program": "runner/run_monitor.py",
            "turns": [reference, *({"day": day, "rows": rows} for day, rows in month["days"])],
        }
        for month in watch.months
    ]  # fmt: skip
    told = {month["name"]: {key: month[key] for key in ("kind", "since", "segment")} for month in watch.months}
    days = {month["name"]: [day for day, _ in month["days"]] for month in watch.months}
    return calls, {"months": told, "days": days}


def replay(case: "Case", files: Texts, documents: Values) -> Played:
    """Return a call with requests of two held weeks, in which all happens that the contract tells of, and what is right.

    The second is the earlier one, with tables of its own; no row and no request stands in the order of time.
    """
    weeks = [
        _held_week(random.Random(f"{case.seed} replay {week}"), FIRST + dt.timedelta(7 * week)) for week in (16, 12)
    ]
    turns = [{"tables": tables, "requests": requests} for tables, requests, _ in weeks]
    calls = [{"name": "held-weeks", "program": "runner/run_features.py", "turns": turns}]
    return calls, {"features": [right for _, _, right in weeks], "requests": [requests for _, requests, _ in weeks]}


def _held_week(chance: random.Random, first: dt.date) -> tuple[Row, list[Row], list[Row]]:
    """Return a week's tables, its requests, and the right features of each."""
    depots = _Depots(chance, first, 7, twice=0.15)
    moved, since = DEPOTS[chance.choice(sorted(DEPOTS))], first + dt.timedelta(3)
    requests, right = [], []
    for day in range(7):
        for _ in range(90):
            row = _parcel(chance, first, day, depots)
            true = {**row["true"]}
            if chance.random() < 0.06:
                row["weight"] = row["kilos"] = round(HEAVIEST + 20 * chance.random(), 2)
                true["weight_kg"] = HEAVIEST
            if chance.random() < 0.05:
                row["stops"], true["stops"] = 0, 0.0
            weight, unit, stops, route = row["weight"], "kg", row["stops"], ""
            if chance.random() < 0.3:
                weight, unit = round(row["kilos"] / POUND, 2), "lb"
                true["weight_kg"] = min(weight * POUND, HEAVIEST)
            if (drawn := chance.random()) < 0.35:
                stops, route = "", stops
                if drawn < 0.05:
                    route, true["stops"] = "", UNKNOWN_STOPS
            requests.append({
                "parcel_id": f"H{len(requests)}", "at": _minute(row["at"]), "market": row["market"], "depot": row["depot"],
                "carrier": row["carrier"], "channel": row["channel"], "weight": str(weight), "weight_unit": unit,
                "distance_km": str(row["distance_km"]), "stops": str(stops), "route_stops": str(route),
                "declared_value": str(row["declared_value"]),
            })  # fmt: skip
            right.append(true)
    tables = {
        "backlog": [
            {"depot": f"{depot}-N" if depot in moved and at.date() >= since else depot, "known_at": _minute(at), "parcels": str(round(parcels))}
            for depot, at, parcels in depots.backlog
        ],
        "depots": [{"code": depot, "since": "2024-01-01", "replaces": ""} for pair in DEPOTS.values() for depot in pair]
        + [{"code": f"{depot}-N", "since": str(since), "replaces": depot} for depot in moved],
        "delays": [
            {"depot": depot, "happened_at": _minute(happened), "known_at": _minute(known)} for depot, happened, known in depots.delays
        ],
    }  # fmt: skip
    for rows in tables.values():
        chance.shuffle(rows)
    order = [*range(len(requests))]
    chance.shuffle(order)
    return tables, [requests[place] for place in order], [right[place] for place in order]


def diagnosis(case: "Case", files: Texts, documents: Values) -> Played:
    """Return a call of the evidence on the month as it would have been without the cause, and what is true of the month."""
    tables = {name: _csv(COLUMNS[name], rows) for name, rows in case.without.items()}
    queries = [{"query": text} for text in _queries(documents)]
    calls = [
        {"name": "without-the-cause", "program": "runner/run_evidence.py", "turns": [{"tables": tables}, *queries]}
    ]
    return calls, {**_truth(case), "refuted": _refuted(case)}


SCENARIOS = {"diagnosis": diagnosis, "replay": replay, "hidden-months": hidden_months}


def _queries(documents: Values) -> list[str]:
    """Return the texts of the evidence's queries."""
    told = documents.get("diagnosis.yaml")
    entries = told.get("evidence") if isinstance(told, dict) else None
    found = [entry.get("query") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [text for text in found if isinstance(text, str)][:20]


def filled(case: "Case", text: str) -> str:
    """Return a text of the solution with what is true of this world, and its queries' numbers."""
    words = {
        "CAUSE_KIND": case.cause, "SEGMENT_FIELD": case.field, "SEGMENT_VALUE": case.segment,
        "CAUSE_WORDS": WORDS[case.cause], "SINCE_LONG": f"{case.since:%d %B %Y}", "SINCE_DAY": str(case.since),
        "SHARE_PERCENT": f"{100 * _truth(case)['share']:.0f} %" if "SHARE_PERCENT" in text else "", "LOSS_SHARE": f"{_truth(case)['share']:.3f}" if "LOSS_SHARE" in text else "",
    }  # fmt: skip
    for word, meant in words.items():
        text = text.replace(word, meant)
    while "MEASURED" in text:
        before, _, after = text.partition("MEASURED")
        query = before[before.rindex("query:") + 6 :].rpartition("value:")[0]
        number = _database(case).execute(" ".join(query.strip(" >|\n").split())).fetchone()[0]
        text = f"{before}{number:.6g}{after}"
    return text


class _Base(sqlite3.Connection):
    """A database that is closed when nobody has it any more: Python 3.13 warns of one that is not."""

    def __del__(self) -> None:
        self.close()


@functools.lru_cache(maxsize=2)
def _open(fault: str, seed: str) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:", check_same_thread=False, factory=_Base)
    for name, rows in _case(fault, seed).tables.items():
        base.execute(f"CREATE TABLE {name} ({', '.join(COLUMNS[name])})")
        marks = ", ".join("?" * len(COLUMNS[name]))
        base.executemany(f"INSERT INTO {name} VALUES ({marks})", [[_cell(value) for value in row] for row in rows])
    return base


def _database(case: "Case") -> sqlite3.Connection:
    return _open(case.fault, case.seed)


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)


@functools.lru_cache(maxsize=4)
def _errors(fault: str, seed: str, name: str = "tables") -> list[tuple[Any, ...]]:
    """Return (day, market, carrier, channel, absolute error) of each parcel whose label is there."""
    tables = getattr(_case(fault, seed), name)
    hours = {row[0]: row[1] for row in tables["labels"]}
    predicted = {row[0]: row for row in tables["predictions"]}
    found = []
    for row in tables["requests"]:
        if row[0] in hours:
            prediction = predicted[row[0]]
            found.append((prediction[1], row[2], row[4], row[5], abs(prediction[-1] - hours[row[0]]), prediction))
    return found


PLACES = {"market": 1, "carrier": 2, "channel": 3}


def share_of(case: "Case", field: str, value: Any) -> float:
    """Return a segment's part of the loss: what its parcels add beyond last month's mean, this month less last month."""
    rows = _errors(case.fault, case.seed)
    start = FIRST + dt.timedelta(DAYS)
    mean = _mean(row[4] for row in rows if row[0] < start)
    part = sum((row[4] - mean) * (1 if row[0] >= start else -1) for row in rows if row[PLACES[field]] == value)
    return part / sum(row[4] - mean for row in rows if row[0] >= start)


@functools.lru_cache(maxsize=4)
def _share(fault: str, seed: str) -> float:
    case = _case(fault, seed)
    return share_of(case, case.field, case.segment)


def _truth(case: "Case") -> Row:
    return {
        "cause": case.cause, "field": case.field, "segment": case.segment, "since": str(case.since),
        "share": round(_share(case.fault, case.seed), 4), "innocents": [[name, str(day)] for name, day in case.innocents],
    }  # fmt: skip


def _refuted(case: "Case") -> dict[str, str]:
    """Return, for each cause of the ticket that is not this one, what in the data speaks against it."""
    rows = _errors(case.fault, case.seed)
    start = FIRST + dt.timedelta(DAYS)
    place = PLACES[case.field]
    inside = [row for row in rows if row[place] == case.segment]
    outside = [row for row in rows if row[place] != case.segment]
    apart = f"outside {case.field} {case.segment} the error was {_mean(r[4] for r in outside if r[0] < case.since):.2f} hours before {case.since} and is {_mean(r[4] for r in outside if r[0] >= case.since):.2f} since"
    level = f"within {case.field} {case.segment} the error went from {_mean(r[4] for r in inside if r[0] < case.since):.2f} to {_mean(r[4] for r in inside if r[0] >= case.since):.2f} hours per parcel"
    before = _mean(r[4] for r in rows if r[0] < start)
    worst = {
        str(day) for name, first in case.innocents if name == "holiday" for day in (first, first + dt.timedelta(1))
    }
    left = 100 * (_mean(r[4] for r in rows if r[0] >= start and str(r[0]) not in worst) / before - 1)
    calm = _errors(case.fault, case.seed, "without")
    rest = 100 * (_mean(r[4] for r in calm if r[0] >= start) / before - 1)
    models = sorted({row[5][2] for row in rows})
    alike = f"{' and '.join(models)} served the month; {apart}"
    told = {
        "unit": "all weights of the month came in kg, and the logged weights are those of the requests",
        "missing-field": "every request of the month says its stops, under the name that features.py reads",
        "stale-join": "in every row the logged backlog is the last count that was known",
        "leaky-training": alike,
        "mix": level,
        "concept": f"with its inputs as they should be the month is {rest:.1f} % worse, not 8; {level}",
        "deployment": f"a release meets every parcel, and {apart}",
        "holiday": f"without the holidays the month is still {left:.1f} % worse, {level}",
        "labels": f"the labels that are missing are as rare in the segment as elsewhere, and {level}",
    }
    if case.cause == "mix":
        told["concept"] = told["labels"] = f"{level}; there are only more of them"
    return {kind: words for kind, words in told.items() if kind != case.cause}


def plot(case: "Case", documents: Values) -> Row:
    """Return the metric by day, of all parcels, of the true segment and of the one that was handed in, with both days."""
    rows = _errors(case.fault, case.seed)
    days = sorted({row[0] for row in rows})
    told = documents.get("diagnosis.yaml")
    told = told if isinstance(told, dict) else {}
    claimed = next((name for field in FIELDS for name in FIELDS[field] if name in str(told.get("segment"))), "")
    lines = [{"name": "all parcels", "values": _by_day(rows, days)}]
    for name, label in ((case.segment, "segment in truth"), (claimed, "segment handed in")):
        if name:
            lines.append(
                {"name": f"{name}, {label}", "values": _by_day([row for row in rows if name in row[1:4]], days)}
            )
    marks = [
        {"day": str(case.since), "text": "since, in truth"},
        {"day": str(told.get("since", ""))[:10], "text": "since, handed in"},
    ]
    marks += [{"day": str(day), "text": name} for name, day in case.innocents]
    return {"title": "mean absolute error, hours", "days": [str(day) for day in days], "lines": lines, "marks": marks}


def _by_day(rows: Sequence[tuple[Any, ...]], days: Sequence[dt.date]) -> list[float | None]:
    sums = {}
    for row in rows:
        total, count = sums.get(row[0], (0.0, 0))
        sums[row[0]] = (total + row[4], count + 1)
    return [round(sums[day][0] / sums[day][1], 3) if day in sums else None for day in days]


def _month(row: Row) -> Any:
    return int((row["date"] - FIRST).days >= DAYS)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _normal(chance: random.Random) -> float:
    return math.sqrt(-2 * math.log(1 - chance.random())) * math.cos(2 * math.pi * chance.random())


def _poisson(chance: random.Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product, count = product * chance.random(), count + 1
    return count


def _choice(chance: random.Random, weights: Mapping[str, float]) -> str:
    at = chance.random() * sum(weights.values())
    for name, weight in weights.items():
        at -= weight
        if at < 0:
            return name
    return name


def _minute(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def _short(value: Any) -> float:
    return int(value) if value == int(value) else value


def _csv(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    text.write(",".join(columns) + "\n")
    for row in rows:
        text.write(
            ",".join(f'"{value}"' if isinstance(value, str) and "," in value else str(value) for value in row) + "\n"
        )
    return text.getvalue()
