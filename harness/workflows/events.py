"""The events of a pipeline's runs as GitHub sends them, and the stages that follow from each.

Source: GitHub's documentation, "Webhook events and payloads" and "Events that trigger workflows".
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.exercises.pipeline import MAIN, PipelineRun
from harness.workflows import permissions, stranger, triggers
from harness.workflows.payloads import (
    DISPATCH,
    NUMBER,
    OPENED,
    completed,
    numbered,
    opened_by_app,
    other_pull,
    payload,
    pull_of,
)
from harness.workflows.workflows import Workflow

__all__ = ["NUMBER", "payload", "started"]
FOLLOW = "workflow_run"
HEAD = "{head}"  # the sandbox puts the branch there that a call of the API named
Data = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """One event of a run, and the workflows that it starts.

    `trusted` stages have secrets and a token that may write. `after` names the stage whose workflow's end this follows;
    `when` is the call of the API that starts it.
    """

    key: str
    event: str
    sent: Data
    workflows: tuple[Workflow, ...]
    sha: str
    branch: str = MAIN
    trusted: bool = True
    after: str = ""
    when: Data | None = None


def started(runs: Sequence[PipelineRun], workflows: Sequence[Workflow], names: Sequence[str]) -> Iterator[Data]:
    """Yield what the sandbox is told of each run: its stages, with commits, tokens and secrets that nobody can guess.

    A run again has the commit, and its stages the numbers, of the first time; one that comes anew the commit alone.
    """
    known: dict[str, tuple[str, dict[str, int]]] = {}
    for run in runs:
        sha, numbers = known.get(run.rerun) or (commit(), {})
        numbers = {} if run.anew else numbers
        known[run.name], by_app = (sha, numbers), commit()
        pulls = [other_pull(commit(), run.branch), pull_of(run, sha)] if run.trigger == "pull_request" else []
        yield {
            "name": run.name,
            "world": dict(run.world),
            "pulls": pulls,
            "changed": list(run.changed or ()),
            "next": by_app,
            "secrets": {name: secrets.token_hex(16) for name in names},
            "stages": [
                _told(stage, numbers, 2 if run.rerun and not run.anew else 1)
                for stage in _followed(_stages(run, sha, by_app, workflows), workflows)
            ],
        }


def commit() -> str:
    """Return a commit's name that nobody can guess."""
    return hashlib.sha256(secrets.token_bytes(16)).hexdigest()[:40]


def _stages(run: PipelineRun, sha: str, by_app: str, workflows: Sequence[Workflow]) -> Iterator[Stage]:
    """Yield the stages of the event itself, and of what may come of the API's calls.

    A fork's pull request has neither secrets nor a token that may write. The others run what stands on main, or what
    somebody with a right to write has pushed: they have both, whoever began it.
    """
    asked = next((one.file for one in _started(workflows, run.trigger, run.branch, run.changed, tag=run.tag)), "")
    sent = payload(run, sha, stranger.labels(workflows) if run.persistent else (), file=asked)
    yield _of(run, run.trigger, sent, sha, workflows, trusted=not run.forked)
    if run.trigger == "pull_request":
        yield _of(run, "pull_request_target", sent, sha, workflows, trusted=True)
        if not run.forked:
            pushed = payload(replace(run, event="push"), sha)
            found = _started(workflows, "push", run.branch, run.changed)
            yield Stage("push", "push", pushed, found, sha, run.branch)
        if run.persistent:
            for key, event, told, found, trusted in stranger.stages(run, sent, workflows):
                yield Stage(key, event, told, found, sha, run.branch, trusted)
    yield from _by_app(by_app, workflows)


def _of(run: PipelineRun, event: str, sent: Data, sha: str, workflows: Sequence[Workflow], *, trusted: bool) -> Stage:
    branch = MAIN if run.trigger == "pull_request" else run.branch  # a pull request's base is what filters look at
    found = _started(workflows, event, branch, run.changed, action=run.action, tag=run.tag)
    return Stage(event, event, sent, found, sha, run.branch, trusted)


def _started(
    workflows: Sequence[Workflow],
    event: str,
    branch: str,
    changed: Sequence[str] | None = None,
    *,
    action: str = triggers.ACTION,
    tag: str = "",
) -> tuple[Workflow, ...]:
    return tuple(
        one for one in workflows if triggers.starts(one.value.get("on"), event, branch, changed, action, tag=tag)
    )


def _by_app(sha: str, workflows: Sequence[Workflow]) -> Iterator[Stage]:
    """Yield what an app's pull request starts, and what a dispatch does: nothing else that a workflow's token does.

    Source: GitHub's documentation, "GITHUB_TOKEN": of the events that it causes, workflow_dispatch and
    repository_dispatch alone create a workflow run.
    """
    sent = opened_by_app(HEAD, sha)
    for event in triggers.PULL_REQUESTS:
        found = _started(workflows, event, MAIN, action=OPENED)
        yield Stage(f"app {event}", event, sent, found, sha, "bot", when={"call": "pulls.create", "by": "app"})
    for one in _started(workflows, DISPATCH, MAIN):
        for branch, ref in (("main", MAIN), ("branch", HEAD)):
            where = {"workflow_id": [one.name, one.file], "ref": [ref]}
            when = {"call": "actions.createWorkflowDispatch", "with": where}
            told = payload(PipelineRun("", DISPATCH, {}, branch=ref), sha, file=one.file)
            place = MAIN if ref == MAIN else "bot"
            there = sha if branch == "branch" else commit()
            yield Stage(f"dispatch {one.name} {branch}", DISPATCH, told, (one,), there, place, when=when)


def _followed(stages: Iterator[Stage], workflows: Sequence[Workflow]) -> Iterator[Stage]:
    """Yield the stages that start something, the run's own among them, and after each those that wait for an end."""
    first = True
    for stage in stages:
        if stage.workflows or first:
            yield stage
        first = False
        for ended in stage.workflows:
            sent = completed(stage.sent, stage.sha, ended.label_of_runs, ended.file, stage.event)
            branch = sent["workflow_run"]["head_branch"]
            found = tuple(
                one for one in workflows if triggers.follows(one.value.get("on"), ended.label_of_runs, branch)
            )
            if found:
                key = f"{FOLLOW} of {ended.label_of_runs}, {stage.key}"
                yield Stage(key, FOLLOW, sent, found, stage.sha[::-1], after=stage.key)


def _told(stage: Stage, numbers: dict[str, int], attempt: int) -> Data:
    """Return what the sandbox is told of a stage of a run's first or second attempt; its number is noted, or that of the first time."""
    return {
        "key": stage.key,
        "event": stage.event,
        "trusted": stage.trusted,
        "payload": numbered(stage.sent, numbers[stage.after]) if stage.after else stage.sent,
        "ref": stage.sent.get("merge_group", {}).get(
            "head_ref", ""
        ),  # the engine knows those of other events by itself
        "sha": stage.sha,
        "branch": stage.branch,
        "after": stage.after,
        "when": stage.when,
        "token": f"ghs_{secrets.token_hex(18)}",
        "attempt": attempt,
        "number": numbers.setdefault(stage.key, secrets.randbelow(9_000) + 1_000),
        "workflows": [one.file for one in stage.workflows],
        "permissions": {
            one.label_of_runs: {name: permissions.effective(one.value, job) for name, job in one.jobs()}
            for one in stage.workflows
        },
    }
