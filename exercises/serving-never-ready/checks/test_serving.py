"""Do the pods become ready, and does checkout get its answers?"""

from http import HTTPStatus

from grader.checks import Observed, check
from grader.checks.observed import predicted


@check(
    "becomes-ready",
    claim="All replicas become ready within the stated time",
    requirement="R1",
    points=8,
    must=True,
    scenario="steady",
)
def test_becomes_ready(observed: Observed) -> None:
    """Fail with what the pods last said."""
    observed.need_ready()


@check(
    "predictions-right", claim="Checkout's requests get right predictions", requirement="R4", points=6, must=True,
    scenario="steady", requires=["becomes-ready"],
)  # fmt: skip
def test_predictions_are_right(observed: Observed) -> None:
    """Fail where requests on fresh inputs, sent from checkout's pods through the Service, go unanswered or come out wrong.

    A server that has not loaded its model answers 503. How long that lasts here is the machine's doing, so such answers
    count only where there are no others: whether requests come too early is judged in the slow load.
    """
    observed.need_ready()
    records = observed.probes("predict", observed.phase("settled") or 0, observed.phase("held"))
    loaded = [record for record in records if record["status"] != HTTPStatus.SERVICE_UNAVAILABLE]
    observed.need_share(loaded or records, predicted, "get the right prediction")
