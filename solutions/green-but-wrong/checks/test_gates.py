"""Hidden: what must not reach production."""

from grader.checks import Played, check

DELIVERS = ["good-model-deployed"]


@check(
    "bad-model-stopped",
    claim="A model below the AUC that is asked for stays out of production",
    requirement="R4",
    points=8,
    must=True,
    requires=DELIVERS,
    scenario="bad-model",
)
def test_bad_model_is_stopped(observed: Played) -> None:
    """Fail where a model that learnt nothing is deployed."""
    observed.run("nothing-learnt").deployed_nothing("a model that is not good enough went to production")


@check(
    "corrupt-data-stopped",
    claim="Data that fail validation put nothing into production",
    requirement="R5",
    points=8,
    must=True,
    requires=DELIVERS,
    scenario="bad-data",
)
def test_corrupt_data_are_stopped(observed: Played) -> None:
    """Fail where a model of invalid data is deployed."""
    observed.run("out-of-range").deployed_nothing("a model of data that failed validation went to production")


@check(
    "missing-drift-stopped",
    claim="Without a drift report nothing goes to production",
    requirement="R6",
    points=5,
    must=True,
    requires=DELIVERS,
    scenario="drift",
)
def test_missing_drift_is_stopped(observed: Played) -> None:
    """Fail where an unmeasured drift counts as a small one."""
    observed.run("no-report").deployed_nothing("drift was not measured, and a model went to production")


@check(
    "nan-drift-stopped",
    claim="A drift that is not a number puts nothing into production",
    requirement="R6",
    points=5,
    requires=DELIVERS,
    scenario="drift",
)
def test_nan_drift_is_stopped(observed: Played) -> None:
    """Fail where NaN counts as small."""
    observed.run("no-number").deployed_nothing("drift was not a number, and a model went to production")


@check(
    "large-drift-stopped",
    claim="A large drift puts nothing into production",
    requirement="R6",
    points=3,
    requires=DELIVERS,
    scenario="bad-data",
)
def test_large_drift_is_stopped(observed: Played) -> None:
    """Fail where the gate is gone altogether."""
    observed.run("far-away").deployed_nothing("customers moved far from the reference, and a model went to production")


@check(
    "worse-model-stopped",
    claim="A model that costs more than production's stays out of production",
    requirement="R7",
    points=8,
    must=True,
    requires=DELIVERS,
    scenario="worse-model",
)
def test_worse_model_is_stopped(observed: Played) -> None:
    """Fail where a dearer model replaces a cheaper one."""
    observed.run("dearer").deployed_nothing("a model that costs more than production's went to production")
