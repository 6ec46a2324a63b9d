"""The world of green-but-wrong: customers as they come, what is in production, and how good a model really is.

Runs outside the candidate's reach. `make` gives the data of one run, `judge` measures a deployed model on customers
that no pipeline has seen.
"""

import json
import math
import random

FEATURES = ("tenure", "calls", "discount", "visits")
MONTHS = 4
ROWS = dict.fromkeys(range(1, MONTHS + 1), 260)
UNSEEN = 400
REFERENCE = 300
VISITS = 7  # fewer visits, more churn: how many make as much as 15 months of tenure


def make(
    *,
    seed: int,
    pull: float = 2.2,
    churn: float = 0.0,
    habits: str = "steady",
    sign: int = 1,
    production: str = "95.0",
    corrupt: int = 0,
    window: str = "usual",
    shift: float = 0.0,
) -> dict:
    """Return files by path, the model in production, and the truth for `judge`.

    `pull` is how far features explain churn, `churn` the log-odds of it. `habits`: in "steady" months
    tenure and calls tell churn, in "visits" ones visits do too, and in "fickle" ones discounts told it until last
    month and mislead since. `sign` turns all effects round.
    `corrupt` rows are out of range. `window` is the reference window of the drift report: usual, absent or flat;
    `shift` moves customers away from it, in months of tenure.
    """
    chance = random.Random(seed)
    law = (pull, churn, habits, sign, shift)
    rows = [_customer(chance, month, law) for month in ROWS for _ in range(ROWS[month])]
    for row in chance.sample(rows, corrupt):
        row["tenure"] = -row["tenure"] - 1
    files = {"data/customers.csv": _csv(rows)}
    if window != "absent":
        files["data/reference.csv"] = "tenure\n" + "".join(
            f"{30.0 if window == 'flat' else _tenure(chance)}\n" for _ in range(REFERENCE)
        )
    unseen = [_customer(chance, MONTHS + 1, law) for _ in range(UNSEEN)]
    return {"files": files, "production": {"version": 0, "cost": production}, "truth": unseen}


def _customer(chance: random.Random, month: int, law: tuple) -> dict:
    pull, churn, habits, sign, shift = law
    row = {
        "month": month,
        "tenure": round(_tenure(chance) + shift, 2),
        "calls": chance.randrange(0, 9),
        "visits": chance.randrange(0, 21),
    }
    effect = -(row["tenure"] - shift - 30) / 15 + (row["calls"] - 4) / 3
    if habits == "visits":
        effect += (10 - row["visits"]) / VISITS
    odds = churn + sign * pull * effect
    row["churned"] = int(chance.random() < 1 / (1 + math.exp(-odds)))
    told = 1 if habits == "fickle" and month < MONTHS else -1 if habits == "fickle" else 0
    row["discount"] = round(told * (row["churned"] - 0.5) * 6 + chance.gauss(0, 1.5), 2)
    return row


def _tenure(chance: random.Random) -> float:
    return round(min(max(chance.gauss(30, 15), 0.0), 90.0), 2)


def _csv(rows: list) -> str:
    columns = ("month", *FEATURES, "churned")
    return "\n".join([",".join(columns), *(",".join(str(row[name]) for name in columns) for row in rows)]) + "\n"


def judge(model: str, truth: list) -> dict:
    """Return the model's AUC on customers that it has not seen."""
    told = json.loads(model)
    scores = [
        sum(weight * float(row[name]) for name, weight in zip(told["features"], told["weights"], strict=True))
        for row in truth
    ]
    churned = [score for score, row in zip(scores, truth, strict=True) if row["churned"]]
    stayed = [score for score, row in zip(scores, truth, strict=True) if not row["churned"]]
    above = sum((one > other) + (one == other) / 2 for one in churned for other in stayed)
    return {"auc": round(above / (len(churned) * len(stayed)), 4), "candidate": str(told.get("candidate", ""))[:40]}
