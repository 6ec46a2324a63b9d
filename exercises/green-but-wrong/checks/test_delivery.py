"""Public: what anyone can see of a release."""

from grader.checks import Played, check

WORKS = 0.65  # AUC on unseen customers; every candidate of the deliveries has more, what knows nothing has 0.5


@check(
    "good-model-deployed",
    claim="A merge with a good model puts a model into production that works",
    requirement="R1",
    points=10,
    must=True,
    scenario="delivery",
)
def test_good_model_is_deployed(observed: Played) -> None:
    """Fail where a delivery deploys nothing, or what cannot tell who leaves; each kind of files, and each message, that workflows name is one."""
    for run in (observed.run("visits-tell"), observed.run("discounts-mislead"), *observed.runs[2:]):
        run.played_out()
        if not run.deployed:
            run.fail("a good model did not go to production", expected="a deployment", seen=run.story)
        judged = run.deployed[-1]["judged"]
        if judged.get("auc", 0.0) < WORKS:
            run.fail("the model in production does not work", expected=f"an AUC of {WORKS} or more", seen=str(judged))


@check(
    "pull-request-deploys-nothing",
    claim="A pull request, from a branch or a fork, leaves production as it is",
    requirement="R8",
    points=8,
    must=True,
    requires=["good-model-deployed"],
    scenario="pull-request",
)
def test_pull_request_deploys_nothing(observed: Played) -> None:
    """Fail where a pull request deploys."""
    for name in ("branch", "fork"):
        observed.run(name).deployed_nothing("a pull request changed production")
