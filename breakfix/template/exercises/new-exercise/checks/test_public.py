"""What candidates may know: do callers get their answers?"""

from grader.checks import Observed, check
from grader.checks.observed import predicted


@check("predictions-right", claim="Requests get right predictions", requirement="R1", points=6, must=True,
       scenario="steady")  # fmt: skip
def test_predictions_are_right(observed: Observed) -> None:
    """Fail where requests through the Service go unanswered or come out wrong."""
    observed.need_ready()
    records = observed.probes("predict", observed.phase("settled") or 0, observed.phase("held"))
    observed.need_share(records, predicted, "get the right prediction")
