"""eight-percent-worse: what its worlds come to for each cause, and what its checks say of diagnoses, monitors and features."""

import datetime as dt
import hashlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from grader.checks.analysed import Analysed
from grader.checks.spec import ATTRIBUTE, CheckFailureError
from grader.checks.submission import Submission
from harness.core import paths
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants, worlds
from harness.exercises.analysis import Answer, parse

SLUG = "eight-percent-worse"
FAULTS = ("unit-changed", "field-renamed", "stale-join", "leaky-model", "segment-grown", "concept-changed")
FILE = "diagnosis.yaml"


def module(path: str) -> ModuleType:
    name = path.replace("/", "_").removesuffix(".py")
    spec = importlib.util.spec_from_file_location(name, paths.KIT / path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


WORLD = module(f"solutions/{SLUG}/world.py")
TABLES = module(f"exercises/{SLUG}/workspace/runner/tables.py")
CHECKS = {
    getattr(value, ATTRIBUTE).id: value
    for path in (
        f"solutions/{SLUG}/checks/test_diagnosis.py",
        f"solutions/{SLUG}/checks/test_repair.py",
        f"exercises/{SLUG}/checks/test_own_month.py",
    )
    for value in vars(module(path)).values()
    if hasattr(value, ATTRIBUTE)
}


@dataclass(frozen=True)
class World:
    """A world of one cause: its case, what is true of it, and the month with and without the cause, to ask."""

    case: Any
    truth: Mapping[str, Any]
    asked: Callable[[str], float | None]
    asked_without: Callable[[str], float | None]


@cache
def world(fault: str) -> World:
    case = WORLD.make([fault], "a test")
    calls, truth = WORLD.diagnosis(case, {}, {})
    tables = {path.split("/")[1].removesuffix(".csv"): text for path, text in case.files.items()}
    here, without = TABLES.load(tables), TABLES.load(calls[0]["turns"][0]["tables"])
    return World(
        case, truth, lambda text: here.execute(text).fetchone()[0], lambda text: without.execute(text).fetchone()[0]
    )


def reference(fault: str, name: str = "reference") -> dict[str, Any]:
    """Return the diagnosis of a solution as it is for the world of a cause."""
    text = (paths.KIT / "solutions" / SLUG / name / FILE).read_text("utf-8")
    answers, problems = parse(FILE, WORLD.filled(world(fault).case, text).encode())
    assert not problems
    return dict(answers[0].value)


def verdict(check: str, fault: str, told: Mapping[str, Any]) -> str:
    """Return '' where a check passes a diagnosis, else why it does not."""
    there = world(fault)
    queries = [entry["query"] for entry in told["evidence"]]
    calls = [
        {
            "name": name,
            "failed": "",
            "tail": [],
            "answers": [{"ready": True}, *({"value": ask(text)} for text in queries)],
        }
        for name, ask in (("evidence", there.asked), ("without-the-cause", there.asked_without))
    ]
    observed = Analysed("any", {"evidence": None, "truth": there.truth, "calls": calls, "overrun": ""})
    return said(check, told, observed)


def said(check: str, told: Mapping[str, Any], observed: Analysed) -> str:
    function = CHECKS[check]
    given = {
        "submission": Submission((Answer(FILE, 1, dict(told)),), (), {}),
        "observed": observed,
    }
    try:
        function(**{name: value for name, value in given.items() if name in function.__annotations__})
    except CheckFailureError as problem:
        return f"{problem.reason.message}; expected {problem.reason.expected}; seen {problem.reason.seen}"
    return ""


DIAGNOSIS = ("cause-found", "segment-found", "since-found", "share-found", "evidence-tells")


@pytest.mark.parametrize("fault", FAULTS)
def test_the_month_is_eight_percent_worse_and_without_the_cause_it_is_not(fault: str) -> None:
    there = world(fault)
    mean = "SELECT avg(abs(predicted - hours)) FROM predictions JOIN labels USING (parcel_id) WHERE day {} '2026-03-02'"
    before, after = there.asked(mean.format("<")), there.asked(mean.format(">="))
    assert after / before == pytest.approx(1.08, abs=0.004)  # type: ignore[operator]
    assert there.asked_without(mean.format("<")) == before
    assert there.asked_without(mean.format(">=")) / before < 1.045  # type: ignore[operator]
    assert len(there.truth["innocents"]) == 2
    assert sum(map(len, there.case.files.values())) < 20e6


@pytest.mark.parametrize("name", ["reference", "alternatives/other-words", "alternatives/another-monitor"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_right_diagnosis_passes_in_whatever_words(fault: str, name: str) -> None:
    """Whatever cause, in the ticket's words or others, with this evidence or that."""
    told = reference(fault, name)
    assert {check: why for check in DIAGNOSIS if (why := verdict(check, fault, told))} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_other_cause_is_refuted_by_what_the_data_say(fault: str) -> None:
    """Also the tempting innocents: the reason has numbers, or says what is not so."""
    truth = world(fault).truth
    for cause in (
        "unit",
        "missing-field",
        "stale-join",
        "leaky-training",
        "mix",
        "concept",
        "deployment",
        "holiday",
        "labels",
    ):
        why = verdict("cause-found", fault, reference(fault) | {"cause": cause})
        assert (why == "") == (cause == truth["cause"])
        assert why == "" or ("does not explain the loss" in why and len(why) > 80)
    assert "knows no such cause" in verdict("cause-found", fault, reference(fault) | {"cause": "mercury"})


@pytest.mark.parametrize("fault", FAULTS)
def test_numbers_within_the_tolerance_pass_and_beyond_it_fail(fault: str) -> None:
    truth, told = world(fault).truth, reference(fault)
    for off in (-0.04, 0.04, -0.06, 0.06):
        why = verdict("share-found", fault, told | {"share": f"{truth['share'] + off:.3f}"})
        assert (why == "") == (abs(off) < 0.05), off
    since = dt.date.fromisoformat(truth["since"])
    for days in (-2, -1, 1, 2):
        why = verdict("since-found", fault, told | {"since": str(since + dt.timedelta(days))})
        assert (why == "") == (abs(days) < 2), days
    entry = told["evidence"][0]
    for factor in (0.995, 1.005, 0.98, 1.02):
        changed = [entry | {"value": entry["value"] * factor}, *told["evidence"][1:]]
        assert (verdict("evidence-reproduced", fault, told | {"evidence": changed}) == "") == (abs(factor - 1) < 0.01)


@pytest.mark.parametrize("fault", FAULTS)
def test_neighbours_of_the_segment_and_the_whole_loss_do_not_pass(fault: str) -> None:
    case, told = world(fault).case, reference(fault)
    for name in WORLD.FIELDS[case.field]:
        assert (verdict("segment-found", fault, told | {"segment": {case.field: name}}) == "") == (name == case.segment)
    assert verdict("segment-found", fault, told | {"segment": "all"})
    assert verdict("share-found", fault, told | {"share": "1.0"})


def test_evidence_of_the_loss_alone_is_none_of_a_cause() -> None:
    text = "SELECT {} * avg(abs(predicted - hours)) FROM predictions JOIN labels USING (parcel_id)"
    texts = [text.format(times) for times in (1, 2, 3)]
    entries = [{"query": text, "value": world(FAULTS[0]).asked(text)} for text in texts]
    told = reference(FAULTS[0]) | {"evidence": entries}
    assert verdict("evidence-reproduced", FAULTS[0], told) == ""
    assert "no evidence of a cause" in verdict("evidence-tells", FAULTS[0], told)


@pytest.mark.parametrize("value", ["2026-13-40", "yesterday", "", "[]", "31 February 2026"])
def test_what_is_no_day_is_told_as_such(value: str) -> None:
    assert "no day" in verdict("since-found", FAULTS[0], reference(FAULTS[0]) | {"since": value})


def watched(alarms: Mapping[str, str]) -> Analysed:
    """Return what was seen of months of ten days, x where the monitor alarmed; the event of `event` months is on the fifth day."""
    days = [f"2026-03-{day:02}" for day in range(2, 12)]
    months = {
        name: {"kind": "unit", "since": days[4] if name.startswith("event") else "", "segment": "app"}
        for name in alarms
    }
    calls = [
        {"name": name, "failed": "", "tail": [], "answers": [{"ready": True}, *({"alarm": day == "x"} for day in told)]}
        for name, told in alarms.items()
    ]
    return Analysed(
        "hidden-months",
        {"evidence": None, "calls": calls, "truth": {"months": months, "days": dict.fromkeys(alarms, days)}},
    )


@pytest.mark.parametrize(
    ("alarms", "finds", "quiet"),
    [
        (["....x.....", ".....x....", "......x...", "....xxxxxx", "..........", ".........."], True, True),
        (["....x.....", ".....x....", "......x...", ".......x..", "..........", ".........."], False, True),
        (["...x......", "....x.....", "....x.....", "....x.....", "....x.....", ".........."], True, True),
        (["....x.....", "....x.....", "....x.....", "....x.....", "x.x.x.....", ".........."], True, False),
        (["....x.....", "....x.....", "....x.....", "....x.....", "..........", "xxx......."], True, False),
        (["....x.....", "....x.....", "....x.....", "....x.....", "..........", "x........x"], True, False),
    ],
)
def test_monitors_are_judged_by_their_hits_and_false_alarms(alarms: list[str], finds: bool, quiet: bool) -> None:  # noqa: FBT001 - a table
    """Four of five within three days; each day of alarm counts, but for those from an event's first day on."""
    names = [*(f"event-{number}" for number in range(5)), "calm"]
    seen = watched(dict(zip(names, alarms, strict=True)))
    assert (said("monitor-finds", {}, seen) == "") == finds
    assert (said("monitor-quiet", {}, seen) == "") == quiet


def test_a_feature_that_is_off_is_named_with_its_request() -> None:
    case = world(FAULTS[0]).case
    _, truth = WORLD.replay(case, {}, {})
    right, later = ([dict(row) for row in week] for week in truth["features"])
    assert truth["requests"][0][0]["at"] > truth["requests"][1][0]["at"]
    for given, why in (
        (right, ""),
        ([{**right[0], "stops": 5.0}, *right[1:]], "stops of 1 in 630"),
        (right[1:], "missing"),
        (["x"] * 630, "not what the contract says"),
    ):
        call = {"name": "held-weeks", "failed": "", "tail": [], "answers": [given, later]}
        seen = Analysed("replay", {"evidence": None, "calls": [call], "truth": truth})
        assert why in said("features-right", {}, seen)
        assert bool(said("features-right", {}, seen)) == bool(why)


def test_hidden_months_have_five_events_and_five_quiet_ones() -> None:
    calls, truth = WORLD.hidden_months(world(FAULTS[0]).case, {}, {})
    months = truth["months"]
    assert sum(bool(month["since"]) for month in months.values()) == 5
    assert {"mix", "nulls"} < {month["kind"] for month in months.values() if month["since"]}
    for call in calls:
        reference, *days = call["turns"]
        assert len(days) == 28
        assert "since" not in str(days[0]["rows"][0]) + str(reference["columns"])
        assert max(row[2] for row in days[0]["rows"])[:10] == days[0]["day"]


def test_a_seed_fixes_the_data_to_the_byte() -> None:
    """A changed digest is a new exercise version: data that are out there were made with the old ones."""
    exercise = variants.load(SLUG, 7)
    total = hashlib.sha256(b"".join(data for _, data in sorted(worlds.data_of(exercise).items())))
    assert total.hexdigest()[:16] == "8af941fe701a1d98"


def test_the_handed_out_data_and_checks_hold_no_truth() -> None:
    """What is public of an exercise names neither the seed's segment nor how its world is made."""
    exercise = replace(exercises.load(SLUG), solution=None)
    assert worlds.data_of(exercise) == {}
    played = worlds.Play((), {})
    assert (played.truth, played.plot) == ({}, {})
    text = (exercise.folder / worlds.MODULE).read_text("utf-8")
    assert "solutions" not in text
    assert not {fault.id for fault in faults.load(exercises.load(SLUG))} & set(text.split())


@pytest.mark.parametrize("limit", [5.0, 9.0])
def test_the_hidden_months_are_everybodys_and_leave_a_margin(limit: float) -> None:
    """So that no seed is harder than another, and a threshold that another chooses passes too."""
    cases = [worlds._case(exercises.load(SLUG)), worlds._case(variants.load(SLUG, 5))]
    (calls, told), other = (WORLD.hidden_months(case, {}, {}) for case in cases)
    assert (calls, told) == other
    monitors = module(f"solutions/{SLUG}/reference/monitor.py")
    vars(monitors)["LIMIT"] = limit
    columns = calls[0]["turns"][0]["columns"]
    for call in calls:
        reference, *days = call["turns"]
        monitor = monitors.Monitor([dict(zip(columns, row, strict=True)) for row in reference["reference"]])
        alarms = [
            day["day"]
            for day in days
            if monitor.day(day["day"], [dict(zip(columns, row, strict=True)) for row in day["rows"]])
        ]
        since = told["months"][call["name"]]["since"]
        assert [day for day in alarms if not since or day < since] == []
        if since:
            found = dt.date.fromisoformat(alarms[0]) - dt.date.fromisoformat(since)
            assert found <= dt.timedelta(2)
