# breakfix-canary-c927ae7d21e29f98beff00fdaff11577: no submission has this word; see docs/hiring.md.
"""Hidden: what must not reach the registry or production, and what is just good enough for both."""

from grader.checks import Played, check
from grader.checks.played import PlayedRun

DELIVERS = ["good-model-deployed"]
LINE = "at-the-line"  # AUCs are counted, not measured: see world.py


def kept_out(run: PlayedRun, what: str) -> None:
    """Fail where the run registered or deployed something."""
    run.deployed_nothing(f"{what} went to production")
    if run.registered:
        run.fail(f"{what} was registered", expected="no version", seen=f"{len(run.registered)} versions; {run.story}")


def deployed(run: PlayedRun, what: str) -> None:
    """Fail where what serves after the run is no version of its own: nothing was deployed, or it was taken back."""
    run.played_out()
    own = {one["version"] for one in run.registered}
    if not run.deployed or run.deployed[-1]["version"] not in own:
        run.fail(
            f"{what} did not go to production, or did not stay there", expected="its version serves", seen=run.story
        )


@check(
    "bad-data-stopped",
    claim="Data that fail validation register and deploy nothing",
    requirement="R2",
    points=5,
    must=True,
    requires=DELIVERS,
    scenario="gates",
)
def test_bad_data_are_stopped(observed: Played) -> None:
    """Fail where a model of invalid data got through, of rows that are out of range or of one without a value."""
    for name in ("bad-data", "blank-field"):
        kept_out(observed.run(name), "a model of data that fail validation")


@check(
    "failing-tests-stopped",
    claim="A commit whose unit tests fail registers and deploys nothing",
    requirement="R2",
    points=5,
    must=True,
    requires=DELIVERS,
    scenario="gates",
)
def test_failing_tests_stop(observed: Played) -> None:
    """Fail where a model got through whose feature code fails a test or ends one, of whatever files and words its merge is."""
    for run in observed.runs:
        if run.name.startswith(("failing-", "raising-")):
            kept_out(run, "a model whose unit tests fail")


@check(
    "low-auc-stopped",
    claim="A model below the AUC that is asked for is neither registered nor deployed",
    requirement="R3",
    points=5,
    must=True,
    requires=DELIVERS,
    scenario="gates",
)
def test_low_auc_is_stopped(observed: Played) -> None:
    """Fail where a model got through that is one pair of forty thousand too poor: its AUC ends in 9975."""
    kept_out(observed.run("a-shade-too-low"), "a model whose AUC is 0.000025 below what is asked for")


@check(
    "missing-auc-stopped",
    claim="A model whose AUC was not measured is neither registered nor deployed",
    requirement="R3",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="gates",
)
def test_missing_auc_is_stopped(observed: Played) -> None:
    """Fail where an AUC that is missing counts as a good one."""
    kept_out(observed.run("not-measured"), "a model whose AUC was not measured")


@check(
    "nan-auc-stopped",
    claim="A model whose AUC is not a number is neither registered nor deployed",
    requirement="R3",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="gates",
)
def test_nan_auc_is_stopped(observed: Played) -> None:
    """Fail where NaN counts as good."""
    kept_out(observed.run("no-number"), "a model whose AUC is not a number")


@check(
    "just-good-enough-deployed",
    claim="A model with exactly the AUC that is asked for goes to production",
    requirement="R1",
    points=3,
    must=True,
    requires=DELIVERS,
    scenario=LINE,
)
def test_just_good_enough_is_deployed(observed: Played) -> None:
    """Fail where the gate refuses what is not below its limit."""
    deployed(observed.run("just-good-enough"), "a model with exactly the AUC that is asked for")


@check(
    "flawless-model-deployed",
    claim="A model with an AUC of 1 goes to production",
    requirement="R1",
    points=1,
    must=True,
    requires=["just-good-enough-deployed"],
    scenario=LINE,
)
def test_flawless_model_is_deployed(observed: Played) -> None:
    """Fail where the gate reads only numbers below 1."""
    deployed(observed.run("flawless"), "a model that tells every pair of customers right")


@check(
    "worse-model-stopped",
    claim="A model that is worse than the one that serves, on one holdout, is neither registered nor deployed",
    requirement="R4",
    points=5,
    must=True,
    requires=["just-good-enough-deployed"],
    scenario=LINE,
)
def test_worse_model_is_stopped(observed: Played) -> None:
    """Fail where a model got through that loses one pair in forty thousand more; its AUC is above what the registry says of the other."""
    for run in observed.runs:
        if run.name.startswith(("a-shade-worse", "worse-by-words")):
            kept_out(run, "a model that is worse than the one that serves, on the holdout of its commit,")


@check(
    "as-good-model-deployed",
    claim="A model that is as good as the one that serves goes to production",
    requirement="R4",
    points=3,
    must=True,
    requires=["just-good-enough-deployed"],
    scenario=LINE,
)
def test_as_good_model_is_deployed(observed: Played) -> None:
    """Fail where a tie goes to what serves."""
    deployed(observed.run("as-good"), "a model that is as good as the one that serves")


@check(
    "compared-with-what-serves",
    claim="A model is compared with the version that serves, not with a newer one that was taken back",
    requirement="R4",
    points=2,
    must=True,
    requires=["rolled-back", "as-good-model-deployed"],
    scenario="roll-back",
)
def test_compared_with_what_serves(observed: Played) -> None:
    """Fail where a model that is as good as the one that serves is kept out, since a version that does not serve was better by a pair."""
    deployed(observed.run("revived"), "a model that is as good as the one that serves, after two that were taken back,")


@check(
    "every-merge-released",
    claim="A merge is released whatever files it changes and whatever its message says",
    requirement="R1",
    points=2,
    must=True,
    requires=DELIVERS,
    scenario="delivery",
)
def test_every_merge_is_released(observed: Played) -> None:
    """Fail where a merge is left out of each kind of files, and of messages, that workflows name."""
    for run in observed.runs[4:]:
        deployed(run, "a good model, which the files or the message of its merge tell apart,")


@check(
    "compared-on-one-holdout",
    claim="A model goes to production that is better on its commit's holdout, whatever production's was on another",
    requirement="R4",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="delivery",
)
def test_compared_on_one_holdout(observed: Played) -> None:
    """Fail where the AUC that the registry has of production's model keeps out a model that is better on today's customers."""
    deployed(observed.run("turned"), "a model that is better on the holdout of its own commit")
