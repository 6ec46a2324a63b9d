"""Do both teams' Jobs run to completion, on the day of a release and in a burst?"""

from grader.checks import Observed, Submission, check
from grader.checks.jobs import need_complete, wanted


@check("release-day-completes", claim="Training, scoring and the urgent Job run to completion on the day of a release",
       requirement="R1", points=8, must=True, scenario="release-day")  # fmt: skip
def test_release_day_completes(submission: Submission, observed: Observed) -> None:
    """Fail with what kept the first Job from completion, in the order in which they are applied."""
    for name in ("corpus-scoring", "detector-hotfix", "detector-train"):
        need_complete(observed, wanted(submission, name))


@check("burst-completes", claim="The experiments and the training that begins after them run to completion",
       requirement="R1", points=6, must=True, scenario="burst")  # fmt: skip
def test_burst_completes(submission: Submission, observed: Observed) -> None:
    """Fail with what kept the first Job from completion, in the order in which they are applied."""
    for name in ("query-experiments", "detector-train"):
        need_complete(observed, wanted(submission, name))
