"""What a stall explains of a failure, case by case, and what it never does."""

from typing import Any

import pytest

from grader.checks import CheckFailureError, Observed, blame, fail
from grader.checks.blame import Late, Probed, Requests, Sighting, Symptom

ZERO = 1000.0
WORKLOAD = {"kind": "Deployment", "name": "web", "replicas": 2}


def stall(t: float, seconds: float) -> dict[str, Any]:
    return {"t": ZERO + t, "seconds": seconds, "what": f"a stall of {seconds:g} s"}


def seen(*stalls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"evidence": None, "phases": {"applied": ZERO}, "stalls": stalls, **more}


def late(due: float, came: float | None) -> Late:
    return Late(ZERO, ZERO + due, None if came is None else ZERO + came)


def request(t: float, *, status: int | None = None, error: str | None = None, ms: float = 5.0) -> dict[str, Any]:
    return {"t": ZERO + t, "ms": ms, "status": status, "error": error, "correct": status == 200}


def requests(*bad: dict[str, Any], total: int = 100, share: float = 0.98) -> Requests:
    return Requests(bad, total, share)


def probed(t: float, needs: float, span: float, *, unhealthy: bool = True) -> Probed:
    return Probed(ZERO + t, needs, span, unhealthy)


SECOND = stall(20, 1.2)
LONG = stall(20, 12.0)
TABLE: dict[str, tuple[Symptom, tuple[dict[str, Any], ...], bool]] = {
    "a deadline missed by what was stalled, and a little": (late(45, 56.0), (LONG,), True),
    "a deadline missed by more than was stalled, and the grace": (late(45, 63.0), (LONG,), False),
    "a deadline missed within the grace, with a short stall": (late(45, 50.5), (SECOND,), True),
    "a deadline missed within the grace, without a stall": (late(45, 46.0), (), False),
    "two stalls that overlap count once": (late(45, 63.0), (LONG, stall(21, 11.0)), False),
    "two stalls one after the other add up": (late(45, 63.0), (LONG, stall(40, 4.0)), True),
    "a stall before the time began to run": (late(45, 46.0), (stall(-10, 5.0),), False),
    "no replacement in 60 s, and one stall of 1.2 s": (late(60, None), (SECOND,), False),
    "no replacement in 60 s, and one stall of 12 s": (late(60, None), (LONG,), False),
    "a request without an answer in a stall": (requests(*[request(20.5, error="timeout", ms=2000)] * 3), (SECOND,), True),
    "one sent before the stall, still waiting in it": (requests(*[request(19, error="timeout", ms=2000)] * 3), (SECOND,), True),
    "a reset in the aftermath": (requests(*[request(24, error="reset")] * 3), (SECOND,), True),
    "a reset after the aftermath": (requests(*[request(25, error="reset")] * 3), (SECOND,), False),
    "a 502 of a proxy in a stall": (requests(*[request(20.5, status=502)] * 3), (SECOND,), True),
    "a 504 of a proxy in a stall": (requests(*[request(20.5, status=504)] * 3), (SECOND,), True),
    "a 401 in a stall": (requests(*[request(20.5, status=401)] * 3), (SECOND,), False),
    "a 403 in a stall": (requests(*[request(20.5, status=403)] * 3), (SECOND,), False),
    "a 500 in a stall": (requests(*[request(20.5, status=500)] * 3), (SECOND,), False),
    "a wrong prediction in a stall": (requests(*[request(20.5, status=200) | {"correct": False}] * 3), (SECOND,), False),
    "lost requests in a stall, and too many elsewhere": (
        requests(*[request(20.5, error="timeout")] * 3, *[request(40, error="refused")] * 3), (SECOND,), False,
    ),
    "lost requests in a stall, and few elsewhere": (
        requests(*[request(20.5, error="timeout")] * 3, request(40, error="refused")), (SECOND,), True,
    ),
    "a restart by probes that the stall outlasted": (probed(33, 6.0, 12.0), (LONG,), True),
    "a restart by probes that a short stall cannot fail": (probed(33, 6.0, 12.0), (SECOND,), False),
    "a restart by an impatient probe in a short stall": (probed(22, 1.0, 1.0), (SECOND,), True),
    "a restart long after the stall": (probed(60, 6.0, 12.0), (LONG,), False),
    "a restart of which no probe told": (probed(33, 6.0, 12.0, unhealthy=False), (LONG,), False),
    "an answer, a right or a refusal": (Sighting(), (LONG,), False),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_table(case: str) -> None:
    symptom, stalls, explained = TABLE[case]
    assert bool(blame.excuse([symptom], seen(*stalls))) is explained


def test_each_symptom_has_to_be_explained() -> None:
    """One that a stall explains does not cover one that it does not."""
    explained = requests(*[request(20.5, error="timeout")] * 3)
    assert blame.excuse([explained], seen(SECOND)) == "a stall of 1.2 s"
    assert blame.excuse([explained, Sighting()], seen(SECOND)) == ""


def test_a_failure_that_names_no_symptom_is_not_explained_by_a_stall() -> None:
    assert blame.excuse([], seen(LONG)) == ""


@pytest.mark.parametrize(
    ("symptoms", "explained"),
    [([], True), ([late(45, None)], True), ([requests(*[request(50, error="timeout")] * 3)], True),
     ([requests(*[request(20, status=401)] * 3)], False), ([Sighting()], False)],
)  # fmt: skip
def test_what_broke_off_explains_what_was_not_seen(symptoms: list[Symptom], *, explained: bool) -> None:
    """But not what was seen before."""
    broken = seen(evidence="the API server is gone", phases={"applied": ZERO, "broken": ZERO + 40, "ended": ZERO + 60})
    assert bool(blame.excuse(symptoms, broken)) is explained


def test_where_nothing_was_applied_nothing_can_be_judged() -> None:
    assert blame.excuse([Sighting()], seen(evidence="no room", phases={"broken": ZERO}))


def test_breaking_off_after_a_deadline_does_not_explain_that_it_was_missed() -> None:
    broken = seen(evidence="the API server is gone", phases={"applied": ZERO, "broken": ZERO + 90, "ended": ZERO + 95})
    assert blame.excuse([late(45, None)], broken) == ""


# What checks report: the symptoms of each need_… of an observation.


def snap(t: float, uid: str = "a", *, ready: bool = True, restarts: int = 0, patient: bool = True) -> dict[str, Any]:
    patience = {what: {"needs": 6.0, "span": 12.0} for what in ("restart", "unready")}
    return {"t": ZERO + t, "uid": uid, "name": f"web-{uid}", "own": True, "ready": ready, "deleting": False,
            "restarts": restarts, "state": "Running", "patience": patience if patient else {}}  # fmt: skip


def observed(*pods: dict[str, Any], stalls: tuple[dict[str, Any], ...] = (LONG,), **more: Any) -> Observed:
    phases = {"applied": ZERO, "ready": ZERO + 5, "settled": ZERO + 8, "held": ZERO + 40} | more.pop("phases", {})
    whole = {"apply_errors": [], "pods": pods, "events": [], "url": "http://web", "ready_within": 45, "recover_within": 60,
             "last_seen": "", **more}  # fmt: skip
    return Observed("steady", seen(*stalls, **whole) | {"phases": phases}, WORKLOAD)


def excuse(of: Observed, need: str) -> str | None:
    """Return what excuses the failure of a `need_…`; None where it does not fail."""
    try:
        getattr(of, need)()
    except CheckFailureError as failure:
        return blame.excuse(failure.symptoms, of.data)
    return None


UNHEALTHY = [{"t": ZERO + 30, "pod": "web-a", "type": "Warning", "reason": "Unhealthy", "message": ""}]


def test_steadiness() -> None:
    """A restart, or readiness lost, by probes in a stall is excused; a crash, or another pod besides, is not."""
    restart, unready = [snap(5), snap(33, ready=False, restarts=1)], [snap(5), snap(33, ready=False)]
    assert excuse(observed(*restart), "need_steady") == "", "no probe failed"
    assert excuse(observed(*restart, events=UNHEALTHY), "need_steady") == "a stall of 12 s"
    assert excuse(observed(*unready, events=UNHEALTHY), "need_steady") == "a stall of 12 s"
    assert excuse(observed(*unready, events=UNHEALTHY, stalls=(SECOND,)), "need_steady") == ""
    assert excuse(observed(*restart, snap(34, "b"), events=UNHEALTHY), "need_steady") == ""
    without = [snap(5, patient=False), snap(33, ready=False, restarts=1, patient=False)]
    assert excuse(observed(*without, events=UNHEALTHY), "need_steady") == "", "it has no probe that restarts it"


def test_readiness_and_recovery() -> None:
    """They are excused where they came by as much later as was stalled; what never comes is not."""
    never = observed(phases={"ready": None})
    assert excuse(never, "need_ready") == ""
    assert excuse(observed(phases={"ready": None, "late ready": ZERO + 50}), "need_ready") == "a stall of 12 s"
    hung = {"disturbed": ZERO + 10}
    assert excuse(observed(phases=hung), "need_recovered") == ""
    assert excuse(observed(phases={**hung, "late recovered": ZERO + 82}), "need_recovered") == "a stall of 12 s"
    assert excuse(observed(phases={**hung, "late recovered": ZERO + 99}), "need_recovered") == ""


def test_a_server_that_cannot_be_made_to_hang_is_the_submissions() -> None:
    """Whether no server is ready any more, or its container does not take the command."""
    assert excuse(observed(undisturbed={"error": "no server is ready any more"}), "need_recovered") == ""
    refused = {"error": "exited with 127", "t": ZERO + 60, "ms": 90.0, "status": None}
    assert excuse(observed(undisturbed=refused), "need_recovered") == ""
    slow = {**refused, "error": "did not end", "t": ZERO + 20, "ms": 15000.0}
    assert excuse(observed(undisturbed=slow), "need_recovered") == "a stall of 12 s"


def test_connections() -> None:
    def place(*, allowed: bool, reason: str | None) -> dict[str, Any]:
        return {
            "name": "a place",
            "port": 80,
            "allowed": allowed,
            "reason": reason,
            "trouble": "",
            "t": ZERO + 21,
            "ms": 2000.0,
        }

    def told(*, allowed: bool, reason: str | None) -> str:
        with pytest.raises(CheckFailureError) as caught:
            observed(reach=[place(allowed=allowed, reason=reason)]).need_reach(allowed=allowed)
        return blame.excuse(caught.value.symptoms, seen(LONG))

    assert told(allowed=True, reason="timed out") == "a stall of 12 s"
    assert told(allowed=False, reason=None) == ""


def test_a_refusal_by_the_api_server_is_the_submissions() -> None:
    refused = observed(apply_errors=[{"object": "Deployment/web", "message": "no"}])
    assert excuse(refused, "need_applied") == ""


def test_fail_hands_the_symptoms_on() -> None:
    with pytest.raises(CheckFailureError) as caught:
        fail("no", symptoms=[Sighting()])
    assert caught.value.symptoms == (Sighting(),)
