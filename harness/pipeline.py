"""What an exercise says of its pipeline: the workflow, the actions it may take, and the scenarios to play."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.yamlfile import read_documents

REPOSITORY = "acme/churn-model"
MAIN = "main"
EVENTS = {"fork_pull_request": "pull_request"}  # the others go by their own names


@dataclass(frozen=True)
class PipelineRun:
    """One run of the workflow: the event that starts it, and what the exercise's world is like then."""

    name: str
    event: str
    world: Mapping[str, Any]
    branch: str = MAIN

    @property
    def trigger(self) -> str:
        """The event as workflows know it."""
        return EVENTS.get(self.event, self.event)


@dataclass(frozen=True)
class PipelineScenario:
    """Runs that follow each other in one sandbox; they share caches, registry and what is in production."""

    name: str
    title: str
    runs: tuple[PipelineRun, ...]


@dataclass(frozen=True)
class Pipeline:
    """A pipeline exercise's own part. `actions` maps owner/name to the tags and SHAs that are accepted."""

    workflow: str
    actions: Mapping[str, tuple[str, ...]]
    seconds: float
    scenarios: tuple[PipelineScenario, ...]

    @property
    def references(self) -> dict[str, str]:
        """The accepted `uses:` values: to each the action it means."""
        return {f"{action}@{ref}": action for action, refs in self.actions.items() for ref in refs}

    def triggers(self) -> set[str]:
        """Return the events, as workflows know them, that scenarios need."""
        return {run.trigger for scenario in self.scenarios for run in scenario.runs}


def read(data: Mapping[str, Any], workspace: Path) -> Pipeline:
    """Return the pipeline part of an exercise.yaml; the accepted actions stand in the workspace.

    Raises: InputError where that list is missing or no list.
    """
    scenarios = tuple(
        PipelineScenario(name, spec["title"], tuple(PipelineRun(**run) for run in spec["runs"]))
        for name, spec in data["scenarios"].items()
    )
    return Pipeline(data["workflow"], _actions(workspace / data["actions"]), data["seconds"], scenarios)


def _actions(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        documents, problems = read_documents(path.read_bytes(), str(path))
    except OSError as problem:
        raise InputError(f"{path}: the list of accepted actions cannot be read: {problem.strerror}") from problem
    value = documents[0].value if len(documents) == 1 and not problems else None
    if not isinstance(value, dict) or not all(isinstance(refs, list) for refs in value.values()):
        raise InputError(f"{path}:1: a mapping was expected, from owner/name to the list of accepted tags and SHAs")
    return {action: tuple(map(str, refs)) for action, refs in value.items()}


def started(runs: tuple[PipelineRun, ...]) -> Iterator[dict[str, Any]]:
    """Yield what the sandbox is told of each run: the event's payload with commits that nobody can guess."""
    for run in runs:
        sha = hashlib.sha256(secrets.token_bytes(16)).hexdigest()[:40]
        yield {
            "name": run.name,
            "event": run.trigger,
            "world": dict(run.world),
            "branch": run.branch,
            "sha": sha,
            "number": secrets.randbelow(9_000) + 1_000,
            "payload": payload(run, sha),
        }


def payload(run: PipelineRun, sha: str) -> dict[str, Any]:
    """Return the event as GitHub sends it, as far as workflows read it.

    Source: GitHub's documentation of webhook events and payloads.
    """
    repository = {"full_name": REPOSITORY, "name": REPOSITORY.partition("/")[2], "default_branch": MAIN, "fork": False}
    common: dict[str, Any] = {"repository": repository, "sender": {"login": "dev"}}
    if run.trigger == "pull_request":
        forked = run.event == "fork_pull_request"
        head = {"full_name": f"{'someone' if forked else 'acme'}/churn-model", "fork": forked}
        pull = {
            "number": 7,
            "head": {"ref": run.branch, "sha": sha, "repo": head},
            "base": {"ref": MAIN, "sha": sha[::-1], "repo": repository},
        }
        return {"action": "synchronize", "number": 7, "pull_request": pull, **common}
    ref = f"refs/heads/{run.branch}"
    if run.event == "push":
        head_commit = {"id": sha, "message": "Merge pull request #7"}
        return {"ref": ref, "before": sha[::-1], "after": sha, "deleted": False, "head_commit": head_commit, **common}
    if run.event == "schedule":
        return {"schedule": "0 3 * * *", **common}
    return {"ref": ref, "inputs": {}, **common}
