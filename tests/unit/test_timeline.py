"""What a timeline makes of what was seen."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from grader.live.observer import EVENTS, Observer
from grader.report.timeline import timelines
from tests.unit.reports import kept


def snap(t: float, state: str, *, ready: bool = False, restarts: int = 0, deleting: bool = False) -> dict[str, Any]:
    return {
        "t": 100 + t, "name": "web-1", "uid": "u", "own": True, "ready": ready, "deleting": deleting,
        "restarts": restarts, "state": state,
    }  # fmt: skip


def seen(**more: Any) -> dict[str, Any]:
    return {"phases": {"applied": 100.0, "ready": 103.0, "ended": 120.0}, "pods": [], "probes": [], "events": []} | more


def test_a_pods_states_follow_each_other_and_its_restarts_are_marked() -> None:
    pods = [
        snap(0.5, "Pending, not ready"), snap(1, "Pending, not ready"), snap(3, "Running, ready", ready=True),
        snap(7, "CrashLoopBackOff: back-off", restarts=1), snap(9, "Running, ready", ready=True, restarts=1, deleting=True),
        snap(12, "deleted"),
    ]  # fmt: skip
    (found,) = timelines({"steady": seen(pods=pods)})
    (lane,) = found.lanes
    assert [(span.start, span.end, span.state) for span in lane.spans] == [
        (0.5, 3, "starting"), (3, 7, "ready"), (7, 9, "failing"), (9, 12, "ending"),
    ]  # fmt: skip
    assert lane.restarts == (7,)
    assert [(mark.t, mark.text) for mark in found.phases] == [(3, "all replicas ready"), (20, "end of the record")]


def test_what_callers_in_numbers_tell_together_counts_one_by_one() -> None:
    answered = {"kind": "answered", "versions": {"1": 9, "2": 1}, "lost": 1}
    lost = {"kind": "lost", "status": None, "error": "refused", "ms": 1.0, "correct": None}
    probes = [{"t": 100.2, **answered}, {"t": 101.2, **answered}, {"t": 101.3, **lost}]
    (found,) = timelines({"rush": seen(pods=[snap(0, "Running, ready", ready=True)], probes=probes)})
    assert [(span.state, span.label) for span in found.answers] == [
        ("right", "10 of 10 answers right"), ("wrong", "10 of 11 answers right"),
    ]  # fmt: skip


def test_answers_are_told_by_the_second() -> None:
    def probe(t: float, *, correct: bool | None, status: int | None) -> dict[str, Any]:
        return {"t": 100 + t, "kind": "predict", "correct": correct, "status": status}

    probes = [
        probe(0.2, correct=None, status=None), probe(1.1, correct=None, status=503), probe(1.4, correct=True, status=200),
        probe(2.1, correct=True, status=200), probe(3.9, correct=True, status=200), probe(99, correct=True, status=200),
        {"t": 101.0, "kind": "control", "status": None},
    ]  # fmt: skip
    (found,) = timelines({"steady": seen(pods=[snap(0, "Running, ready", ready=True)], probes=probes)})
    assert [(one.start, one.end, one.state, one.label) for one in found.answers] == [
        (0, 1, "none", "0 of 1 answers right"),
        (1, 2, "wrong", "1 of 2 answers right"),
        (2, 4, "right", "2 of 2 answers right"),
    ]


def test_an_event_that_repeats_is_told_once() -> None:
    event = {"pod": "web-1", "type": "Warning", "reason": "Unhealthy", "message": "refused"}
    events = [{**event, "t": 102.0}, {**event, "t": 104.0}, {**event, "pod": "someone-elses", "t": 105.0}]
    (found,) = timelines({"steady": seen(pods=[snap(0, "Pending")], events=events)})
    assert [(one.t, one.pod, one.warning, one.text) for one in found.events] == [
        (2, "pod 1", True, "Unhealthy: refused (2 times, last at 4.0 s)")
    ]


def test_real_records_give_a_lane_for_each_pod_or_run() -> None:
    assert [(one.scenario, len(one.lanes)) for one in timelines(kept("cheat").observations)] == [
        ("steady", 2),
        ("slow-load", 2),
    ]
    pipeline = {one.scenario: [lane.name for lane in one.lanes] for one in timelines(kept("pipeline").observations)}
    assert pipeline["drift"] == ["no-report", "no-number", "far-away"]


def test_a_scenario_in_which_nothing_was_seen_has_no_timeline() -> None:
    assert timelines({"steady": seen(evidence="the API server is gone")}) == ()
    assert timelines({"steady": {"phases": {}, "evidence": "not even applied"}}) == ()


def watching(began: float = 0.0) -> Observer:
    run: Any = None  # events are taken down without it
    observer = Observer(run, threading.Event())
    observer.began = began
    return observer


def warned(count: int, **times: Any) -> dict[str, Any]:
    return {
        "type": "Warning", "reason": "BackOff", "message": "again", "involvedObject": {"kind": "Pod", "name": "web-1"},
        "metadata": {"uid": "e", "creationTimestamp": "2026-03-01T09:00:00Z"}, "count": count, **times,
    }  # fmt: skip


@pytest.mark.parametrize(
    "times",
    [
        {"lastTimestamp": "2026-03-01T10:00:05Z", "firstTimestamp": "2026-03-01T09:00:00Z"},
        {"lastTimestamp": None, "eventTime": "2026-03-01T10:00:05.000000Z", "series": None},
        {"eventTime": "2026-03-01T09:00:00.000000Z", "series": {"lastObservedTime": "2026-03-01T10:00:05.000000Z"}},
        {"firstTimestamp": "2026-03-01T10:00:05Z"},
    ],
)
def test_an_event_has_the_time_at_which_it_last_happened(times: dict[str, Any]) -> None:
    """Not that at which the watch gave it, nor, where it is a series, that of its beginning."""
    observer = watching()
    observer._seen_event("ADDED", warned(1, **times))
    assert [event["t"] for event in observer.events] == [datetime(2026, 3, 1, 10, 0, 5, tzinfo=UTC).timestamp()]


def test_what_happened_before_the_run_began_is_left_out() -> None:
    """A pod that crashed an hour before a play did not crash in it; what happens again in the play did."""
    observer = watching(datetime(2026, 3, 1, 10, 0, 0, tzinfo=UTC).timestamp())
    observer._seen_event("ADDED", warned(4, lastTimestamp="2026-03-01T09:59:59Z"))
    assert observer.events == []
    observer._seen_event("MODIFIED", warned(5, lastTimestamp="2026-03-01T10:00:00Z"))
    assert len(observer.events) == 1


@pytest.mark.parametrize("series", [True, False])
def test_an_event_that_is_listed_again_counts_once(*, series: bool) -> None:
    """A watch that begins anew gives all that is there; only what has happened once more is new."""
    observer = watching()
    for count in (2, 2, 3):
        event = warned(0, series={"count": count}) if series else warned(count)
        observer._seen_event("ADDED", event)
    assert len(observer.events) == 2


def test_the_observer_keeps_what_kubernetes_says_of_pods_up_to_a_limit() -> None:
    observer = watching()
    event = {**warned(1), "message": "x" * 1000}
    observer._seen_event("ADDED", {**event, "involvedObject": {"kind": "Pod", "name": "web-1"}})
    observer._seen_event("DELETED", {**event, "involvedObject": {"kind": "Pod", "name": "web-1"}})
    observer._seen_event("ADDED", {**event, "involvedObject": {"kind": "Deployment", "name": "web"}})
    observer._seen_event("ADDED", {"reason": "NoObject"})
    (found,) = observer.events
    assert (found["pod"], found["reason"], len(found["message"])) == ("web-1", "BackOff", 300)
    for count in range(2 * EVENTS):
        observer._seen_event("MODIFIED", {**event, "count": count, "involvedObject": {"kind": "Pod", "name": "web-1"}})
    assert len(observer.events) == EVENTS
