"""Do the servers get ready, and do the shop's callers get right rankings?"""

from grader.checks import Observed, check, fail
from grader.checks.blame import Requests
from grader.checks.calls import answered, begin, lost_before, need_idle, words


@check(
    "comes-up",
    claim="Two servers get ready within the stated time",
    requirement="R1",
    points=6,
    must=True,
    scenario="upgrade",
)
def test_comes_up(observed: Observed) -> None:
    """Fail with what the pods last said."""
    observed.need_ready()


@check("rankings-right", claim="The shop's callers get right rankings", requirement="R1", points=4, must=True,
       scenario="upgrade", requires=["comes-up"])  # fmt: skip
def test_rankings_are_right(observed: Observed) -> None:
    """Fail where, before anything is released, more than a few requests in a hundred go unanswered or are answered wrong."""
    observed.need_ready()
    since, until = observed.phase("settled") or 0.0, begin(observed, "apply", 1)
    bad, good = lost_before(observed, since, until), answered(observed, since, until)
    total = len(bad) + good.total()
    if total and len(bad) > 0.02 * total:
        need_idle(observed, since, until)
        fail("the callers get no right rankings", object=str(observed.data["url"]), expected="a right answer to each request",
             seen=f"{words(bad)}, of {total}", symptoms=[Requests(tuple(bad), total, 0.98)])  # fmt: skip
    if not good["1"]:
        fail("the callers get no ranking of the model's version 1", object=str(observed.data["url"]),
             expected="rankings by the version that is deployed", seen=f"versions {', '.join(good) or 'none'}")  # fmt: skip
