# breakfix-canary-89986204dd4396fca68396b5ca963e79: no submission has this word; see docs/hiring.md.
"""How often a night is tried, how long it works, and what the controller does about starts that were missed."""

from dataclasses import replace

from grader.checks import Observed, check, fail
from grader.checks.blame import Sighting
from grader.checks.nights import need_fired, need_run, only

TRIES = 2


@check("late-batch-awaited", claim="A batch that lands late is still trained on, and not reported", requirement="R4", points=5, must=True,
       scenario="trouble")  # fmt: skip
def test_late_batches_are_awaited(observed: Observed) -> None:
    """Fail where the batch comes 7.5 seconds after it was first asked for, and the night is lost, or paged."""
    night = only(observed, "late")
    if alerts := night.alerts("data"):
        night.fail("a batch that is late is reported as bad", expected="no alert of kind data", seen=alerts[0]["text"],
                   symptoms=[Sighting()])  # fmt: skip
    need_run(night, "Complete", tries=TRIES)


@check("evictions-free", claim="A run whose pods are evicted goes on, however often that happens", requirement="R4", points=5, must=True,
       scenario="trouble")  # fmt: skip
def test_evictions_are_free(observed: Observed) -> None:
    """Fail where a run does not complete whose pod was evicted twice."""
    need_run(only(observed, "slow"), "Complete", tries=TRIES)


@check("tried-twice-at-most", claim="What goes on failing is tried twice at most, and ends", requirement="R4", points=4, must=True,
       scenario="stuck", requires=["stuck-run-ended"])  # fmt: skip
def test_tries_are_few(observed: Observed) -> None:
    """Fail where a night whose batch never lands is tried more often, or does not end as a failure."""
    need_run(only(observed, "never"), "Failed", tries=TRIES)


@check(
    "stuck-run-ended",
    claim="A run that gets no answer is ended in time",
    requirement="R4",
    points=4,
    must=True,
    scenario="stuck",
)
def test_stuck_runs_are_ended(observed: Observed) -> None:
    """Fail where a run works on though the platform never answers, so that no further night would start."""
    need_run(only(observed, "stuck"), "Failed", tries=TRIES)


@check("missed-start-made-up", claim="A start that was missed by 58 minutes is made up for", requirement="R2", points=5, must=True,
       scenario="clock")  # fmt: skip
def test_missed_starts_are_made_up(observed: Observed) -> None:
    """Fail where Kubernetes' controller starts nothing for a start that was due 58 minutes ago."""
    found = need_fired(observed, 58)
    if not found["jobs"]:
        fail("a start that was missed by 58 minutes is lost", object=f"CronJob/{found['cronjob']}", expected="a run",
             seen="none", symptoms=[Sighting()])  # fmt: skip


@check("too-late-is-left", claim="A start that was missed by more than two hours is not made up for", requirement="R2", points=5,
       must=True, scenario="clock")  # fmt: skip
def test_what_is_too_late_is_left(observed: Observed) -> None:
    """Fail where Kubernetes' controller starts a run when the day's work has begun."""
    found = need_fired(observed, 121)
    if found["jobs"]:
        fail("a start that was missed by 121 minutes is made up for", object=f"CronJob/{found['cronjob']}", expected="no run",
             seen=f"{len(found['jobs'])} started", symptoms=[Sighting()])  # fmt: skip


@check("run-at-work-left-alone", claim="A start that comes due while a run works neither ends it nor works beside it", requirement="R2",
       points=5, must=True, scenario="clock", requires=["missed-start-made-up"])  # fmt: skip
def test_runs_at_work_are_left_alone(observed: Observed) -> None:
    """Fail where the controller ends the run that works, or starts another; a run that has ended is beside none."""
    found = need_fired(observed, 20)
    label = f"CronJob/{found['cronjob']}"
    if not found["at_work"]:
        only(observed, "slow").fail("the run is over before the next start comes due", expected="a run that waits for its answer",
                                    symptoms=[Sighting()])  # fmt: skip
    if found["cut"] or found["jobs"]:
        what = "ends the run that works" if found["cut"] else "starts another run beside the one that works"
        fail(f"a start that comes due {what}", object=label, expected="the run that works, alone",
             seen=f"{len(found['cut'])} ended, {len(found['jobs'])} started", symptoms=[Sighting()])  # fmt: skip
    night = only(observed, "slow")
    own = tuple(end for end in night.ends if end["job"] in found["at_work"])  # what starts later is another check's
    need_run(replace(night, ends=own), "Complete", tries=TRIES)
