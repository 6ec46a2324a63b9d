# breakfix-canary-89986204dd4396fca68396b5ca963e79: no submission has this word; see docs/hiring.md.
"""What was trained on what, what takes over, and who hears of it."""

from grader.checks import Observed, check
from grader.checks.blame import Sighting
from grader.checks.nights import Night, need_promoted, need_run, need_untouched, nights, only, right

FINE = ("good", "mislabelled", "hair", "tie", "constant", "rerun", "again", "overtaken")
GOOD = (*FINE, "drifted")


@check("good-never-reported", claim="No batch that keeps the rules is reported, whatever becomes of its model", requirement="R3", points=3,
       must=True, scenario="models", requires=["good-batch-trained"])  # fmt: skip
def test_good_batches_are_not_reported(observed: Observed) -> None:
    """Fail where such a batch is: one whose labels are odd, of which a column is the same for everybody, or of a day run again."""
    for night in nights(observed, *GOOD):
        if alerts := night.alerts("data"):
            night.fail(
                "a good batch is reported as bad",
                expected="no alert of kind data",
                seen=alerts[0]["text"],
                symptoms=[Sighting()],
            )


@check("hair-decides", claim="A model that is worse by a hair does not take over, and one that is just as good does", requirement="R6",
       points=5, must=True, scenario="models", requires=["worse-not-promoted"])  # fmt: skip
def test_the_score_decides_by_a_hair(observed: Observed) -> None:
    """Fail where 0.0005 on tonight's holdout makes no difference, or where a tie is lost.

    What is trained otherwise than by the library on the whole batch may be better or worse than these: it is held to its own score.
    """
    for night in nights(observed, "hair", "tie"):
        _need_registered(night)
        if not night.calls("register")[-1]["better"]:
            need_untouched(night, "that is worse by a hair on tonight's holdout than the one that served")
        elif not night.calls("promote"):
            night.fail("a model that is as good as the one that serves, and newer, does not take over",
                       expected="alias production serves the night's version", symptoms=night.symptoms or [Sighting()])  # fmt: skip


@check("nothing-finite-needed", claim="A model that says nothing finite does not take over", requirement="R6", points=5, must=True,
       scenario="models")  # fmt: skip
def test_nothing_but_finite_takes_over(observed: Observed) -> None:
    """Fail where a model without a score takes over: one column of the batch holds one value only, which no rule forbids.

    Whoever trains a model of finite numbers on such a batch may promote it, by its score.
    """
    night = only(observed, "constant")
    if {entry["version"] for entry in night.calls("promote")} - {
        entry["version"] for entry in night.calls("register") if entry["finite"]
    }:
        need_untouched(night, "that has no score, as its batch has a column of one value")


@check("old-day-stays-old", claim="A rerun of an old day, or of the same, does not take over, nor one that is overtaken while it works", requirement="R6", points=5, must=True,
       scenario="models")  # fmt: skip
def test_old_days_stay_old(observed: Observed) -> None:
    """Fail where a rerun's model takes over, which scores better on the holdout, but was trained for no newer day.

    On the last of these nights the day is newer than the version that served as the run began, and older than what took over
    by the time that it got its batch.
    """
    for night in nights(observed, "rerun", "again", "overtaken"):
        need_untouched(night, "from one that was trained for a newer day, or for the same")
        need_run(night, "Complete")


@check("drift-answered", claim="Where the model that serves has become bad, the new one takes over", requirement="R6", points=3, must=True,
       scenario="models")  # fmt: skip
def test_drift_is_answered(observed: Observed) -> None:
    """Fail where the night on which production is bad does not end with its own model in production."""
    need_promoted(only(observed, "drifted"))


@check("quality-paged", claim="On call hears of a bad model in production, and of no other", requirement="R7", points=5, must=True,
       scenario="models")  # fmt: skip
def test_quality_is_paged(observed: Observed) -> None:
    """Fail where the bad model in production is not paged, or a good one is."""
    bad = only(observed, "drifted")
    if not bad.alerts("quality"):
        bad.fail("the model that serves is bad, and nobody hears of it", expected="an alert of kind quality for the day",
                 symptoms=bad.symptoms or [Sighting()])  # fmt: skip
    for night in nights(observed, *FINE):
        if alerts := night.alerts("quality"):
            night.fail("the model that serves is good, and on call is paged", expected="no alert of kind quality",
                       seen=alerts[0]["text"], symptoms=[Sighting()])  # fmt: skip


@check("registered-as-trained", claim="Each night's version was trained on that night's batch", requirement="R5", points=3, must=True,
       scenario="models")  # fmt: skip
def test_versions_are_of_their_day(observed: Observed) -> None:
    """Fail where a version says something else than its day's batch teaches, or a night, or a rerun, registers none of its day."""
    for night in nights(observed, *GOOD):
        if night.world == "constant":  # of which nothing finite comes
            _need_registered(night)
        else:
            _need_trained(night)


@check("reruns-apart", claim="Two runs at once are trained each on the batch of its day", requirement="R5", points=6, must=True,
       scenario="clock")  # fmt: skip
def test_runs_do_not_mix(observed: Observed) -> None:
    """Fail where, of two reruns that work at the same time, one is trained on the other's batch."""
    for night in nights(observed, "slow-by-hand"):
        _need_trained(night)


def _need_registered(night: Night) -> None:
    if not night.calls("register"):
        night.fail("no version is registered for the day", expected="one", symptoms=night.symptoms or [Sighting()])


def _need_trained(night: Night) -> None:
    _need_registered(night)
    for entry in night.calls("register"):
        if not right(night, entry):
            night.fail("the day's version was not trained on the day's batch", expected=f"a model of the batch of {night.day}",
                       seen=f"version {entry['version']} says something else", symptoms=[Sighting()])  # fmt: skip
