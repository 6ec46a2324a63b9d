"""Public: what can be seen on the data as handed out."""

from typing import Any

from grader.checks import Submission, check
from grader.checks.analysed import Analysed, answer

LEAST = 3  # queries
ROUNDED = 1e-9
WITHIN = 0.01
DIAGNOSIS = "diagnosis.yaml"
EXACT = 0.01  # of a feature, whatever its size


@check(
    "evidence-reproduced",
    claim="The evidence is three queries or more, and each gives the number beside it",
    requirement="R5",
    points=8,
    must=True,
    scenario="own-month",
)
def test_evidence_is_reproduced(submission: Submission, observed: Analysed) -> None:
    """Fail where evidence is missing, cannot be run, or gives another number."""
    told = answer(submission, DIAGNOSIS).at("evidence")
    entries = told.items()
    if len(entries) < LEAST:
        told.fail("there is too little evidence", expected=f"at least {LEAST} queries", seen=f"{len(entries)}")
    for entry in entries:
        if not entry.at("query").text().strip():
            entry.fail("evidence without a query", expected="a query and its number")
    call = observed.call("evidence", DIAGNOSIS).finished()
    if len(call.answers) != len(entries) + 1:
        told.fail("there is too much evidence", expected="at most 20 queries", seen=f"{len(entries)}")
    numbers = set[str]()
    for entry, found in zip(entries, call.answers[1:], strict=True):
        number = found.get("value")
        if "problem" in found:
            entry.at("query").fail("the query cannot be run", expected="a number", seen=str(found["problem"]))
        if isinstance(number, bool) or not isinstance(number, int | float):
            entry.at("query").fail("the query gives no number", expected="a number", seen=repr(number))
        claimed = entry.at("value")
        if not claimed.present or abs(claimed.number(0.0) - number) > max(WITHIN * abs(number), ROUNDED):
            claimed.fail(
                "the query gives another number", expected="what it gives", seen=f"{claimed.value}, and {number:.6g}"
            )
        numbers.add(f"{number:.9g}")
    if len(numbers) < LEAST:
        told.fail(
            "some queries give the same number", expected=f"at least {LEAST} numbers", seen=", ".join(sorted(numbers))
        )


@check(
    "features-as-logged",
    claim="For last month's requests the features are those that were logged",
    requirement="R6",
    points=4,
    must=True,
    scenario="own-month",
)
def test_features_are_as_logged(observed: Analysed) -> None:
    """Fail at the first request of a month in which all was well that has other features."""
    call = observed.call("last-month", "features.py").finished()
    for number, (found, logged) in enumerate(zip(call.answers, observed.truth["logged"], strict=True), 1):
        given = found[0] if isinstance(found, list) and len(found) == 1 else None
        if wrong := differing(given, logged):
            call.fail(
                f"request {number} of last month has other features",
                expected=shown(logged, wrong),
                seen=shown(given, wrong),
            )


@check(
    "monitor-answers",
    claim="The monitor answers for each day, and takes the month that it learnt from for quiet",
    requirement="R8",
    points=4,
    must=True,
    scenario="own-month",
)
def test_monitor_answers(observed: Analysed) -> None:
    """Fail where the monitor breaks, or has more than one alarm on its own reference."""
    call = observed.call("watch-last-month", "monitor.py").finished()
    days = [isinstance(found, dict) and bool(found.get("alarm")) for found in call.answers[1:]]
    begun = sum(days)
    if begun > 1:
        call.fail(
            "the monitor alarms on the days that it was given as quiet",
            expected="one false alarm at most",
            seen=f"{begun}",
        )


def differing(given: Any, right: dict[str, float]) -> list[str]:  # noqa: ANN401 - whatever a program answered
    """Return the features that are not as they should be."""
    if not isinstance(given, dict):
        return [*right]
    return [name for name, value in right.items() if not near(given.get(name), value)]


def near(given: Any, value: float) -> bool:  # noqa: ANN401 - whatever a program answered
    """Tell whether a number is the right one."""
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given - value) <= EXACT


def shown(features: Any, names: list[str]) -> str:  # noqa: ANN401 - whatever a program answered
    """Return these features as a message shows them."""
    if not isinstance(features, dict):
        return repr(features)[:100]
    return ", ".join(f"{name} {features.get(name)!r}" for name in names)
