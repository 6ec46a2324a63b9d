"""What GitHub sends with an event.

Source: GitHub's documentation, "Webhook events and payloads"; tests/unit/test_payloads.py holds each to octokit's schemas.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.exercises.pipeline import MAIN, REPOSITORY, PipelineRun
from harness.workflows import entities, triggers

FORK = "someone/churn-model"
OTHERS_FORK = "another/churn-model"
NUMBER = 7  # of the pull request
ISSUE = 6  # of the issue
APPS_NUMBER = 1001  # of the first pull request that a run opens: see the sandbox's answers
OPENED, SYNCHRONIZE, CLOSED, LABELED = "opened", triggers.ACTION, "closed", "labeled"
APP = "refresh-app[bot]"
LABEL = "reviewed"
MESSAGE = f"Merge pull request #{NUMBER}"
SCHEDULE = "0 3 * * *"
PUSH, DISPATCH = "push", "workflow_dispatch"
Data = dict[str, Any]
ABOUT = ("pull_request", "issue", "release")  # what activities are done to
SOMEBODY, MILESTONE = entities.user("dev"), entities.milestone()
BECAME: Mapping[str, Data] = {
    "assigned": {"assignee": SOMEBODY, "assignees": [SOMEBODY]},
    "review_requested": {"requested_reviewers": [SOMEBODY]},
    "milestoned": {"milestone": MILESTONE},
    "demilestoned": {"milestone": MILESTONE},
    "locked": {"locked": True},
    "converted_to_draft": {"draft": True},
    "ready_for_review": {"draft": False},
    CLOSED: {"state": "closed", "closed_at": entities.WHEN},
    "prereleased": {"prerelease": True},
    "unpublished": {"published_at": None},
}
BESIDE: Mapping[str, Data] = {
    **{name: {"assignee": SOMEBODY} for name in ("assigned", "unassigned")},
    **{name: {"requested_reviewer": SOMEBODY} for name in ("review_requested", "review_request_removed")},
    **{name: {"milestone": MILESTONE} for name in ("milestoned", "demilestoned")},
    **{name: {"reason": ""} for name in ("auto_merge_enabled", "auto_merge_disabled", "dequeued")},
    "destroyed": {"reason": "merged"},
}


def payload(run: PipelineRun, sha: str, labels: Sequence[str] = (), *, file: str = "") -> Data:
    """Return the event as GitHub sends it; `labels` are a pull request's, `file` is the workflow that is asked for."""
    if run.trigger == "pull_request":
        named = labels or ([LABEL] if run.action == LABELED else [])
        sent = {"number": NUMBER, "pull_request": pull_of(run, sha, named), **_common("dev")}
        return acted({**sent, "sender": sent["pull_request"]["user"]}, run.action)
    ref = f"refs/tags/{run.tag}" if run.tag else f"refs/heads/{run.branch}"
    if run.event == PUSH:
        return _push(run, sha, ref)
    if run.event == "schedule":
        return {"schedule": SCHEDULE, **run.sent, "workflow": file, **_common("dev")}
    if run.event == DISPATCH:
        return {"ref": ref, "inputs": dict(run.inputs), "workflow": file, **_common("dev")}
    return acted({**_made(run.event, run.sent, sha, ref), **_common("dev")}, run.sent.get("action", ""))


def acted(sent: Data, action: str) -> Data:
    """Return an event about a pull request, an issue or anything else as it is sent when this was done to it."""
    kind = next((name for name in ABOUT if name in sent), "")
    about = {**sent.get(kind, {}), **BECAME.get(action, {})}
    if (kind, action) == ("issue", "demilestoned"):  # at a pull request it stands still, as octokit has it
        about["milestone"] = None
    named = {"action": action} if action else {}
    return {**named, **sent, **({kind: about} if kind else {}), **_beside(sent, kind, action)}


def _beside(sent: Data, kind: str, action: str) -> Data:
    """Return what an activity adds to its event."""
    about = sent.get(kind, {})
    if action == SYNCHRONIZE and "base" in about:
        sha = about["head"]["sha"]
        return {"before": sha[1:] + sha[:1], "after": sha}
    if action == "edited":
        return {"changes": {"body" if "comment" in sent else "name" if kind == "release" else "title": {"from": "WIP"}}}
    if action in {LABELED, "unlabeled"}:
        return {"label": next(iter(about.get("labels", ())), entities.label(LABEL))}
    return BESIDE.get(action, {})


def comment(sent: Data, body: str) -> Data:
    """Return the event that a stranger's comment at a pull request sends."""
    pull = sent["pull_request"]
    author = pull["user"]["login"]
    told = _seen(pull)
    said = entities.comment(told, body, author, "NONE")
    return {
        "action": "created",
        "issue": told,
        "comment": said,
        "repository": sent["repository"],
        "organization": sent["organization"],
        "sender": pull["user"],
    }


