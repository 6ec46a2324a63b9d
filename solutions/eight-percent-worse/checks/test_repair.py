# breakfix-canary-25dec27099ff7425627399f0c4f426ce: no submission has this word; see docs/hiring.md.
"""Hidden: features on requests that nobody has seen, and a monitor on months that nobody has seen."""

from typing import Any

from grader.checks import check
from grader.checks.analysed import Analysed, Call

EXACT = 0.01
MONTHS = "hidden-months"
LEAST, IN_TIME, FALSE = 4, 3, 1  # events, days, false alarms


@check(
    "features-right",
    claim="The features are what the contract says",
    requirement="R6",
    points=14,
    must=True,
    scenario="replay",
)
def test_features_are_right(observed: Analysed) -> None:
    """Fail where requests of the held week have other features than the contract gives them."""
    call = observed.call("held-weeks", "features.py").finished()
    for right, requests, given in zip(
        observed.truth["features"], observed.truth["requests"], call.answers, strict=True
    ):
        need_right(call, right, requests, given)


def need_right(call: Call, right: list[Any], requests: list[Any], given: Any) -> None:  # noqa: ANN401 - whatever a program answered
    """Fail where requests have other features than they should."""
    if not isinstance(given, list) or len(given) != len(right):
        call.fail("the features of some requests are missing", expected=f"{len(right)} of them", seen=given)
    off = [
        (number, name)
        for number, (one, other) in enumerate(zip(given, right, strict=True))
        for name in other
        if not near(one, name, other[name])
    ]
    if off:
        number, name = off[0]
        names = sorted({feature for _, feature in off})
        seen = given[number].get(name) if isinstance(given[number], dict) else given[number]
        call.fail(
            f"{', '.join(names)} of {len({place for place, _ in off})} in {len(right)} requests are not what the contract says",
            expected=f"{name} {right[number][name]:g} for {told(requests[number])}",
            seen=seen,
        )


@check(
    "monitor-finds",
    claim="The monitor finds four of five events within three days",
    requirement="R7",
    points=14,
    must=True,
    scenario=MONTHS,
)
def test_monitor_finds_events(observed: Analysed) -> None:
    """Fail where two or more events of the hidden months were not noticed in time."""
    missed = []
    for name, month in observed.truth["months"].items():
        if month["since"]:
            alarms, first = alarms_of(observed, name), observed.truth["days"][name].index(month["since"])
            if not any(alarms[first : first + IN_TIME]):
                missed.append(f"{month['kind']} in {month['segment']}")
    found = 5 - len(missed)
    if found < LEAST:
        last_call(observed).fail(
            "the monitor does not find enough",
            expected=f"{LEAST} of 5 events within {IN_TIME} days",
            seen=f"{found}; missed: {', '.join(missed)}",
        )


@check(
    "monitor-quiet",
    claim="The monitor has at most one false alarm in any month",
    requirement="R8",
    points=10,
    must=True,
    scenario=MONTHS,
)
def test_monitor_is_quiet(observed: Analysed) -> None:
    """Fail at the first month with more than one day of false alarm."""
    for name, month in observed.truth["months"].items():
        alarms, days = alarms_of(observed, name), observed.truth["days"][name]
        quiet = alarms[: days.index(month["since"])] if month["since"] else alarms
        begun = [day for day, now in zip(days, quiet, strict=False) if now]
        if len(begun) > FALSE:
            observed.call(name, "monitor.py").fail(
                "there are false alarms",
                expected=f"{FALSE} at most in a month",
                seen=f"{len(begun)}: {', '.join(begun[:6])}",
            )


def alarms_of(observed: Analysed, name: str) -> list[bool]:
    """Return for each day of a month whether there was an alarm."""
    answers = observed.call(name, "monitor.py").finished().answers
    return [isinstance(answer, dict) and bool(answer.get("alarm")) for answer in answers[1:]]


def last_call(observed: Analysed) -> Call:
    """Return a call to blame for all months together."""
    return observed.call(next(reversed(observed.truth["months"])), "monitor.py")


def near(given: Any, name: str, value: float) -> bool:  # noqa: ANN401 - whatever a program answered
    """Tell whether a feature is the right one."""
    seen = given.get(name) if isinstance(given, dict) else None
    return isinstance(seen, int | float) and not isinstance(seen, bool) and abs(seen - value) <= EXACT


def told(request: dict[str, str]) -> str:
    """Return what of a request a feature depends on."""
    return ", ".join(
        f"{name} {request[name]!r}" for name in ("at", "depot", "weight", "weight_unit", "stops", "route_stops")
    )
