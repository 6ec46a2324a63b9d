"""Does anybody notice a refresh?"""

from grader.checks import Observed, check
from grader.checks.calls import begin, need_none_lost


@check("unnoticed", claim="A refresh loses no request", requirement="R1", points=8, must=True, scenario="refresh")
def test_unnoticed(observed: Observed) -> None:
    """Fail with what was lost."""
    observed.need_ready()
    begin(observed, "refresh")
    need_none_lost(observed, begin(observed, "load"))
