"""The nights that the platform can be told to have: what their batch and holdout hold, and which model serves."""

import json
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from churn import data, model

MEAN = np.array([42.0, 12.0, 130.0, 15.0])
SPREAD = np.array([12.0, 3.5, 38.0, 4.5])  # so that three spreads around the mean stay within the ranges of the ticket
REACH = 3.0
ROWS, HOLDOUT = 1250, 900
FLIPPED = 0.03  # share of labels that are wrong in a good batch
EMPTY = 0.006  # share of fields that are empty in a good batch
SHARP = 3.0  # how sure the platform's own models are
CLOSE, FAR = 0.3, 1.5  # radians between what two models, or a model and the customers, say
ALERT_BELOW, EDGE = 0.80, 0.003  # the ticket's bound of a score, and how near to it some that serve are
SLOW, SLOWER = 6.0, 8.0  # seconds that slow answers take
LATE = 7.5  # seconds after which a late batch lands, from the first asking on; the ticket says up to 8, and a Job tries again after 9
OLD = 6  # days that a rerun goes back
HAIR = 0.0005  # by which a model may be worse, and is
LEAST, MOST_EMPTY = 1000, 0.02  # the ticket's bounds of a good batch
RANGES = {"tenure": (0, 120), "calls": (0, 50), "spend": (0, 500), "logins": (0, 31)}
BEYOND = 0.5  # how far a value is out of range


@dataclass(frozen=True)
class Night:
    """One night: the day to retrain for, what customers do that day, who serves, and what is wrong with it.

    `concept`, `holdout` and `serving` are angles: of what the batch teaches, of what is true, and of the model that serves.
    """

    world: str
    day: date
    concept: float
    holdout: float
    serving: float
    served_day: date
    stored: float  # the score that the serving version was registered with, on another holdout
    scores: float = 0.0  # what the serving version scores on tonight's holdout, in place of what its angle comes to
    ahead: float | None = None  # or by how much it scores more there than the model of the batch
    rerun: bool = False  # the Job is told the day
    slow: float = 0.0
    late: float = 0.0  # math.inf: the batch never lands
    stuck: bool = False
    overtaken: bool = False  # while a run works, a version of the newest day takes over
    spoil: Callable[[str], str] = field(default=lambda text: text)

    def told(self) -> Mapping[str, object]:
        """Return what is known of it outside."""
        env = {"RETRAIN_DAY": self.day.isoformat()} if self.rerun else {}
        return {"world": self.world, "day": self.day.isoformat(), "concept": self.concept, "env": env}

    def batch(self) -> str:
        """Return the day's batch as CSV."""
        return self.spoil(customers(self.day, self.concept, ROWS, FLIPPED, EMPTY))


def night(world: str, day: date) -> Night:
    """Return a night of a world.

    Raises: KeyError for a world that is none.
    """
    angle = secrets.randbelow(10_000) / 10_000 * math.tau
    good = Night(world, day, angle, angle, angle + CLOSE, day - timedelta(1), 0.55)
    return WORLDS[world](good)


def customers(day: date, angle: float, rows: int, flipped: float, empty: float) -> str:
    """Return customers of a day as CSV, of whom those churn that the angle says."""
    random = np.random.default_rng(secrets.randbits(64))
    drawn = np.clip(random.standard_normal((rows, len(MEAN))), -REACH, REACH)
    churned = (drawn @ direction(angle) > 0) ^ (random.random(rows) < flipped)
    values = [[f"{value:.2f}" for value in row] for row in MEAN + drawn * SPREAD]
    for row, column in zip(*np.nonzero(random.random(drawn.shape) < empty), strict=True):
        values[row][column] = ""
    lines = [",".join(data.COLUMNS)]
    lines += [f"c{number:05d},{day.isoformat()},{','.join(row)},{int(label)}"
              for number, (row, label) in enumerate(zip(values, churned, strict=True))]  # fmt: skip
    return "\n".join(lines) + "\n"


def direction(angle: float) -> np.ndarray:
    """Return the weights, on scaled features, that an angle stands for."""
    return np.array([math.cos(angle), math.cos(angle), math.sin(angle), -math.sin(angle)]) / math.sqrt(2)


