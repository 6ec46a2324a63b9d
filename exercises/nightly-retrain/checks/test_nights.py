"""Do ordinary nights go as they should: a good batch, a bad one, a worse model?"""

from grader.checks import Observed, check
from grader.checks.blame import Sighting
from grader.checks.nights import need_promoted, need_reported, need_run, need_untouched, only

CATCH = "bad-nights"


@check("good-batch-trained", claim="A good batch is not refused, and its better model takes over", requirement="R3", points=5,
       must=True, scenario="models")  # fmt: skip
def test_a_good_batch_is_trained_on(observed: Observed) -> None:
    """Fail where the first night, with nothing wrong about it, does not end with its own model in production."""
    night = only(observed, "good")
    if alerts := night.alerts("data"):
        night.fail("a good batch is reported as bad", expected="no alert of kind data", seen=alerts[0]["text"],
                   symptoms=[Sighting()])  # fmt: skip
    need_promoted(night)
    need_run(night, "Complete")


@check("ranges-held", claim="A batch with values out of range is reported", requirement="R3", points=3, must=True,
       scenario=CATCH)  # fmt: skip
def test_ranges_are_held(observed: Observed) -> None:
    """Fail where negative spending goes unnoticed."""
    need_reported(only(observed, "out-of-range"), "a batch with values out of range")


@check("refused-not-trained", claim="What was refused is not trained on", requirement="R3", points=6, must=True,
       scenario=CATCH, requires=["ranges-held"])  # fmt: skip
def test_what_is_refused_is_not_trained_on(observed: Observed) -> None:
    """Fail where the night of a batch that was reported as bad registers a version, or promotes one."""
    night = only(observed, "out-of-range")
    if registered := night.calls("register"):
        night.fail("a version is trained on a batch that was reported as bad", expected="no version of the day",
                   seen=f"version {registered[0]['version']}", symptoms=[Sighting()])  # fmt: skip
    need_untouched(night, "in a night whose batch was reported as bad")


@check(
    "worse-not-promoted",
    claim="A worse model does not take over",
    requirement="R6",
    points=6,
    must=True,
    scenario="models",
)
def test_a_worse_model_does_not_take_over(observed: Observed) -> None:
    """Fail where a model that is worse on tonight's holdout than the one that serves is promoted."""
    night = only(observed, "mislabelled")
    need_untouched(night, "that is worse on tonight's holdout than the one that served")
    need_run(night, "Complete")
