"""What checks conclude from rights, connections and requests that a scenario has seen."""

import contextlib
from typing import Any

import pytest

from grader.checks import CheckFailureError, EvidenceError, Observed
from grader.checks.observed import turned_away
from grader.report.report import Reason

WORKLOAD = {"kind": "Deployment", "name": "web", "replicas": 1}


def observed(**data: Any) -> Observed:
    whole: dict[str, Any] = {
        "evidence": None,
        "apply_errors": [],
        "phases": {"ready": 1.0},
        "url": "http://web",
        "ready_within": 30,
        "last_seen": "",
    }
    return Observed("steady", {**whole, "access": [], "reach": [], "rights": None, "records": None, **data}, WORKLOAD)


def permission(*, allowed: bool, answer: bool) -> dict[str, Any]:
    return {
        "verb": "patch", "resource": "deployments", "group": "apps", "subresource": "scale", "name": "web", "namespace": "shop-a",
        "allowed": allowed, "answer": answer, "account": "web",
    }  # fmt: skip


def place(*, allowed: bool, reason: str | None, trouble: str = "") -> dict[str, Any]:
    return {"name": "a place", "port": 80, "allowed": allowed, "reason": reason, "trouble": trouble}


def reason(run: contextlib.AbstractContextManager[pytest.ExceptionInfo[CheckFailureError]], what: Any) -> Reason:
    with run as caught:
        what()
    return caught.value.reason


@pytest.mark.parametrize("allowed", [True, False])
def test_rights_are_judged_one_way_at_a_time(*, allowed: bool) -> None:
    """A right too many does not fail the check of what must be allowed, nor the other way round."""
    seen = observed(access=[permission(allowed=True, answer=True), permission(allowed=False, answer=False)])
    seen.need_access(allowed=allowed)
    wrong = observed(access=[permission(allowed=True, answer=False), permission(allowed=False, answer=True)])
    told = reason(pytest.raises(CheckFailureError), lambda: wrong.need_access(allowed=allowed))
    assert told.object == "ServiceAccount/web"
    assert "patch deployments.apps/scale web in shop-a" in told.expected
    assert told.seen == ("refused" if allowed else "allowed")


def test_without_a_workload_no_right_is_granted_or_denied() -> None:
    for allowed in (True, False):
        with pytest.raises(CheckFailureError, match="no workload whose identity"):
            observed().need_access(allowed=allowed)


def test_all_that_the_identity_holds_is_compared_with_all_that_it_may() -> None:
    may = [{"verbs": ["patch"], "group": "", "resource": "configmaps", "name": "runs", "namespace": "shop-a"}]
    held = {"namespace": "shop-a", "verbs": ["patch"], "groups": [""], "resources": ["configmaps"], "names": ["runs"]}
    observed(rights={"account": "web", "held": [held], "may": may}).need_rights()
    secrets = {**held, "verbs": ["get"], "resources": ["secrets"], "names": ["token"]}
    wrong = observed(rights={"account": "web", "held": [held, secrets], "may": may})
    told = reason(pytest.raises(CheckFailureError), wrong.need_rights)
    assert (told.object, told.seen) == ("ServiceAccount/web", "allowed in shop-a: get secrets token")
    with pytest.raises(CheckFailureError, match="no workload whose identity"):
        observed().need_rights()


def test_connections_come_about_or_not() -> None:
    seen = observed(reach=[place(allowed=True, reason=None), place(allowed=False, reason="Connection refused")])
    seen.need_reach(allowed=True)
    seen.need_reach(allowed=False)
    wrong = observed(reach=[place(allowed=True, reason="timed out"), place(allowed=False, reason=None)])
    with pytest.raises(CheckFailureError, match="do not reach a place, port 80"):
        wrong.need_reach(allowed=True)
    with pytest.raises(CheckFailureError, match="pods reach a place, port 80"):
        wrong.need_reach(allowed=False)


@pytest.mark.parametrize("reach", [[], [place(allowed=False, reason=None, trouble="exec failed")]])
def test_what_could_not_be_tried_is_not_denied(reach: list[dict[str, Any]]) -> None:
    with pytest.raises(CheckFailureError, match=r"try connections|could not be tried"):
        observed(reach=reach).need_reach(allowed=False)


@pytest.mark.parametrize(
    ("status", "error", "away"),
    [(None, "refused", True), (None, "timeout", True), (403, None, False), (502, None, False), (200, None, False)],
)
def test_an_answer_of_any_kind_is_no_denied_connection(status: int | None, error: str | None, *, away: bool) -> None:
    record = {"t": 2.0, "kind": "stranger", "status": status, "error": error, "ms": 1.0, "correct": None}
    seen = observed(probes=[record])
    with contextlib.nullcontext() if away else pytest.raises(CheckFailureError):
        seen.need_share(seen.probes("stranger"), turned_away, "be kept out", share=1.0)


def test_a_silent_stranger_is_no_proof() -> None:
    seen = observed(probes=[])
    with pytest.raises(EvidenceError):
        seen.need_share(seen.probes("stranger"), turned_away, "be kept out", share=1.0)


def test_records_are_empty_where_nothing_was_recorded() -> None:
    assert observed().records() == {}
    assert observed(records={"pod": "started"}).records() == {"pod": "started"}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("predict", "; sent by a pod of another namespace with labels app=desk"),
        ("stranger", "; sent by a pod of another namespace with labels app=news"),
        ("anonymous", "; sent by a pod of another namespace with labels app=desk and no token"),
    ],
)
def test_a_failed_request_names_its_caller(kind: str, told: str) -> None:
    """Network policies and logs know callers by their labels; where nothing sends requests nothing is said."""
    record = {"t": 2.0, "kind": kind, "status": 502, "error": None, "ms": 1.0, "correct": None}
    callers = {"predict": {"app": "desk"}, "stranger": {"app": "news"}}
    for known, end in ((callers, told), ({"predict": None, "stranger": None}, "the first: HTTP 502")):
        seen = observed(probes=[record], callers=known)
        what = reason(
            pytest.raises(CheckFailureError), lambda seen=seen: seen.need_share(seen.probes(kind), turned_away, "pass")
        )
        assert what.seen.endswith(end)
