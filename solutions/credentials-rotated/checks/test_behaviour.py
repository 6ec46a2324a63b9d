# breakfix-canary-330c33a72115910b2edb75db3621d870: no submission has this word; see docs/hiring.md.
"""What callers, strangers, auditors and the security team would notice."""

from grader.checks import Observed, check, fail
from grader.checks.observed import turned_away


@check("stays-ready", claim="Ready servers stay ready, without a restart", requirement="R1", points=3, must=True,
       scenario="steady", requires=["becomes-ready"])  # fmt: skip
def test_stays_ready(observed: Observed) -> None:
    """Fail where a pod restarted, was recreated or lost readiness while nothing was disturbed."""
    observed.need_steady()


@check("strangers-kept-out", claim="Pods other than the loan desk's get no connection", requirement="R3", points=4, must=True,
       scenario="steady", requires=["scores-right"])  # fmt: skip
def test_strangers_are_kept_out(observed: Observed) -> None:
    """Fail where another's pod gets an answer, one of the own namespace included; the loan desk's requests are the control."""
    records = observed.probes("stranger", observed.phase("settled") or 0, observed.phase("held"))
    observed.need_share(records, turned_away, "be kept out when they come from strangers", share=1.0)


@check("egress-confined", claim="The pods reach the feature store and no other pod", requirement="R4", points=4, must=True,
       scenario="steady", requires=["becomes-ready"])  # fmt: skip
def test_egress_is_confined(observed: Observed) -> None:
    """Fail where the scorer's pod connects to a pod of ours, wherever it stands; the feature store is the control."""
    observed.need_reach(allowed=True)
    observed.need_reach(allowed=False)


@check("rights-sufficient", claim="The API server lets the risk scorer record its starts", requirement="R5", points=4,
       scenario="steady")  # fmt: skip
def test_rights_are_sufficient(observed: Observed) -> None:
    """Fail where the API server would refuse the identity what recording takes."""
    observed.need_access(allowed=True)


@check("rights-narrow", claim="The API server refuses the risk scorer everything else", requirement="R6", points=6, must=True,
       scenario="steady")  # fmt: skip
def test_rights_are_narrow(observed: Observed) -> None:
    """Fail at anything that the API server lists as the identity's own, beyond what everybody may and recording takes."""
    observed.need_access(allowed=False)
    observed.need_rights()


@check("starts-recorded", claim="Every ready server has recorded its start", requirement="R5", points=4, must=True,
       scenario="steady", requires=["becomes-ready"])  # fmt: skip
def test_starts_are_recorded(observed: Observed) -> None:
    """Fail where a ready pod's name is missing from the record."""
    observed.need_ready()
    known = observed.records()
    last = {snap["name"]: snap["ready"] for snap in observed.pods(until=observed.phase("held"))}
    missing = [name for name, ready in last.items() if ready and name not in known]
    if missing:
        fail("a ready server has not recorded its start", object="ConfigMap/scoring-runs",
             expected="an entry for each ready pod", seen=f"{len(known)} entries, none for {missing[0]}")  # fmt: skip