def completed(sent: Data, sha: str, name: str, file: str, event: str) -> Data:
    """Return the event that a workflow's end sends, without the run's number, of which the sandbox tells the conclusion.

    The list of pull requests is empty for those of forks.
    """
    pull = sent.get("pull_request")
    home = entities.repository_lite(REPOSITORY)
    theirs = pull["head"]["repo"] if pull else home
    message = sent["head_commit"]["message"] if event == PUSH else pull["title"] if pull else name
    ended = {
        "event": event,
        "status": "completed",
        "conclusion": None,
        "head_branch": _branch(sent),
        "head_sha": sha,
        "head_repository": {key: theirs[key] for key in home},
        "pull_requests": [entities.pull_reference(pull)] if pull and not theirs["fork"] else [],
        "repository": home,
        "display_title": message,
        "head_commit": entities.commit_simple(sha, message),
        "actor": sent["sender"],
        "triggering_actor": sent["sender"],
    }
    common = _common("dev") | {"sender": sent["sender"]}
    return {"action": triggers.COMPLETED, "workflow_run": ended, "workflow": entities.workflow(name, file), **common}


def numbered(sent: Data, number: int) -> Data:
    """Return the event of a workflow's end with the run's number, and all that is named by it."""
    run = entities.workflow_run(sent["workflow"], number)
    return {**sent, "workflow_run": {**sent["workflow_run"], **run}}


def pull_of(run: PipelineRun, sha: str, labels: Sequence[str] = ()) -> Data:
    """Return the pull request that a run is about; one that is closed was merged."""
    home = FORK if run.forked else REPOSITORY
    author = "someone" if run.forked else "dev"
    files = len(run.changed or ()) or 1
    pull = entities.pull_request(
        NUMBER, run.branch, sha, author, home=home, draft=run.draft, title=run.title, files=files
    )
    pull["labels"] = [entities.label(label) for label in labels]
    if run.action != CLOSED:
        return pull
    merged = {"merged": True, "merged_at": entities.WHEN, "merged_by": entities.user("dev"), "merge_commit_sha": sha}
    return pull | merged | BECAME[CLOSED]


def other_pull(sha: str, branch: str) -> Data:
    """Return a pull request of somebody else's that is open as well, newer, and from a branch of the same name."""
    return entities.pull_request(NUMBER + 2, branch, sha, "another", home=OTHERS_FORK)


def opened_by_app(branch: str, sha: str) -> Data:
    """Return the event of a pull request that an app has opened from a branch."""
    pull = entities.pull_request(APPS_NUMBER, branch, sha, APP, title="{title}")
    return {"action": OPENED, "number": APPS_NUMBER, "pull_request": pull, **_common(APP)}


def _common(sender: str) -> Data:
    return {
        "repository": entities.repository(REPOSITORY),
        "organization": entities.organization(),
        "sender": entities.user(sender),
    }


def _push(run: PipelineRun, sha: str, ref: str) -> Data:
    """Return the event of a push to a branch, or of a new tag."""
    before = entities.NOBODY if run.tag else sha[::-1]
    head = entities.commit(sha, run.message or MESSAGE, run.changed or ())
    return {
        "ref": ref,
        "before": before,
        "after": sha,
        "created": bool(run.tag),
        "deleted": False,
        "forced": False,
        "base_ref": f"refs/heads/{MAIN}" if run.tag else None,
        "compare": f"{entities.WEB}/{REPOSITORY}/compare/{before[:12]}...{sha[:12]}",
        "commits": [] if run.tag else [head],
        "head_commit": head,
        "pusher": {key: head["author"][key] for key in ("name", "email")},
        **_common("dev"),
    }


def _made(event: str, sent: Mapping[str, Any], sha: str, ref: str) -> Data:
    """Return an event that a workflow alone asks for, of which `sent` tells what is not always the same."""
    match event:
        case "issues":
            return {"issue": entities.issue(ISSUE, "more calls", "dev", "MEMBER")}
        case "issue_comment":
            told = _seen(pull_of(PipelineRun("", "pull_request", {}, branch="feature/more-calls"), sha))
            return {"issue": told, "comment": entities.comment(told, sent["comment"]["body"], "dev", "MEMBER")}
        case "release":
            return {"release": entities.release(sent["release"]["tag_name"])}
        case "merge_group":
            return {"merge_group": _merge_group(sha)}
        case "repository_dispatch":
            return {**sent, "installation": entities.installation()}
        case _:
            return {**sent, "ref": ref}


def _merge_group(sha: str) -> Data:
    return {
        "head_sha": sha,
        "head_ref": f"refs/heads/gh-readonly-queue/{MAIN}/pr-{NUMBER}-{sha[::-1]}",
        "base_sha": sha[::-1],
        "base_ref": f"refs/heads/{MAIN}",
        "head_commit": entities.commit_simple(sha, MESSAGE),
    }


def _seen(pull: Data) -> Data:
    """Return a pull request as the issue that it is as well."""
    told = entities.issue(pull["number"], pull["title"], pull["user"]["login"], pull["author_association"])
    links = {name: pull[name] for name in ("url", "html_url", "diff_url", "patch_url", "merged_at")}
    same = {name: pull[name] for name in ("labels", "body", "draft", "html_url")}
    return told | same | {"pull_request": links}


def _branch(sent: Data) -> str:
    """Return what a workflow's run tells as its branch: a tag's name too, and main where the event has none."""
    if "pull_request" in sent:
        return str(sent["pull_request"]["head"]["ref"])
    if "release" in sent:
        return str(sent["release"]["tag_name"])
    ref = sent.get("merge_group", {}).get("head_ref") or sent.get("ref", MAIN)
    return str(ref).removeprefix("refs/heads/").removeprefix("refs/tags/")
