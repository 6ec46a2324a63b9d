# breakfix-canary-152e240b15358041b36b1aef4efff06d: no submission has this word; see docs/hiring.md.
"""Hidden: what unreviewed code reaches, and what the repository's own jobs may do."""

import re

from grader.checks import Played, Submission, check
from grader.checks.pulls import need_commented, need_evaluated, reports
from grader.checks.queues import common
from grader.checks.trust import pasted, stolen, unused
from harness.workflows.permissions import effective

REQUIRED = "model-quality"
NUMBER = 7
APPS_NUMBER = 1001  # of the first pull request that a run opens
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
def test_fork_is_evaluated(observed: Played, submission: Submission) -> None:
    """Fail where the fork's code was not run, or its check is not a success."""
    need_evaluated(observed.run("stranger"), submission, REQUIRED, "a stranger's pull request")


@check(
    "draft-evaluated",
    claim="A draft is evaluated like any other pull request",
    requirement="R1",
    points=2,
    must=True,
    requires=["required-check-reports"],
    scenario="docs",
)
def test_draft_is_evaluated(observed: Played, submission: Submission) -> None:
    """Fail where a draft's check reports without an evaluation: nothing starts it again when the draft is ready."""
    need_evaluated(observed.run("draft"), submission, REQUIRED, "a draft")


@check(
    "evaluation-decides",
    claim="The required check is green for a colleague's model that can be evaluated, and red for one that cannot",
    requirement="R1",
    points=4,
    must=True,
    scenario="branch",
)
def test_evaluation_decides(observed: Played, submission: Submission) -> None:
    """Fail where the check is a success whatever the evaluation says, or nothing that says so is red."""
    observed.run("careless")
    for run in observed.runs:
        if run.name == "colleague" or run.name.startswith("named-well"):
            need_evaluated(run, submission, REQUIRED, "a colleague's pull request")
            continue
        run.played_out()
        found = [one.result for one in reports(run, submission, REQUIRED)]
        if "success" in found or "failure" not in found:
            run.fail(
                "the required check does not say that the evaluation failed",
                expected=f"{REQUIRED} a failure: one that is skipped counts as passed",
                seen=", ".join(found) or f"no {REQUIRED} that ran",
            )


@check(
    "text-commented",
    claim="A pull request that changes a text only gets its report as a comment",
    requirement="R2",
    points=2,
    must=True,
    requires=["required-check-reports", "branch-commented"],
    scenario="docs",
)
def test_text_is_commented(observed: Played) -> None:
    """Fail where what its own evaluation measured does not stand at the pull request."""
    need_commented(observed.run("docs-only"), NUMBER, "a pull request that changes a text")
    for run in observed.runs:
        if run.name.startswith("by-files"):
            need_commented(run, NUMBER, f"a pull request that changes {run.name.partition(' ')[2]} only")


@check(
    "secrets-out-of-reach",
    claim="A stranger's code gets hold of no secret and of no token that may write",
    requirement="R3",
    points=10,
    must=True,
    requires=["fork-evaluated"],
    scenario="fork",
)
def test_secrets_are_out_of_reach(observed: Played, submission: Submission) -> None:
    """Fail where the fork's code, or its report where it was run as code, found one."""
    for name in ("stranger", "burglar"):
        run = observed.run(name)
        for what in stolen(run, submission):
            run.fail(
                "a stranger's code got hold of what it must not have",
                expected="no secret and no token that may write, in any job in which it ran",
                seen=what,
            )


@check(
    "branches-out-of-reach",
    claim="The unreviewed code of a branch gets hold of no secret and of no token that may write",
    requirement="R3",
    points=6,
    must=True,
    scenario="branch",
)
def test_branches_are_out_of_reach(observed: Played, submission: Submission) -> None:
    """Fail where a colleague's code, in any run that the branch and its pull request started, found one."""
    observed.run("careless")
    for run in observed.runs:
        for what in stolen(run, submission):
            run.fail(
                "code of a branch that nobody has reviewed got hold of what it must not have",
                expected="no secret and no token that may write, in any job in which it ran",
                seen=what,
            )


@check(
    "nothing-pasted",
    claim="No job that has rights pastes words that strangers choose into a script",
    requirement="R3",
    points=3,
    must=True,
)
def test_nothing_is_pasted(submission: Submission) -> None:
    """Fail at the first expression of such words inside of a script: they are code there, not data."""
    for place, expression in pasted(submission):
        place.fail(
            "holds words that whoever opens a pull request chooses, in a job that has rights or secrets",
            expected="a script whose text nobody else writes",
            seen=expression,
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
    "merge-alone-publishes",
    claim="Nothing but a merge to main publishes a model",
    requirement="R4",
    points=2,
    must=True,
    scenario="branch",
)
def test_merge_alone_publishes(observed: Played, all_played: tuple[Played, ...]) -> None:
    """Fail where a pull request, a push to its branch, a comment or the night published one."""
    for run in [*observed.runs, *(run for play in all_played if play.scenario != "merge" for run in play.runs)]:
        for one in run.calls:
            if one["call"] == "publish":
                run.fail(
                    "a model was published that nobody had merged",
                    expected="no publication",
                    seen=f"one by job {one['job']} on {one['event']}",
                )


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
    """Fail where nothing evaluates the refresh's own branch: what the workflow's own token opens starts nothing."""
    run = observed.run("night")
    found = reports(run, submission, REQUIRED, stages=r"app |dispatch .* branch$")
    if not any(one.result == "success" and one.evaluated for one in found):
        by = {one["by"] for one in run.calls if one["call"] == "pulls.create" and one["allowed"]}
        run.fail(
            "nothing evaluates the refresh's pull request under the name of the required check",
            expected=f"{REQUIRED} a success at the pull request's commit",
            seen=f"opened by the token of the {' and the '.join(sorted(by))}; {'; '.join(map(str, found)) or 'no such check'}",
        )


@check(
    "refresh-commented",
    claim="The pull request of the refresh gets its report as a comment",
    requirement="R2",
    points=2,
    must=True,
    requires=["refresh-checked", "branch-commented"],
    scenario="night",
)
def test_refresh_is_commented(observed: Played) -> None:
    """Fail where what the refresh's evaluation measured does not stand at its pull request, whatever started it."""
    need_commented(observed.run("night"), APPS_NUMBER, "the refresh's pull request")


@check(
    "pulls-apart",
    claim="No pull request waits for another of the same branch name, or ends its runs",
    requirement="R1",
    points=2,
    must=True,
    requires=["fork-evaluated"],
    scenario="fork",
)
def test_pull_requests_stand_apart(observed: Played) -> None:
    """Fail where two forks' pull requests from branches of one name share a group: of those that wait, GitHub keeps the newest."""
    stranger = observed.run("stranger")
    for group in common(observed.run("burglar"), stranger):
        stranger.fail(
            "pull requests of different people share a concurrency group, so that one ends or drops the other's run",
            expected="a group of its own for each pull request",
            seen=f"{group.where}: {group.group}",
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


@check(
    "rights-used",
    claim="Every right to write that a job has was used when it was played",
    requirement="R7",
    points=4,
    must=True,
    scenario="night",
)
def test_rights_are_used(observed: Played, all_played: tuple[Played, ...], submission: Submission) -> None:
    """Fail at the first job with a right that no call of its needed, in any run of any scenario."""
    for run in observed.runs:
        run.played_out()
    for job, surplus in unused([run for play in all_played for run in play.runs], submission):
        job.fail(
            "may write what it made no use of in any run",
            expected="only the rights that its steps need",
            seen=f"write for {', '.join(surplus)}, which no call by its own token needed",
        )
