"""Hidden: what strangers' code reaches, and what the repository's own jobs may do."""

import re

from grader.checks import Played, Submission, check
from harness import triggers
from harness.permissions import effective

REQUIRED = "model-quality"
FORKS_AUC = "AUC 0.8642"
PUBLISH = "model-platform/publish"
CALLERS = ("actions/github-script", "peter-evans/create-pull-request")
CALLED = {"pull-requests", "issues", "checks", "statuses", "actions", "contents"}  # what such a step may have use for
COMMIT = re.compile("[0-9a-f]{40}")


@check(
    "fork-evaluated",
    claim="A stranger's pull request is evaluated by its own code, and the required check reports",
    requirement="R1",
    points=8,
    must=True,
    scenario="fork",
)
def test_fork_is_evaluated(observed: Played) -> None:
    """Fail where the fork's code was not run, or its check is not a success."""
    run = observed.run("stranger")
    run.played_out()
    if not run.heard or "success" not in [result for _, result in run.results(REQUIRED)]:
        run.fail(
            "a stranger's pull request is not evaluated",
            expected=f"the fork's own code run, and {REQUIRED} a success",
            seen=f"the code ran {len(run.heard)} times; {run.results(REQUIRED)}; {run.story}",
        )


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
    run = observed.run("stranger")
    run.played_out()
    made = [one for one in run.calls if one["call"] == "issues.createComment"]
    right = [
        one
        for one in made
        if str(one["arguments"].get("issue_number")) == "7" and FORKS_AUC in str(one["arguments"].get("body"))
    ]
    if not any(one["allowed"] for one in right):
        refused = sum(not one["allowed"] for one in made)
        run.fail(
            "a stranger's pull request has no comment with its report",
            expected="a comment at pull request 7 with what its own code measured",
            seen=f"{len(made)} comments tried, {refused} of them refused for want of a right; {run.story}",
        )


@check(
    "secrets-out-of-reach",
    claim="A stranger's code gets hold of no secret and of no token that may write",
    requirement="R3",
    points=10,
    must=True,
    requires=["fork-evaluated"],
    scenario="fork",
)
def test_secrets_are_out_of_reach(observed: Played) -> None:
    """Fail where the fork's code, or its report where it was run as code, found one."""
    run = observed.run("stranger")
    for heard in run.heard:
        if heard["found"]:
            run.fail(
                "a stranger's code got hold of what it must not have",
                expected="nothing found, wherever it ran",
                seen=f"{', '.join(heard['found'])} in a run on {heard['event']}",
            )


@check(
    "published-by-identity",
    claim="The model is published by the identity of a job",
    requirement="R4",
    points=5,
    must=True,
    requires=["merge-published"],
    scenario="merge",
)
def test_published_by_identity(observed: Played) -> None:
    """Fail where a stored key was used."""
    run = observed.run("merged")
    if any(one["by"] != "identity" for one in run.calls if one["call"] == "publish"):
        run.fail(
            "the model was published by a stored key",
            expected="the identity of the job",
            seen="a key among the secrets",
        )


@check(
    "refresh-opened", claim="The refresh opens a pull request", requirement="R6", points=4, must=True, scenario="night"
)
def test_refresh_is_opened(observed: Played) -> None:
    """Fail where no pull request is opened."""
    run = observed.run("night")
    run.played_out()
    if not [one for one in run.calls if one["call"] == "pulls.create" and one["allowed"]]:
        run.fail("the nightly refresh opened no pull request", expected="a pull request", seen=run.story)


@check(
    "refresh-checked",
    claim="The pull request of the refresh gets its required check",
    requirement="R6",
    points=6,
    must=True,
    requires=["refresh-opened"],
    scenario="night",
)
def test_refresh_is_checked(observed: Played, submission: Submission) -> None:
    """Fail where neither an app opened it nor ci was dispatched on its branch: the workflow's own token starts nothing."""
    run = observed.run("night")
    opened = [one for one in run.calls if one["call"] == "pulls.create" and one["allowed"]]
    if any(one["by"] == "app" for one in opened):
        return
    branches = {str(one["arguments"].get("head")) for one in opened}
    for one in run.calls:
        ref = str(one["arguments"].get("ref")).removeprefix("refs/heads/")
        file = str(one["arguments"].get("workflow_id"))
        if (
            one["call"] == "actions.createWorkflowDispatch"
            and one["allowed"]
            and ref in branches
            and _dispatched(submission, file)
        ):
            return
    run.fail(
        "nothing starts the required check of the refresh's pull request",
        expected=f"something that starts {REQUIRED} on it",
        seen="a pull request opened by the workflow's own token, whose events start no workflow",
    )


def _dispatched(submission: Submission, file: str) -> bool:
    """Tell whether a workflow can be dispatched and has the required job."""
    return any(
        view.manifest.name == file
        and triggers.starts(view.at("on").value, "workflow_dispatch", "main")
        and REQUIRED in view.at("jobs").entries()
        for view in submission.all()
    )


@check("actions-pinned", claim="Every action is taken by a full commit SHA", requirement="R5", points=6, must=True)
def test_actions_are_pinned(submission: Submission) -> None:
    """Fail at the first action that is taken by a tag or a branch."""
    for view in submission.all():
        for job in view.at("jobs").entries().values():
            for step in job.at("steps").items():
                used = step.at("uses")
                if used.present and not COMMIT.fullmatch(used.text().rpartition("@")[2]):
                    used.fail(
                        "is taken by a name that its owners can move to other code",
                        expected="the commit that was reviewed",
                    )


@check("permissions-narrow", claim="No job may write what it has no use for", requirement="R7", points=6, must=True)
def test_permissions_are_narrow(submission: Submission) -> None:
    """Fail at the first job whose token may write more than its steps can use."""
    for view in submission.all():
        for job in view.at("jobs").entries().values():
            if not isinstance(job.value, dict) or not isinstance(view.value, dict):
                continue
            used = [step.at("uses").text() for step in job.at("steps").items()]
            useful = {"id-token"} if any(one.startswith(f"{PUBLISH}@") for one in used) else set()
            if any(one.partition("@")[0] in CALLERS for one in used):
                useful |= CALLED
            surplus = sorted(
                scope
                for scope, level in effective(view.value, job.value).items()
                if level == "write" and scope not in useful
            )
            if surplus:
                job.fail(
                    "may write what none of its steps has a use for",
                    expected="only the rights that its steps need",
                    seen=f"write for {', '.join(surplus[:4])}" + (" and more" if len(surplus) > 4 else ""),  # noqa: PLR2004
                )
