"""Public: what a contributor and the one who merges can see."""

from grader.checks import Played, check

REQUIRED = "model-quality"


@check(
    "required-check-reports",
    claim="The required check runs for a pull request that changes a text only",
    requirement="R1",
    points=8,
    must=True,
    scenario="docs",
)
def test_required_check_reports(observed: Played) -> None:
    """Fail where no job of that name ends in a success."""
    run = observed.run("docs-only")
    run.played_out()
    if ("pull_request", "success") not in run.results(REQUIRED):
        run.fail(
            f"the required check {REQUIRED} does not report, so that the pull request cannot be merged",
            expected=f"a job {REQUIRED} that succeeds",
            seen=f"{run.results(REQUIRED) or 'no such job'}; {run.story}",
        )


@check(
    "branch-commented",
    claim="A colleague's pull request gets its report as a comment",
    requirement="R2",
    points=8,
    must=True,
    scenario="branch",
)
def test_branch_is_commented(observed: Played) -> None:
    """Fail where no comment with a measured AUC stands at the pull request."""
    run = observed.run("colleague")
    run.played_out()
    comments = [one for one in run.calls if one["call"] == "issues.createComment" and one["allowed"]]
    if not any(
        str(one["arguments"].get("issue_number")) == "7" and "AUC 0." in str(one["arguments"].get("body"))
        for one in comments
    ):
        run.fail(
            "the pull request has no comment with its report",
            expected="a comment at pull request 7 that tells the AUC",
            seen=f"{len(comments)} comments; {run.story}",
        )


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
