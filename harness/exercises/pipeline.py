"""What an exercise says of its pipeline: the workflow, the actions it may take, and the scenarios to play."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.core.errors import InputError
from harness.files.yamlfile import read_documents

REPOSITORY = "acme/churn-model"
MAIN = "main"
EVENTS = {"fork_pull_request": "pull_request"}  # the others go by their own names
FILES, WORDS = "files", "words"  # what a run may be repeated for: see openings
DECLARED = "declared"  # in place of an event: each that the submission's workflows declare beside the exercise's own


@dataclass(frozen=True)
class PipelineRun:
    """One run: the event that starts it, and what the exercise's world is like then.

    `changed` are the files that the event brings, None where filters of paths do not matter; `inputs` are those of
    workflow_dispatch. `tag` is one that is pushed in place of a branch, `sent` what an event brings that is not made here.
    `action` is what happened to a pull request; `draft` says that it is one; `persistent` that whoever opened it tries the
    other ways too: activities that anybody can cause, and a comment. `title` is the pull request's, `message` the
    pushed commit's. With `each`, a run stands for one of each kind of files, or of branches, titles and messages, that the
    submission's workflows tell apart. `rerun` names
    an earlier run of the scenario, whose commit, number and world this one has; where it is `anew`, as when main is set back to the
    commit, the number is another, and it is a first attempt.
    """

    name: str
    event: str
    world: Mapping[str, Any]
    branch: str = MAIN
    changed: tuple[str, ...] | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    action: str = "synchronize"
    draft: bool = False
    persistent: bool = False
    tag: str = ""
    title: str = "A change"
    message: str = ""
    each: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)
    rerun: str = ""
    anew: bool = False

    @property
    def trigger(self) -> str:
        """The event as workflows know it."""
        return EVENTS.get(self.event, self.event)

    @property
    def forked(self) -> bool:
        """Whether it comes from a fork, whose code nobody has read."""
        return self.event == "fork_pull_request"


@dataclass(frozen=True)
class PipelineScenario:
    """Runs that follow each other in one sandbox; they share caches, registry and what is in production.

    With `concurrency` their groups are evaluated, each for each run.
    """

    name: str
    title: str
    runs: tuple[PipelineRun, ...]
    concurrency: bool = False


@dataclass(frozen=True)
class Pipeline:
    """A pipeline exercise's own part.

    `actions` maps owner/name to the tags and SHAs that are accepted; `secrets` names what the repository holds.
    """

    workflow: str
    actions: Mapping[str, tuple[str, ...]]
    seconds: float
    scenarios: tuple[PipelineScenario, ...]
    secrets: tuple[str, ...] = ()

    @property
    def references(self) -> dict[str, str]:
        """The accepted `uses:` values: to each the action it means."""
        return {f"{action}@{ref}": action for action, refs in self.actions.items() for ref in refs}

    def triggers(self) -> set[str]:
        """Return the events, as workflows know them, that scenarios need."""
        return {run.trigger for scenario in self.scenarios for run in scenario.runs} - {DECLARED}


def read(data: Mapping[str, Any], workspace: Path) -> Pipeline:
    """Return the pipeline part of an exercise.yaml; the accepted actions stand in the workspace.

    Raises: InputError where that list is missing or no list.
    """
    scenarios = tuple(
        PipelineScenario(name, spec["title"], _runs(spec["runs"]), spec.get("concurrency", False))
        for name, spec in data["scenarios"].items()
    )
    actions = _actions(workspace / data["actions"])
    return Pipeline(data["workflow"], actions, data["seconds"], scenarios, tuple(data.get("secrets", ())))


def _runs(listed: Sequence[Mapping[str, Any]]) -> tuple[PipelineRun, ...]:
    """Return a scenario's runs; one that is run again has event, branch and world of the first time.

    Raises: InputError where no earlier run has that name.
    """
    found: dict[str, PipelineRun] = {}
    for data in listed:
        again = str(data.get("rerun", ""))
        if again and again not in found:
            raise InputError(f"run {data['name']} is to run {again} again, which is no run before it")
        changed = tuple(data["changed"]) if "changed" in data else None
        found[data["name"]] = (
            replace(found[again], name=data["name"], rerun=again, anew=data.get("anew", False))
            if again
            else PipelineRun(**{**data, "changed": changed})
        )
    return tuple(found.values())


def _actions(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        documents, problems = read_documents(path.read_bytes(), str(path))
    except OSError as problem:
        raise InputError(f"{path}: the list of accepted actions cannot be read: {problem.strerror}") from problem
    value = documents[0].value if len(documents) == 1 and not problems else None
    if not isinstance(value, dict) or not all(isinstance(refs, list) for refs in value.values()):
        raise InputError(f"{path}:1: a mapping was expected, from owner/name to the list of accepted tags and SHAs")
    return {action: tuple(map(str, refs)) for action, refs in value.items()}
