"""The events of a pipeline's runs as GitHub sends them, and the stages that follow from each.

Source: GitHub's documentation, "Webhook events and payloads" and "Events that trigger workflows".
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from harness import permissions, triggers
from harness.pipeline import MAIN, REPOSITORY, PipelineRun
from harness.workflows import Workflow

FORK = "someone/churn-model"
NUMBER = 7  # of the pull request
FOLLOW = "workflow_run"
TRUSTED = "write"


def started(
    runs: Sequence[PipelineRun], workflows: Sequence[Workflow], names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield what the sandbox is told of each run: its stages, with commits, tokens and secrets that nobody can guess."""
    for run in runs:
        sha = hashlib.sha256(secrets.token_bytes(16)).hexdigest()[:40]
        yield {
            "name": run.name,
            "world": dict(run.world),
            "branch": run.branch,
            "sha": sha,
            "pull": _pull(run, sha) if run.trigger == "pull_request" else None,
            "secrets": {name: secrets.token_hex(16) for name in names},
            "stages": [_stage(*stage) for stage in _stages(run, sha, workflows)],
        }


def _stages(
    run: PipelineRun, sha: str, workflows: Sequence[Workflow]
) -> Iterator[tuple[str, str, dict[str, Any], list[Workflow]]]:
    """Yield event, trust, payload and workflows: the event's own, pull_request_target's, and what follows their ends.

    A fork's pull request has neither secrets nor a token that may write. The others run what stands on main: they
    have both, whoever began it.
    """
    sent = payload(run, sha)
    started_by: dict[str, str] = {}
    for event in dict.fromkeys((run.trigger, *(triggers.PULL_REQUESTS if run.trigger == "pull_request" else ()))):
        found = [one for one in workflows if triggers.starts(one.value.get("on"), event, _branch(run), run.changed)]
        started_by |= {one.label_of_runs: event for one in found}
        if found or event == run.trigger:
            yield event, "read" if run.forked and event == "pull_request" else TRUSTED, sent, found
    for name, event in started_by.items():
        found = [one for one in workflows if triggers.follows(one.value.get("on"), name)]
        if found:
            yield FOLLOW, TRUSTED, _completed(run, sha, name, event), found


def _stage(event: str, level: str, sent: dict[str, Any], workflows: Sequence[Workflow]) -> dict[str, Any]:
    return {
        "event": event,
        "trusted": level == TRUSTED,
        "payload": sent,
        "token": f"ghs_{secrets.token_hex(18)}",
        "number": secrets.randbelow(9_000) + 1_000,
        "workflows": [one.file for one in workflows],
        "permissions": {
            one.label_of_runs: {name: permissions.effective(one.value, job) for name, job in one.jobs()}
            for one in workflows
        },
    }


def _branch(run: PipelineRun) -> str:
    """Return the branch that filters look at: a pull request's base, else the branch itself."""
    return MAIN if run.trigger == "pull_request" else run.branch


def payload(run: PipelineRun, sha: str) -> dict[str, Any]:
    """Return the event as GitHub sends it, as far as workflows read it."""
    repository = _repository(REPOSITORY, fork=False)
    common: dict[str, Any] = {"repository": repository, "sender": {"login": "dev"}}
    if run.trigger == "pull_request":
        return {"action": triggers.ACTION, "number": NUMBER, "pull_request": _pull(run, sha), **common}
    ref = f"refs/heads/{run.branch}"
    if run.event == "push":
        head_commit = {"id": sha, "message": "Merge pull request #7"}
        return {"ref": ref, "before": sha[::-1], "after": sha, "deleted": False, "head_commit": head_commit, **common}
    if run.event == "schedule":
        return {"schedule": "0 3 * * *", **common}
    return {"ref": ref, "inputs": dict(run.inputs), **common}


def _completed(run: PipelineRun, sha: str, name: str, event: str) -> dict[str, Any]:
    """Return the event that a workflow's end sends; the sandbox adds the run's id and conclusion.

    The list of pull requests is empty for those of forks.
    """
    pull = _pull(run, sha) if run.trigger == "pull_request" else None
    listed = [pull] if pull and not run.forked else []
    repository = _repository(REPOSITORY, fork=False)
    ended = {
        "name": name, "event": event, "status": "completed", "head_branch": run.branch, "head_sha": sha,
        "head_repository": _head(run), "pull_requests": listed, "repository": repository,
    }  # fmt: skip
    return {"action": triggers.COMPLETED, "workflow_run": ended, "repository": repository, "sender": {"login": "dev"}}


def _pull(run: PipelineRun, sha: str) -> dict[str, Any]:
    return {
        "number": NUMBER,
        "state": "open",
        "head": {"ref": run.branch, "sha": sha, "label": f"{_owner(run)}:{run.branch}", "repo": _head(run)},
        "base": {"ref": MAIN, "sha": sha[::-1], "repo": _repository(REPOSITORY, fork=False)},
        "user": {"login": "someone" if run.forked else "dev"},
    }


def _owner(run: PipelineRun) -> str:
    return (FORK if run.forked else REPOSITORY).partition("/")[0]


def _head(run: PipelineRun) -> dict[str, Any]:
    return _repository(FORK if run.forked else REPOSITORY, fork=run.forked)


def _repository(full_name: str, *, fork: bool) -> dict[str, Any]:
    owner, _, name = full_name.partition("/")
    return {"full_name": full_name, "name": name, "owner": {"login": owner}, "default_branch": MAIN, "fork": fork}
