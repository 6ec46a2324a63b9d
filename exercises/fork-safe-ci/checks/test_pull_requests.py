"""Public: what a contributor, the one who merges and the one who comes in the morning can see."""

from grader.checks import Played, Submission, check
from grader.checks.pulls import need_commented, need_evaluated

REQUIRED = "model-quality"
NUMBER = 7


@check(
    "required-check-reports",
    claim="The required check evaluates a pull request that changes a text only",
    requirement="R1",
    points=8,
    must=True,
    scenario="docs",
)
def test_required_check_reports(observed: Played, submission: Submission) -> None:
    """Fail where no job of that name ends in a success, or one does that evaluated nothing.

    What filters of paths tell apart is each a pull request of its own.
    """
    need_evaluated(observed.run("docs-only"), submission, REQUIRED, "a pull request that changes a text")
    for run in observed.runs:
        if run.name.startswith("by-files"):
            need_evaluated(run, submission, REQUIRED, f"a pull request that changes {run.name.partition(' ')[2]} only")


@check(
    "branch-commented",
    claim="A colleague's pull request gets its report as a comment",
    requirement="R2",
    points=8,
    must=True,
    scenario="branch",
)
def test_branch_is_commented(observed: Played) -> None:
    """Fail where no comment with what its evaluation measured stands at the pull request."""
    need_commented(observed.run("colleague"), NUMBER, "a colleague's pull request")
    for run in observed.runs:
        if run.name.startswith("named-well"):
            need_commented(run, NUMBER, f"a pull request from a branch {run.name.partition(' ')[2]}")


@check(
    "fork-commented",
    claim="A stranger's pull request gets its report as a comment",
    requirement="R2",
    points=8,
    must=True,
    requires=["branch-commented"],
    scenario="fork",
)
def test_fork_is_commented(observed: Played) -> None:
    """Fail where the fork's own report does not stand at its pull request."""
    need_commented(observed.run("stranger"), NUMBER, "a stranger's pull request")


@check(
    "merge-published",
    claim="A merge to main publishes the model",
    requirement="R4",
    points=8,
    must=True,
    scenario="merge",
)
def test_merge_is_published(observed: Played) -> None:
    """Fail where nothing reaches the model platform."""
    run = observed.run("merged")
    run.played_out()
    if not [one for one in run.calls if one["call"] == "publish"]:
        run.fail("the merged model was not published", expected="a published version", seen=run.story)


@check(
    "refresh-opened", claim="The refresh opens a pull request", requirement="R6", points=4, must=True, scenario="night"
)
def test_refresh_is_opened(observed: Played) -> None:
    """Fail where no pull request is opened."""
    run = observed.run("night")
    run.played_out()
    if not [one for one in run.calls if one["call"] == "pulls.create" and one["allowed"]]:
        run.fail("the nightly refresh opened no pull request", expected="a pull request", seen=run.story)
