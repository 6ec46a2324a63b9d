"""Do the pods become ready, and does the loan desk get its scores?"""

from grader.checks import Observed, check
from grader.checks.observed import predicted


@check(
    "becomes-ready",
    claim="All replicas become ready within the stated time",
    requirement="R1",
    points=6,
    must=True,
    scenario="steady",
)
def test_becomes_ready(observed: Observed) -> None:
    """Fail with what the pods last said."""
    observed.need_ready()


@check("scores-right", claim="The loan desk's requests get right scores", requirement="R2", points=6, must=True,
       scenario="steady", requires=["becomes-ready"])  # fmt: skip
def test_scores_are_right(observed: Observed) -> None:
    """Fail where requests for fresh applicants, sent from the loan desk's pods through the Service, go wrong."""
    observed.need_ready()
    records = observed.probes("predict", observed.phase("settled") or 0, observed.phase("held"))
    observed.need_share(records, predicted, "get the right score")
