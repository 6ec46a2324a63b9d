"""What `breakfix status` says: of a Job, of pods and their generations, of Services, of warnings."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.exercises import exercise as exercises
from harness.kube.containerlog import last_lines
from harness.kube.kube import Object
from harness.kube.status import Status, job_state, look


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, "0 of 2 succeeded"),
        ({"active": 1, "succeeded": 1}, "1 of 2 succeeded, 1 active"),
        (
            {"succeeded": 2, "conditions": [{"type": "Complete", "status": "True"}]},
            "Complete, 2 of 2 succeeded",
        ),
        (
            {
                "failed": 3,
                "conditions": [
                    {"type": "Suspended", "status": "False"},
                    {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"},
                ],
            },
            "Failed, 0 of 2 succeeded, 3 failed (BackoffLimitExceeded: too often)",
        ),
        (
            {"conditions": [{"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "by you"}]},
            "Suspended, 0 of 2 succeeded",
        ),
    ],
)
def test_a_job_is_told_in_words(status: dict[str, Any], words: str) -> None:
    assert job_state({"spec": {"completions": 2}, "status": status}) == words


class Cluster:
    """A namespace as the API gives it: lists by kind, and raw requests by the end of their path."""

    def __init__(self, events: list[Object], **lists: list[Object]) -> None:
        self.events = events
        self.lists = lists

    def list_objects(self, _version: str, kind: str, _namespace: str) -> list[Object]:
        return self.lists.get(kind, [])

    def request(self, _method: str, path: str, **_: object) -> Object:
        return {"items": self.events if path.endswith("/events") else []}


def pod(name: str, generation: str, **metadata: str) -> Object:
    labels = {"app": "scorer", "pod-template-hash": generation}
    return {
        "metadata": {"name": name, "uid": name, "labels": labels, **metadata},
        "spec": {"containers": [{}]},
        "status": {"phase": "Running"},
    }


def replicas(generation: str, revision: int) -> Object:
    return {
        "metadata": {
            "labels": {"pod-template-hash": generation}, "ownerReferences": [{"uid": "deployment"}],
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
        }
    }  # fmt: skip


def warning(uid: str, kind: str, message: str, seconds: int) -> Object:
    when = (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "Warning", "reason": "Odd", "message": message, "lastTimestamp": when, "metadata": {},
        "involvedObject": {"kind": kind, "uid": uid},
    }  # fmt: skip


def seen(**lists: list[Object]) -> Status:
    events = lists.pop("events", [])
    cluster: Any = Cluster(events, **lists)
    return look(cluster, exercises.load("serving-never-ready"))


def test_generations_are_told_apart_and_the_newest_comes_first() -> None:
    """The tenth revision is newer than the ninth; what is being deleted says so."""
    found = seen(
        Pod=[pod("old", "aaa"), pod("new", "bbb"), pod("gone", "bbb", deletionTimestamp="now")],
        ReplicaSet=[replicas("bbb", 10), replicas("aaa", 9)],
    )
    assert [(one.name, one.note) for one in found.pods] == [
        ("new", ""), ("old", "older generation"), ("gone", "ending"),
    ]  # fmt: skip
    assert found.pods[1].told == "older generation: Running, not ready"


def test_a_selector_that_matches_nothing_is_told() -> None:
    services: list[Object] = [
        {"metadata": {"name": name}, "spec": {"selector": selector}}
        for name, selector in (("right", {"app": "scorer"}), ("wrong", {"app": "score"}), ("none", None))
    ]
    told = [one.told for one in seen(Pod=[pod("a", "x")], Service=services).services]
    assert told == [
        "Service/right: 0 ready endpoints",
        "Service/wrong: 0 ready endpoints; its selector matches no pod (app=score)",
        "Service/none: 0 ready endpoints",
    ]


def test_warnings_from_before_a_pod_became_ready_are_left_out() -> None:
    """What it says since it is ready stays, and so does what is said of a pod that is not."""
    since = (datetime.now(UTC) - timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = pod("a", "x")
    ready["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastTransitionTime": since}]
    waiting = pod("b", "x")
    waiting["status"]["conditions"] = [{"type": "Ready", "status": "False", "lastTransitionTime": since}]
    events = [
        warning("a", "Pod", "while it started", 90), warning("a", "Pod", "since", 30), warning("b", "Pod", "still", 90),
    ]  # fmt: skip
    told = seen(Pod=[ready, waiting], events=events).warnings
    assert [line.partition(" (")[0] for line in told] == ["Pod: Odd: since", "Pod: Odd: still"]


class Logs:
    """A cluster's logs: of the container `server`, now and before its restart."""

    def __init__(self, now: str, before: str = "") -> None:
        self.texts = {False: now, True: before}

    def log(self, _namespace: str, _pod: str, container: str, *, lines: int, previous: bool) -> str:
        assert container == "server" and lines > 1
        return self.texts[previous]


def containers(phase: str = "Running", gone: str | None = None, **ready: bool) -> Object:
    found = pod("a", "x", **({"deletionTimestamp": gone} if gone else {}))
    states = [{"name": name, "ready": one} for name, one in ready.items()]
    return found | {"status": {"phase": phase, "containerStatuses": states}}


def written(held: Object, logs: Logs) -> list[tuple[str, str]]:
    kube: Any = logs
    return list(last_lines(kube, seen(Pod=[held]).pods))


def test_a_pod_that_is_not_ready_is_quoted() -> None:
    """By the container that is not, its last line without the time, and what tells of a request of ours left out."""
    ours = '{"level": "warn", "message": "401", "error": "no bearer token in the request"}'
    line = '{"time": "10:00", "level": "error", "message": "no such model", "error": "/models/v1"}'
    assert written(containers(server=False, sidecar=True), Logs(f"loading\n{line}\n{ours}\n")) == [
        ("a", "error: no such model: /models/v1")
    ]
    assert written(containers(server=False), Logs("", "killed\n")) == [("a", "killed")]
    assert written(containers(server=False), Logs("loading\n", "killed\n")) == [("a", "loading")]
    assert written(containers(server=False), Logs("")) == []


def test_a_pod_that_is_ready_over_or_ending_is_not_quoted() -> None:
    logs = Logs("said")
    for held in (
        containers(server=True),
        containers(server=False, phase="Succeeded"),
        containers(server=False, gone="now"),
    ):
        assert written(held, logs) == []
    assert written(containers(server=False, phase="Failed"), logs) == [("a", "said")]


def test_warnings_have_their_age_and_those_of_pods_long_gone_are_left_out() -> None:
    """Each stands once, as it was last; what concerns no pod stays."""
    events = [
        warning("a", "Pod", "crash", 600), warning("a", "Pod", "crash", 5), warning("dead", "Pod", "old news", 1),
        warning("rs", "ReplicaSet", "quota", 180),
    ]  # fmt: skip
    told = seen(Pod=[pod("a", "x")], events=events).warnings
    assert len(told) == 2
    assert re.fullmatch(r"Pod: Odd: crash \([5-9] s ago\)", told[0])
    assert re.fullmatch(r"ReplicaSet: Odd: quota \(3 min ago\)", told[1])
