# breakfix-canary-25dec27099ff7425627399f0c4f426ce: no submission has this word; see docs/hiring.md.
"""Hidden: whether the diagnosis is right, judged by what it says."""

import datetime as dt
import re
from typing import Any

from grader.checks import Submission, View, check
from grader.checks.analysed import Analysed, answer

FILE = "diagnosis.yaml"
SCENE = "diagnosis"
DAYS = 1
PART = 0.05
TENTH = 0.1
TELLING = 2
PERCENT = 1.5  # a share above it is meant in percent
FIELDS = {"market", "carrier", "channel", "segment", "all", "any", "is", "in", "the", "only", "eq"}
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
# What people call the causes, beside the ticket's own words.
OTHER_WORDS = {
    "unit": {"units", "unit-change", "unit-changed", "changed-unit", "wrong-unit", "unit-mismatch"},
    "missing-field": {
        "missing-fields",
        "field-renamed",
        "renamed-field",
        "defaulted-column",
        "default",
        "defaulted-field",
    },
    "stale-join": {"stale-joins", "stale-lookup", "stale-table", "stale-data"},
    "leaky-training": {
        "leak",
        "leakage",
        "leaky-model",
        "label-leak",
        "label-leakage",
        "training-leak",
        "data-leakage",
    },
    "mix": {"mix-shift", "population-shift", "segment-growth", "population-mix"},
    "concept": {"concept-drift", "concept-change", "concept-shift"},
}


@check(
    "cause-found",
    claim="The cause is the one that made the model worse",
    requirement="R1",
    points=20,
    must=True,
    scenario=SCENE,
)
def test_cause_is_found(submission: Submission, observed: Analysed) -> None:
    """Fail where the diagnosis names another cause; the message says what in the data speaks against it."""
    told, truth = answer(submission, FILE).at("cause"), observed.truth
    word = told.text().casefold()
    meant = next(
        (cause for cause, others in OTHER_WORDS.items() if folded(word) in map(folded, (cause, *others))), word
    )
    if meant != truth["cause"]:
        against = truth["refuted"].get(meant, "the ticket knows no such cause")
        told.fail(f"this does not explain the loss: {against}", expected="the cause that does", seen=str(told.value))


def folded(word: str) -> str:
    """Return a word without what does not matter in it."""
    return re.sub(r"[\s_-]+", "", word)


@check(
    "segment-found", claim="The segment is that of the cause", requirement="R2", points=10, must=True, scenario=SCENE
)
def test_segment_is_found(submission: Submission, observed: Analysed) -> None:
    """Fail where the diagnosis names another segment, more than one, or none."""
    told, truth = answer(submission, FILE).at("segment"), observed.truth
    words = set(re.findall(r"[a-z]+", str(told.value).casefold())) - FIELDS
    if words != {truth["segment"]}:
        told.fail(
            "these are not the parcels that it happened to",
            expected=f"the value of {truth['field']} for which the error grew, or of which there are more",
            seen=str(told.value),
        )


@check(
    "since-found",
    claim="The day is that of the cause, or one beside it",
    requirement="R3",
    points=8,
    must=True,
    scenario=SCENE,
)
def test_day_is_found(submission: Submission, observed: Analysed) -> None:
    """Fail where the day is more than one off."""
    told, truth = answer(submission, FILE).at("since"), observed.truth
    day, right = date_of(told), dt.date.fromisoformat(truth["since"])
    if abs((day - right).days) > DAYS:
        told.fail(
            "it did not begin then",
            expected=f"at most {DAYS} day beside the first",
            seen=f"{abs((day - right).days)} days off",
        )


@check("share-found", claim="The share of the loss is right", requirement="R4", points=8, must=True, scenario=SCENE)
def test_share_is_found(submission: Submission, observed: Analysed) -> None:
    """Fail where the share is off by more than the ticket allows."""
    told, truth = answer(submission, FILE).at("share"), observed.truth
    if abs(share_of(told) - truth["share"]) > PART:
        told.fail(
            "the segment's share of the loss is another", expected=f"the share to within {PART}", seen=str(told.value)
        )


@check(
    "evidence-tells",
    claim="The evidence would be another, had the cause not happened",
    requirement="R5",
    points=8,
    must=True,
    requires=["evidence-reproduced"],
    scenario=SCENE,
)
def test_evidence_tells(submission: Submission, observed: Analysed) -> None:
    """Fail where the queries say nearly the same of the month without its cause."""
    told = answer(submission, FILE).at("evidence")
    answers = observed.call("without-the-cause", FILE).finished().answers[1:]
    claimed = [entry.at("value").number(0.0) for entry in told.items()]
    telling = sum(apart(number, found.get("value")) for number, found in zip(claimed, answers, strict=False))
    if telling < TELLING:
        told.fail(
            "this is no evidence of a cause: the queries say nearly the same of the month without it",
            expected=f"at least {TELLING} queries whose number is another by a tenth or more",
            seen=str(telling),
        )


def date_of(told: View) -> dt.date:
    """Return a day as people write it: 2026-03-13, with or without a time, or 13 March 2026 in either order."""
    text = str(told.value).strip().casefold()
    if found := re.match(r"(\d{4})-(\d\d)-(\d\d)", text):
        numbers = [int(part) for part in found.groups()]
    else:
        words = re.findall(r"[a-z]+|\d+", text)
        months = [number for number, name in enumerate(MONTHS, 1) for word in words if word[:3] == name[:3]]
        digits = [word for word in words if word.isdigit()]
        years, days = [int(word) for word in digits if len(word) > 2], [int(word) for word in digits if len(word) <= 2]  # noqa: PLR2004 - digits of a year
        numbers = [years[0] if years else 2026, months[0], days[0]] if months and days else []
    try:
        return dt.date(*numbers)
    except (TypeError, ValueError):
        told.fail("this is no day", expected="a day such as 2026-03-02", seen=str(told.value))


def share_of(told: View) -> float:
    """Return a share, written as a part or in percent."""
    text = str(told.value).strip()
    found = re.fullmatch(r"([-+]?\d*\.?\d+)\s*(%?)", text) if not isinstance(told.value, bool) else None
    if found is None:
        told.fail("this is no share", expected="a number such as 0.5", seen=text)
    number = float(found[1])
    return number / 100 if found[2] or number > PERCENT else number


def apart(number: float, other: Any) -> bool:  # noqa: ANN401 - whatever a query gave
    """Tell whether a number is another by a tenth or more; none is another than any."""
    if isinstance(other, bool) or not isinstance(other, int | float):
        return True
    return abs(number - other) >= TENTH * max(abs(number), abs(other)) > 0
