# breakfix-canary-0e458245efcf732828d886f363f04a06: no submission has this word; see docs/hiring.md.
"""Hidden: what must not reach production, and what is just good enough for it."""

from grader.checks import Played, check

DELIVERS = ["good-model-deployed"]
LINE = "at-the-line"  # AUC, drift and cost are counted, not measured: see world.py


@check(
    "bad-model-stopped",
    claim="A model below the AUC that is asked for stays out of production",
    requirement="R4",
    points=7,
    must=True,
    requires=DELIVERS,
    scenario=LINE,
)
def test_bad_model_is_stopped(observed: Played) -> None:
    """Fail where a model with an AUC of 0.7499 is deployed."""
    observed.run("a-shade-too-poor").deployed_nothing("a model with an AUC of 0.7499 went to production")


@check(
    "corrupt-data-stopped",
    claim="Data that fail validation put nothing into production",
    requirement="R5",
    points=7,
    must=True,
    requires=DELIVERS,
    scenario=LINE,
)
def test_corrupt_data_are_stopped(observed: Played, all_played: tuple[Played, ...]) -> None:
    """Fail where a model of invalid data is deployed: of one row out of range or without a value, or of too few rows."""
    few = next(play.decided() for play in all_played if play.scenario == "bad-data")
    for run in (observed.run("out-of-range"), few.run("too-few"), few.run("blank-field")):
        run.deployed_nothing("a model of data that failed validation went to production")


@check(
    "missing-drift-stopped",
    claim="Without a drift report nothing goes to production",
    requirement="R6",
    points=5,
    must=True,
    requires=DELIVERS,
    scenario="bad-data",
)
def test_missing_drift_is_stopped(observed: Played) -> None:
    """Fail where an unmeasured drift counts as a small one."""
    observed.run("no-report").deployed_nothing("drift was not measured, and a model went to production")


@check(
    "nan-drift-stopped",
    claim="A drift that is not a number puts nothing into production",
    requirement="R6",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="bad-data",
)
def test_nan_drift_is_stopped(observed: Played) -> None:
    """Fail where NaN counts as small."""
    observed.run("no-number").deployed_nothing("drift was not a number, and a model went to production")


@check(
    "large-drift-stopped",
    claim="A drift above what is accepted puts nothing into production",
    requirement="R6",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario=LINE,
)
def test_large_drift_is_stopped(observed: Played) -> None:
    """Fail where the gate is gone, or takes 0.3001 for 0.3."""
    observed.run("a-shade-too-far").deployed_nothing("drift was 0.3001, and a model went to production")


@check(
    "worse-model-stopped",
    claim="A model that costs more than production's stays out of production",
    requirement="R7",
    points=8,
    must=True,
    requires=DELIVERS,
    scenario=LINE,
)
def test_worse_model_is_stopped(observed: Played, all_played: tuple[Played, ...]) -> None:
    """Fail where a model that costs 100.0 replaces one that costs 99.9, or the best costs 68.3, production's 68.2 and another less."""
    observed.run("a-shade-too-dear").deployed_nothing(
        "a model that costs 100.0 went to production, where one was that costs 99.9"
    )
    dear = next(play.decided() for play in all_played if play.scenario == "bad-data")
    dear.run("little-too-dear").deployed_nothing(
        "the best model costs 68.3, production's 68.2, and something went to production"
    )


@check(
    "just-good-enough-deployed",
    claim="A model that meets every limit exactly goes to production",
    requirement="R1",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario=LINE,
)
def test_just_good_enough_is_deployed(observed: Played) -> None:
    """Fail where a gate refuses what is not below, above or dearer."""
    run = observed.run("just-good-enough")
    run.played_out()
    if not run.deployed:
        run.fail(
            "a model with an AUC of 0.75, a drift of 0.3 and production's own cost did not go to production",
            expected="a deployment",
            seen=run.story,
        )


@check(
    "other-events-deploy-nothing",
    claim="Whatever else starts the workflows leaves production as it is",
    requirement="R8",
    points=5,
    must=True,
    requires=DELIVERS,
    scenario="other-events",
)
def test_other_events_deploy_nothing(observed: Played) -> None:
    """Fail where an event that the workflows declare deploys, other than a push to main."""
    for run in observed.runs:
        run.deployed_nothing(f"production was changed by another event than a push to main: {run.name}")
