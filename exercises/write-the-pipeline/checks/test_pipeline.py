"""Public: what whoever merges, and whoever opens a pull request, can see."""

from grader.checks import Played, check

GOOD = ("colleague", "stranger")


@check(
    "good-model-deployed",
    claim="A merge with a good model registers it and puts it into production",
    requirement="R1",
    points=6,
    must=True,
    scenario="delivery",
)
def test_good_model_is_deployed(observed: Played) -> None:
    """Fail where the first merge of a repository, with nothing in production yet, leaves nothing there."""
    run = observed.run("first")
    run.played_out()
    if not run.deployed:
        run.fail("a good model did not go to production", expected="a deployment", seen=run.story)


@check(
    "pull-request-checked",
    claim="A good pull request, from a branch or a fork, is trained and green",
    requirement="R8",
    points=5,
    must=True,
    scenario="pull-request",
)
def test_pull_request_is_checked(observed: Played) -> None:
    """Fail where nothing was trained, or a run is red."""
    for name in GOOD:
        run = observed.run(name)
        run.played_out()
        if not any(one["side"] == "trained" for one in run.heard):
            run.fail("nothing was trained for a pull request", expected="a run of training.train", seen=run.story)
        if run.conclusion != "success":
            run.fail("a good pull request is red", expected="a run in which nothing fails", seen=run.story)


@check(
    "pull-request-changes-nothing",
    claim="A pull request, from a branch or a fork, registers and deploys nothing",
    requirement="R9",
    points=4,
    must=True,
    requires=["good-model-deployed"],
    scenario="pull-request",
)
def test_pull_request_changes_nothing(observed: Played) -> None:
    """Fail where the registry or production is another after it."""
    for name in GOOD:
        run = observed.run(name)
        run.deployed_nothing("a pull request changed production")
        if run.registered:
            run.fail("a pull request put a model into the registry", expected="no version", seen=run.story)
