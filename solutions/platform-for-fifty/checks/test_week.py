# breakfix-canary-ab4e93d8838e03a360f17dd143802fea: no submission has this word; see docs/hiring.md.
"""Hidden: how trainings, sweeps, other teams and services fared in the week."""

from grader.checks import Observed, Submission, check
from grader.checks.weeks import need_done, need_ready, need_started

SERVICES = ("ranking-api", "fraud-api", "search-api")
TUESDAY, WEDNESDAY = 1, 2


@check("trainings-done", claim="Trainings are done when they are due", requirement="R3", points=10, must=True, scenario="week", requires=["plan-readable"])  # fmt: skip
def test_trainings_are_done(observed: Observed) -> None:
    """Fail for the first team whose trainings are late."""
    need_done(observed, ("training", "large-training"), 0.8)


@check("sweeps-done", claim="A sweep is done by the end of the week", requirement="R3", points=6, must=True, scenario="week", requires=["plan-readable"])  # fmt: skip
def test_sweeps_are_done(observed: Observed) -> None:
    """Fail where the burst is held back for too long."""
    need_done(observed, ("sweep",), 0.9)


@check("others-start", claim="One team's burst does not keep the others from starting", requirement="R4", points=10, must=True, scenario="week", requires=["plan-readable"])  # fmt: skip
def test_others_start(submission: Submission, observed: Observed) -> None:
    """Fail at the longest wait of another team's training."""
    hours = submission.exercise.get("slos", {}).get("wait_hours", 8)
    need_started(observed, ("training",), "sweep", (TUESDAY, WEDNESDAY), hours)


@check("services-up", claim="Services stay up through reclaims, office hours, preemption and a failure", requirement="R6", points=12, must=True, scenario="week", requires=["services-declared"])  # fmt: skip
def test_services_stay_up(submission: Submission, observed: Observed) -> None:
    """Fail where a service had fewer than two ready replicas at any time."""
    need_ready(observed, [submission.name(name) for name in SERVICES], 2)