def model_at(angle: float) -> dict[str, object]:
    """Return the model that says what an angle says."""
    weights = (SHARP * direction(angle)).tolist()
    return {"mean": MEAN.tolist(), "scale": SPREAD.tolist(), "weights": weights, "bias": 0.0}


def serving_at(score: float, holdout: str, true: float) -> float:
    """Return the angle of a model that has a score on a holdout on which another angle is true."""
    known, near, far = data.read(holdout), 0.0, FAR
    for _ in range(30):  # the further it turns, the worse it is
        middle = (near + far) / 2
        near, far = (middle, far) if model.score(model_at(true + middle), known) > score else (near, middle)
    return true + near


def ahead_of(batch: str, holdout: str, by: float) -> Mapping[str, object]:
    """Return a model that scores so much more on a holdout than the model of a batch does; for 0 it is that model."""
    rival, known = model.fit(data.read(batch)), data.read(holdout)
    if not by:
        return rival
    best, near, far, goal = model.fit(known), 0.0, 1.0, model.score(rival, known) + by
    for _ in range(30):  # the nearer it is to the holdout's own model, the better
        middle = (near + far) / 2
        near, far = (near, middle) if model.score(_between(rival, best, middle), known) > goal else (middle, far)
    return _between(rival, best, far)


def _between(one: model.Model, other: model.Model, share: float) -> dict[str, object]:
    (weights, bias), (others, its) = _unscaled(one), _unscaled(other)
    mixed = (1 - share) * weights + share * others
    return {
        "mean": [0.0] * len(MEAN),
        "scale": [1.0] * len(MEAN),
        "weights": mixed.tolist(),
        "bias": (1 - share) * bias + share * its,
    }


def _unscaled(found: model.Model) -> tuple[np.ndarray, float]:
    weights = np.array(found["weights"]) / np.array(found["scale"])
    return weights, float(found["bias"] - weights @ np.array(found["mean"]))


def angle_of(told: Mapping[str, object]) -> float | None:
    """Return what a model says as an angle, None where it says nothing finite.

    Raises: ValueError, TypeError or KeyError for what is no model.
    """
    scale, weights = (np.array(told[name], dtype=float) for name in ("scale", "weights"))
    every = np.concatenate([scale, weights, np.array(told["mean"], dtype=float), [float(str(told["bias"]))]])
    if scale.shape != MEAN.shape or weights.shape != MEAN.shape:
        raise ValueError("a model has one weight for each feature")
    if not np.isfinite(every).all() or not scale.all():
        return None
    said = weights / scale * SPREAD
    return math.atan2(said[2] - said[3], said[0] + said[1])


def _rows(change: Callable[[int, list[str]], list[str]]) -> Callable[[str], str]:
    """Return what changes each row of a batch, told its number."""

    def spoil(text: str) -> str:
        head, *rows = text.splitlines()
        return "\n".join([head, *(",".join(change(number, row.split(","))) for number, row in enumerate(rows))]) + "\n"

    return spoil


def _with(row: list[str], column: int, value: str) -> list[str]:
    return [*row[:column], value, *row[column + 1 :]]


CALLS = data.COLUMNS.index("calls")


def _no_column(name: str) -> Callable[[Night], Night]:
    """Rename a column, as a source does that was upgraded."""
    return lambda good: replace(good, spoil=lambda text: text.replace(name, f"crm_{name}", 1))


