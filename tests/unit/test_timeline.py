"""What a timeline makes of what was seen."""

from typing import Any

from grader.live.observer import EVENTS, Observer
from grader.timeline import timelines
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


def test_the_observer_keeps_what_kubernetes_says_of_pods_up_to_a_limit() -> None:
    observer = Observer.__new__(Observer)
    observer.events, observer._places = [], {}
    event = {"type": "Warning", "reason": "BackOff", "message": "x" * 1000}
    observer._seen_event("ADDED", {**event, "involvedObject": {"kind": "Pod", "name": "web-1"}})
    observer._seen_event("DELETED", {**event, "involvedObject": {"kind": "Pod", "name": "web-1"}})
    observer._seen_event("ADDED", {**event, "involvedObject": {"kind": "Deployment", "name": "web"}})
    observer._seen_event("ADDED", {"reason": "NoObject"})
    (found,) = observer.events
    assert (found["pod"], found["reason"], len(found["message"])) == ("web-1", "BackOff", 300)
    for _ in range(2 * EVENTS):
        observer._seen_event("MODIFIED", {**event, "involvedObject": {"kind": "Pod", "name": "web-1"}})
    assert len(observer.events) == EVENTS
