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
FEW = 120  # rows of a month, where they are too few
UNSEEN = 400
REFERENCE = 300
VISITS = 7  # fewer visits, more churn: how many make as much as 15 months of tenure
# A month at the line: its customers are told apart by tenure alone, and stand far from where a model that learnt from
# the months before draws its line. What any candidate's AUC and cost come to is then fixed by counting.
EDGE_ROWS = {1: 275, 2: 275, 3: 274, 4: 200}  # 1024 in all, so that means of eighths are exact
SOON, LONG = 5.0, 42.0  # months of tenure at which those who are thought to leave, and to stay, begin
SOON_LEAVE, SOON_STAY, LONG_LEAVE, LONG_STAY = 80, 40, 20, 60  # a cost of (20 / 2 + 40 / 4) / 200 * 1000 = 100.0
SPREAD = 10.0  # of the reference window that is made for a month at the line


def make(
    *,
    seed: int,
    pull: float = 2.2,
    churn: float = 0.0,
    habits: str = "steady",
    sign: int = 1,
    production: str = "95.0",
    corrupt: int = 0,
    blank: int = 0,
    few: bool = False,
    window: str | dict = "usual",
    shift: float = 0.0,
    wins: int | None = None,
    away: float = 0.0,
    longer: int = 0,
    overtaken: int | None = None,
) -> dict:
    """Return files by path, the model in production, and the truth for `judge`; what main has by then, where there was another merge.

    `pull` is how far features explain churn, `churn` the log-odds of it. `habits`: in "steady" months
    tenure and calls tell churn, in "visits" ones visits do too, and in "fickle" ones discounts told it until last
    month and mislead since. `sign` turns all effects round.
    `corrupt` rows before the last month are out of range, and of `blank` ones the visits are not known; with `few` there are fewer customers than validation asks for.
    `window` is the reference window of the drift report: usual, absent, flat, or that of another world, told by what
    makes it; `shift` moves customers away from it, in months of tenure.
    With `wins` the last month stands at the line: each candidate's AUC is exactly wins / 10000, its cost 100.0, and the
    drift exactly `away` / 10. Then each of `longer` customers has stayed a month longer, by which drift grows by 1 / 10240.
    A merge is `overtaken` by another, of usual customers, before its run begins: the number is the other's seed.
    """
    chance = random.Random(seed)
    law = (pull, churn, habits, sign, shift)
    sizes = EDGE_ROWS if wins is not None else dict.fromkeys(ROWS, FEW) if few else ROWS
    rows = [_customer(chance, month, law) for month in sizes for _ in range(sizes[month])]
    if wins is not None:
        for row in rows:
            row["tenure"] = round(row["tenure"] * 8) / 8
        _draw_line(chance, [row for row in rows if row["month"] == MONTHS], wins)
    middle = sum(row["tenure"] for row in rows) / len(rows) - away
    for row in rows[:longer]:
        row["tenure"] += 1.0
    for row in chance.sample([row for row in rows if row["month"] < MONTHS], corrupt):
        row["tenure"] = -row["tenure"] - 1
    for row in chance.sample([row for row in rows if row["month"] < MONTHS], blank):
        row["visits"] = ""
    files = {"data/customers.csv": _csv(rows)}
    if isinstance(window, dict):
        files["data/reference.csv"] = make(**window)["files"]["data/reference.csv"]
    elif window != "absent":
        then = {"usual": [], "flat": [30.0], "exact": [middle - SPREAD, middle + SPREAD]}["exact" if wins else window]
        files["data/reference.csv"] = "tenure\n" + "".join(
            f"{then[number % len(then)] if then else _tenure(chance)}\n" for number in range(REFERENCE)
        )
    unseen = [_customer(chance, MONTHS + 1, law) for _ in range(UNSEEN)]
    made = {"files": files, "production": {"version": 0, "cost": production}, "truth": unseen}
    return made if overtaken is None else made | {"main": make(seed=overtaken)["files"]}


def _customer(chance: random.Random, month: int, law: tuple) -> dict:
    pull, churn, habits, sign, shift = law
    row = {
        "month": month,
        "tenure": max(round(_tenure(chance) + shift, 2), 0.0),
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


def _draw_line(chance: random.Random, rows: list, wins: int) -> None:
    """Turn a month's customers into those at the line: of all pairs of one who left and one who stayed, tenure wins `wins`."""
    soon = [1] * SOON_LEAVE + [0] * SOON_STAY
    long = [1] * LONG_LEAVE + [0] * LONG_STAY
    chance.shuffle(soon)
    chance.shuffle(long)
    left = wins - SOON_LEAVE * LONG_STAY - _won(soon) - _won(long)
    while left:  # two neighbours of one group that change places win or lose one pair
        at = chance.randrange(len(soon) - 1)
        if soon[at : at + 2] == ([0, 1] if left > 0 else [1, 0]):
            soon[at : at + 2] = reversed(soon[at : at + 2])
            left -= 1 if left > 0 else -1
    tenures = [SOON + number / 8 for number in range(len(soon))] + [LONG + number / 8 for number in range(len(long))]
    told = list(zip(tenures, soon + long, strict=True))
    chance.shuffle(told)
    for row, (tenure, churned) in zip(rows, told, strict=True):
        row |= {"tenure": tenure, "churned": churned, "calls": 4, "visits": 10, "discount": 0.0}


def _won(churned: list) -> int:
    """Return of how many pairs the one who left stands before the one who stayed."""
    return sum(churned[:at].count(1) for at, left in enumerate(churned) if not left)


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
