"""What checks conclude from lost requests, and read from budgets, autoscalers and the ways in which a server ends."""

from typing import Any

import pytest

from grader.checks import CheckFailureError, EvidenceError, Observed, Submission
from grader.checks.autoscaling import autoscaler, need_autoscaler, patience
from grader.checks.calls import answered, begin, first, lost_before, need_none_lost, ranked
from grader.checks.disruption import budgets, kept
from grader.checks.endings import goes_on, grace
from harness.files.manifests import parse

HOME = {"workload": {"kind": "Deployment", "name": "web", "namespace": "shop", "container": "server"}}
WORKLOAD = {"kind": "Deployment", "name": "web", "replicas": 2}
POD = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {POD, containers: [{name: server, image: "breakfix/ranker:1.0", CONTAINER}]}
---
"""


def submission(more: str = "", pod: str = "x: 1", container: str = "z: 1") -> Submission:
    text = POD.replace("POD", pod).replace("CONTAINER", container) + more
    manifests, problems = parse("f.yaml", text.encode())
    assert not problems
    return Submission(tuple(manifests), (), HOME)


def observed(
    *probes: dict[str, Any], steps: tuple[tuple[str, float], ...] = (("load", 10.0), ("drain", 20.0))
) -> Observed:
    played = [{"step": name, "began": began, "ended": began + 5} for name, began in steps]
    return Observed("upgrade", {"probes": list(probes), "steps": played, "url": "http://web"}, WORKLOAD)


def right(t: float, *, reports: int = 0, **versions: int) -> dict[str, Any]:
    told = {name.strip("v"): count for name, count in versions.items()}
    return {"kind": "answered", "t": t, "versions": told, "reports": {"1": reports} if reports else {}, "lost": 0}


def gone(t: float, error: str | None, status: int | None = None) -> dict[str, Any]:
    return {"kind": "lost", "t": t, "ms": 1.0, "status": status, "error": error, "correct": None}


def test_lost_requests_are_told_by_the_way_and_the_step_in_which_the_first_was() -> None:
    seen = observed(
        right(9, v1=5),
        right(11, v1=5, v2=1),
        gone(22, "refused"),
        gone(22.5, "refused"),
        gone(23, None, 503),
        gone(9, "reset"),
    )
    assert answered(seen, 10) == {"1": 5, "2": 1}
    with pytest.raises(CheckFailureError) as caught:
        need_none_lost(seen, begin(seen, "load"))
    told = caught.value.reason
    assert told.seen == "3 of 9: 2 refused, 1 answered with HTTP 503; the first 2.0 s into the step drain"
    need_none_lost(seen, 10, 21)


@pytest.mark.parametrize(("ms", "busy"), [((4, 5, 6, 7, 8, 900), False), ((90, 232, 500), True)])
def test_on_a_machine_that_is_busy_all_along_lost_requests_tell_nothing(ms: tuple[int, ...], *, busy: bool) -> None:
    """As a server of ours tells that does nothing; a single slow answer of it is no such thing."""
    controls = [{"kind": "control", "t": 12.0 + place, "ms": float(one), "error": None} for place, one in enumerate(ms)]
    seen = observed(right(11, v1=5), gone(12, "timeout"), *controls)
    with pytest.raises(
        EvidenceError if busy else CheckFailureError,
        match="more than 100 ms for 2 of 3 answers" if busy else "requests are lost",
    ):
        need_none_lost(seen, 10)


@pytest.mark.parametrize(("error", "tells"), [("timeout", False), ("refused", True)])
def test_what_is_late_while_the_machine_is_busy_tells_nothing_and_what_is_refused_does(
    error: str, *, tells: bool
) -> None:
    """Though it was idle for most of the load: busy were the seconds in which the servers' answers did not come."""
    controls = [
        {"kind": "control", "t": 10 + place / 2, "ms": 400.0 if 22 <= 10 + place / 2 <= 26 else 5.0, "error": None}
        for place in range(60)
    ]
    seen = observed(right(11, v1=5), {**gone(22, error), "ms": 5000.0}, *controls)
    with pytest.raises(CheckFailureError if tells else EvidenceError):
        need_none_lost(seen, 10)


def test_what_is_under_way_at_the_end_of_a_span_is_not_lost_in_it() -> None:
    seen = observed(right(11, v1=5), {**gone(18, "timeout"), "ms": 5000.0}, gone(21, "refused"))
    need_none_lost(seen, 10, 20)
    with pytest.raises(CheckFailureError):
        need_none_lost(seen, 10, 22)


def test_reports_that_an_old_server_still_gives_are_no_rankings() -> None:
    seen = observed(right(31, reports=2, v1=2, v2=9), right(32, v2=10))
    assert (answered(seen, 30), ranked(seen, 30)) == ({"1": 2, "2": 19}, {"2": 19})


def test_what_a_release_cuts_off_was_not_lost_before_it() -> None:
    early, long = gone(12, "reset"), {**gone(13, "reset"), "ms": 9000.0}
    assert lost_before(observed(early, long), 10, 20) == [early]


