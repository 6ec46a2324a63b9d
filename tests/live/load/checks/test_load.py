"""Are callers answered, however many come, and whatever they send?"""

from grader.checks import EvidenceError, Observed, check
from grader.checks.observed import predicted


@check("served", claim="Many callers are answered", requirement="R1", points=8, must=True, scenario="rush")
def test_served(observed: Observed) -> None:
    """Fail where answers under load go missing or are wrong; there have to be as many requests as were ordered."""
    observed.need_ready()
    (load,), (shift,) = observed.data["loads"], observed.data["shifts"]
    sent = observed.probes("predict", load["t"], shift["t"])
    if len(sent) < 0.8 * load["rps"] * (shift["t"] - load["t"]):
        raise EvidenceError(f"the prober sent {len(sent)} requests in {shift['t'] - load['t']:.1f} s")
    observed.need_share(observed.probes("predict", load["t"]), predicted, "get the right prediction")
