"""What GitHub sends with an event, as far as workflows read it.

Source: GitHub's documentation, "Webhook events and payloads".
"""

from collections.abc import Sequence
from typing import Any

from harness import triggers
from harness.pipeline import MAIN, REPOSITORY, PipelineRun

FORK = "someone/churn-model"
OTHERS_FORK = "another/churn-model"
NUMBER = 7  # of the pull request
APPS_NUMBER = 1001  # of the first pull request that a run opens: see the sandbox's answers
OPENED = "opened"
APP = {"login": "refresh-app[bot]", "type": "Bot"}
Data = dict[str, Any]


def payload(run: PipelineRun, sha: str, labels: Sequence[str] = ()) -> Data:
    """Return the event as GitHub sends it, as far as workflows read it; `labels` are a pull request's."""
    common: Data = {"repository": repository(REPOSITORY, fork=False), "sender": {"login": "dev", "type": "User"}}
    if run.trigger == "pull_request":
        return {"action": run.action, "number": NUMBER, "pull_request": pull_of(run, sha, labels), **common}
    if run.sent:
        return {**run.sent, **common}
    ref = f"refs/tags/{run.tag}" if run.tag else f"refs/heads/{run.branch}"
    if run.event == "push":
        head_commit = {"id": sha, "message": "Merge pull request #7"}
        return {"ref": ref, "before": sha[::-1], "after": sha, "deleted": False, "head_commit": head_commit, **common}
    if run.event == "schedule":
        return {"schedule": "0 3 * * *", **common}
    return {"ref": ref, "inputs": dict(run.inputs), **common}


def comment(sent: Data, body: str) -> Data:
    """Return the event that a stranger's comment at a pull request sends."""
    pull = sent["pull_request"]
    issue = {
        "number": sent["number"],
        "title": pull["title"],
        "body": pull["body"],
        "user": pull["user"],
        "state": "open",
    }
    said = {"id": 1, "body": body, "user": pull["user"], "author_association": "NONE"}
    told = {**issue, "labels": [], "author_association": "NONE", "pull_request": {"url": f"{pull['url']}"}}
    return {
        "action": "created",
        "issue": told,
        "comment": said,
        "repository": sent["repository"],
        "sender": pull["user"],
    }


def completed(sent: Data, sha: str, name: str, event: str) -> Data:
    """Return the event that a workflow's end sends; the sandbox adds the run's id and conclusion.

    The list of pull requests is empty for those of forks.
    """
    pull = sent.get("pull_request")
    forked = bool(pull and pull["head"]["repo"]["fork"])
    home = repository(REPOSITORY, fork=False)
    branch = (
        pull["head"]["ref"]
        if pull
        else str(sent.get("ref", MAIN)).removeprefix("refs/heads/").removeprefix("refs/tags/")
    )
    ended = {
        "name": name, "event": event, "status": "completed", "head_branch": branch, "head_sha": sha,
        "head_repository": pull["head"]["repo"] if pull else home, "pull_requests": [pull] if pull and not forked else [],
        "repository": home, "path": f".github/workflows/{name}", "display_title": "A change",
        "head_commit": {"id": sha, "message": "A change"}, "actor": (pull or {}).get("user", {"login": "dev"}),
    }  # fmt: skip
    return {"action": triggers.COMPLETED, "workflow_run": ended, "repository": home, "sender": {"login": "dev"}}


def pull_of(run: PipelineRun, sha: str, labels: Sequence[str] = ()) -> Data:
    """Return the pull request that a run is about."""
    author = {"login": "someone" if run.forked else "dev", "type": "User"}
    home = FORK if run.forked else REPOSITORY
    pull = pull_request(NUMBER, run.branch, sha, author, home=home, draft=run.draft, title=run.title)
    pull["labels"] = [{"name": label} for label in labels]
    return pull | ({"state": "closed", "merged": True} if run.action == "closed" else {})


def other_pull(sha: str, branch: str) -> Data:
    """Return a pull request of somebody else's that is open as well, newer, and from a branch of the same name."""
    return pull_request(NUMBER + 2, branch, sha, {"login": "another", "type": "User"}, home=OTHERS_FORK)


def opened_by_app(branch: str, sha: str) -> Data:
    """Return the event of a pull request that an app has opened from a branch."""
    pull = pull_request(APPS_NUMBER, branch, sha, APP, title="{title}")
    return {
        "action": OPENED,
        "number": APPS_NUMBER,
        "pull_request": pull,
        "repository": repository(REPOSITORY, fork=False),
        "sender": APP,
    }


def pull_request(
    number: int,
    branch: str,
    sha: str,
    author: Data,
    *,
    home: str = REPOSITORY,
    draft: bool = False,
    title: str = "A change",
) -> Data:
    """Return a pull request against main; `home` is the repository that its branch stands in."""
    forked = home != REPOSITORY
    head = repository(home, fork=forked)
    return {
        "number": number,
        "state": "open",
        "draft": draft,
        "title": title,
        "body": "What it changes, and why.",
        "labels": [],
        "merged": False,
        "url": f"https://api.github.com/repos/{REPOSITORY}/pulls/{number}",
        "html_url": f"https://github.com/{REPOSITORY}/pull/{number}",
        "author_association": "NONE" if forked else "MEMBER",
        "head": {"ref": branch, "sha": sha, "label": f"{head['owner']['login']}:{branch}", "repo": head},
        "base": {"ref": MAIN, "sha": sha[::-1], "repo": repository(REPOSITORY, fork=False)},
        "user": author,
    }


def repository(full_name: str, *, fork: bool) -> Data:
    """Return a repository."""
    owner, _, name = full_name.partition("/")
    return {
        "full_name": full_name,
        "name": name,
        "owner": {"login": owner},
        "default_branch": MAIN,
        "fork": fork,
        "private": False,
    }