def test_where_nobody_called_nothing_is_concluded() -> None:
    with pytest.raises(EvidenceError):
        need_none_lost(observed(), 0)
    with pytest.raises(EvidenceError, match="did not come to its step drain"):
        begin(observed(), "drain", 1)
    with pytest.raises(EvidenceError, match="no record of drains"):
        first(observed(), "drains")


def budget(spec: str) -> str:
    return f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b}}\nspec: {{{spec}}}\n---\n"


@pytest.mark.parametrize(
    ("spec", "of_two", "of_five"),
    [
        ("minAvailable: 2", 2, 2), ("minAvailable: 50%", 1, 3), ("minAvailable: 0", 0, 0), ("maxUnavailable: 1", 1, 4),
        ("maxUnavailable: 50%", 1, 2), ("maxUnavailable: 100%", 0, 0), ("minAvailable: 100%", 2, 5), ("x: 1", 0, 0),
    ],
)  # fmt: skip
def test_a_budget_keeps_so_many_of_two_and_of_five(spec: str, of_two: int, of_five: int) -> None:
    """Percentages are rounded up, as the controller does."""
    given = submission(budget(f"{spec}, selector: {{matchLabels: {{app: web}}}}"))
    (found,) = budgets(given, given.pod())
    assert [kept(found, pods) for pods in (2, 5)] == [of_two, of_five]


def test_budgets_that_select_other_pods_or_none_do_not_count() -> None:
    given = submission(budget("minAvailable: 1, selector: {matchLabels: {app: other}}") + budget("minAvailable: 1"))
    assert budgets(given, given.pod()) == []
    odd = submission(budget("minAvailable: half, selector: {}"))
    with pytest.raises(CheckFailureError, match="neither a whole number nor a percentage"):
        kept(budgets(odd, odd.pod())[0], 2)


def scaler(behavior: str, name: str = "web") -> str:
    return (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
        f"spec: {{scaleTargetRef: {{kind: Deployment, name: {name}}}, behavior: {{{behavior}}}}}\n---\n"
    )


@pytest.mark.parametrize(
    ("behavior", "seconds"),
    [
        ("x: 1", 300), ("scaleDown: {stabilizationWindowSeconds: 0}", 0), ("scaleUp: {stabilizationWindowSeconds: 0}", 300),
        ("scaleDown: {selectPolicy: Disabled, stabilizationWindowSeconds: 0}", float("inf")),
    ],
)  # fmt: skip
def test_an_autoscaler_is_as_patient_as_its_window(behavior: str, seconds: float) -> None:
    given = submission(scaler(behavior))
    assert patience(need_autoscaler(given)) == seconds


def test_an_autoscaler_of_another_workload_is_none() -> None:
    given = submission(scaler("x: 1", name="other"))
    assert autoscaler(given) is None
    with pytest.raises(CheckFailureError, match="no autoscaler"):
        need_autoscaler(given)


@pytest.mark.parametrize(
    ("container", "seconds"),
    [
        ("z: 1", 0),
        ("lifecycle: {preStop: {sleep: {seconds: 8}}}", 8),
        ('lifecycle: {preStop: {httpGet: {path: "/drain?seconds=6", port: 8080}}}', 6),
        ('lifecycle: {preStop: {httpGet: {path: "/v2/health/live", port: 8080}}}', 0),
        ("lifecycle: {preStop: {exec: {command: [sleep, '8']}}}", 0),
        ("lifecycle: {preStop: {exec: {command: [sh, -c, 'sleep 8']}}}", 0),
        ("lifecycle: {preStop: {exec: {command: [/usr/bin/python3, -c, 'import time; time.sleep(8)']}}}", None),
        ("env: [{name: RANKER_DRAIN_SECONDS, value: '7'}]", 7),
        ("env: [{name: RANKER_DRAIN_SECONDS, value: '7'}], lifecycle: {preStop: {sleep: {seconds: 2}}}", 9),
        ("env: [{name: RANKER_DRAIN_SECONDS, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", None),
        ("command: [python3, /start/start.py], lifecycle: {preStop: {sleep: {seconds: 2}}}", None),
        ("command: [python3, -c, 'import ranker.server']", None),
        ("command: [python3, -u, -m, ranker], lifecycle: {preStop: {sleep: {seconds: 2}}}", 2),
        ("command: [python3, -m, ranker.launch], lifecycle: {preStop: {sleep: {seconds: 2}}}", 2),
    ],
)
def test_a_server_goes_on_by_its_hook_and_after_its_signal(container: str, seconds: float | None) -> None:
    """A hook that calls what the image does not have is over at once; what a program of its own does is not known."""
    given = submission(container=container)
    assert goes_on(given, given.container()) == seconds


def test_a_pod_has_thirty_seconds_unless_it_says_otherwise() -> None:
    assert [grace(submission(pod=pod).pod()) for pod in ("x: 1", "terminationGracePeriodSeconds: 4")] == [30, 4]