def _beyond(name: str, value: float) -> Callable[[Night], Night]:
    """Have one value of a column out of range."""
    column, told = data.COLUMNS.index(name), f"{value:.2f}"
    return lambda good: replace(good, spoil=_rows(lambda n, row: _with(row, column, told) if n == ROWS // 2 else row))


def _gaps(name: str) -> Callable[[Night], Night]:
    """Have one field more of a column empty than may be."""
    number = int(ROWS * MOST_EMPTY) + 1
    return lambda good: replace(good, spoil=lambda text: _emptied(text, name, number))


def _by_hand(world: Callable[[Night], Night]) -> Callable[[Night], Night]:
    """Have the Job of such a night told its day."""
    return lambda good: replace(world(good), rerun=True)


def _emptied(text: str, name: str, number: int) -> str:
    """Return a batch of which so many fields of a column are empty."""
    column, (head, *rows) = data.COLUMNS.index(name), text.splitlines()
    fields = [row.split(",") for row in rows]
    filled = [row for row in fields if row[column]]
    for row in filled[:: max(len(filled) // number, 1)][: number - (len(fields) - len(filled))]:
        row[column] = ""
    return "\n".join([head, *map(",".join, fields)]) + "\n"


def _edges(good: Night) -> Night:
    """Have a batch that keeps each rule by as little as may be: its rows, its empty fields, its values."""

    def spoil(text: str) -> str:
        text = "\n".join(text.splitlines()[: LEAST + 1]) + "\n"
        for name in RANGES:
            text = _emptied(text, name, int(LEAST * MOST_EMPTY) - 1)
        ends = [(data.COLUMNS.index(name), end) for name, both in RANGES.items() for end in both]
        return _rows(
            lambda n, row: (
                _labelled(_with(row, ends[n][0], f"{ends[n][1]:.2f}"), good.concept) if n < len(ends) else row
            )
        )(text)

    return replace(good, spoil=spoil)


def _labelled(row: list[str], angle: float) -> list[str]:
    """Return a customer who churns as the angle says, whatever is unusual about them."""
    values = np.array([float(value) if value else mean for value, mean in zip(row[2:6], MEAN, strict=True)])
    return [*row[:-1], str(int((values - MEAN) / SPREAD @ direction(angle) > 0))]


def _stale(good: Night, only: int | None = None) -> Night:
    """Deliver the batch of the day before once more, or one row of it."""
    before = (good.day - timedelta(1)).isoformat()
    return replace(good, spoil=_rows(lambda n, row: _with(row, 1, before) if only in (None, n) else row))


def _again(good: Night) -> Night:
    """Retrain once more for the day of the version that serves."""
    return replace(good, served_day=good.day, rerun=True)


def _rerun(good: Night) -> Night:
    """Retrain for an old day, whose model looks better on a holdout whose labels are as old."""
    return replace(good, day=good.day - timedelta(OLD), served_day=good.day, rerun=True)


def _overtaken(good: Night) -> Night:
    """Retrain for an old day that is newer than what serves, until another run is done."""
    day = good.day - timedelta(OLD)
    return replace(good, day=day, served_day=day - timedelta(1), rerun=True, overtaken=True)


WORLDS: Mapping[str, Callable[[Night], Night]] = {
    "good": lambda good: good,
    "out-of-range": _beyond("spend", -40.0),
    "empty": lambda good: replace(good, spoil=lambda text: text.splitlines()[0] + "\n"),
    "short": lambda good: replace(good, spoil=lambda text: "\n".join(text.splitlines()[:1000]) + "\n"),
    "gaps": _gaps("logins"),
    "no-column": _no_column("calls"),
    "stale": _stale,
    "mixed": lambda good: _stale(good, ROWS // 2),
    "edges": _edges,
    **{f"{name}-below": _by_hand(_beyond(name, low - BEYOND)) for name, (low, _) in RANGES.items()},
    **{f"{name}-above": _by_hand(_beyond(name, high + BEYOND)) for name, (_, high) in RANGES.items()},
    **{f"{name}-gaps": _by_hand(_gaps(name)) for name in RANGES},
    **{f"no-{name}": _by_hand(_no_column(name)) for name in RANGES},
    "mislabelled": lambda good: replace(good, concept=good.holdout + FAR),
    "constant": lambda good: replace(good, scores=ALERT_BELOW + EDGE, spoil=_rows(lambda _, row: _with(row, CALLS, "12.00"))),
    "drifted": lambda good: replace(good, scores=ALERT_BELOW - EDGE),
    "hair": lambda good: replace(good, ahead=HAIR),
    "tie": lambda good: replace(good, ahead=0.0),
    "rerun": _rerun,
    "again": _again,
    "overtaken": _overtaken,
    "slow": lambda good: replace(good, slow=SLOW),
    "slow-by-hand": lambda good: replace(good, slow=SLOWER, rerun=True),
    "late": lambda good: replace(good, late=LATE),
    "never": lambda good: replace(good, late=math.inf, rerun=True),
    "stuck": lambda good: replace(good, stuck=True, rerun=True),
}  # fmt: skip


def shown(value: object) -> str:
    """Return what the driver answers: JSON on one line."""
    return json.dumps(value, allow_nan=False)
