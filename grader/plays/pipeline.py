"""Play one scenario of a pipeline in a sandbox, and return what was seen as data."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from grader.errors import StoppedError
from grader.plays.place import Tell
from harness.containers.sandbox import Sandbox
from harness.core.errors import EnvironmentBrokenError
from harness.exercises.exercise import Exercise
from harness.exercises.pipeline import Pipeline, PipelineScenario
from harness.intake.submission import Submission
from harness.workflows import composites, openings, skipped
from harness.workflows.actlog import run_of
from harness.workflows.events import started
from harness.workflows.workflows import FOLDER, Workflow

WORLD = "world.py"
# What differs from leg to leg, from attempt to attempt, or by who merged and what he wrote, and is not known beforehand.
VARYING = re.compile(
    r"\b(?:needs|matrix|strategy|github(?:\.event(?:\.workflow_run)?)?\.(?:run_attempt|actor|actor_id|triggering_actor"
    r"|head_commit|commits|pusher|sender|display_title))\b(?:\.[\w*-]+|\[[^\]]*\])*",
    re.IGNORECASE,
)
# What differs from one pull request to another, by the event that tells of it; branches are called as their authors please.
PULL = r"event\.(?:number|pull_request\.(?:number|id|node_id|\w*url|head\.(?:sha|label|repo)))|run_id"
APART = {
    "pull_request": (rf"{PULL}|ref|ref_name|sha", "github.event.pull_request.head.sha"),
    "pull_request_target": (PULL, "github.event.pull_request.head.sha"),
    "workflow_run": (
        r"event\.workflow_run\.(?:id|node_id|run_number|\w*url|head_sha|head_commit|head_repository)|run_id",
        "github.event.workflow_run.head_sha",
    ),
}
EVIDENCE = "evidence"


def play(
    submission: Submission, pipeline: Pipeline, name: str, sandbox: Sandbox, *, stop: threading.Event, tell: Tell
) -> dict[str, Any]:
    """Play a scenario; the machine's failures stand in its observation as `evidence`.

    Raises: StoppedError on an interrupt, after the sandbox was removed.
    """
    exercise = submission.exercise
    scenario = next(one for one in pipeline.scenarios if one.name == name)
    told = job(submission, pipeline, scenario)
    seen: dict[str, Any] = {"scenario": name, EVIDENCE: None, "phases": {}, "runs": [], "overrun": ""}
    seen["scripts"] = {path: text for path, text in told["files"].items() if _is_script(exercise, path)}
    if not told["runs"]:
        return seen
    tell(f"{name}: playing {len(told['runs'])} runs")
    try:
        found = sandbox.play(told, exercise.folder / WORLD, stop)
    except EnvironmentBrokenError as problem:
        if stop.is_set():
            raise StoppedError from problem
        return seen | {EVIDENCE: str(problem)}
    runs = [asdict(run_of(record)) for record in found["runs"]]
    tell(f"{name}: {', '.join(run['conclusion'] for run in runs)}")
    return seen | {"runs": runs, "overrun": found.get("overrun", "")}


def job(submission: Submission, pipeline: Pipeline, scenario: PipelineScenario) -> dict[str, Any]:
    """Return what the sandbox is told: the repository's files, the runs, the actions and concurrency settings found."""
    workflows = [value for value in submission.manifests if isinstance(value, Workflow)]
    used = {reference for workflow in workflows for _, reference in workflow.uses()}
    used |= {
        name for taken in composites.uses({one.path: one.data for one in submission.files}).values() for name in taken
    }
    runs = list(started(openings.played(scenario.runs, workflows), workflows, pipeline.secrets))
    flows = {flow.file: flow for flow in workflows} if scenario.concurrency else {}
    written = {flow.file for flow in workflows}
    files = {file.path: file.data.decode("utf-8", "replace") for file in submission.files}
    texts = [text for path, text in files.items() if path in written]
    for run in runs:
        for stage in run["stages"]:
            vary = _apart(stage["event"]) if run["pulls"] else _merged
            found = [list(_settings(flows[file], vary)) for file in stage["workflows"] if file in flows]
            stage["concurrency"] = [settings for settings in found if settings]
    return {
        "files": files,
        "engine_takes": {text: told for text in texts if (told := skipped.spelled_out(text)) != text},
        "runs": runs,
        "actions": {reference: action for reference, action in pipeline.references.items() if reference in used},
        "seconds": pipeline.seconds,
    }


def _merged(group: str) -> str:
    return VARYING.sub("github.sha", group)


def _apart(event: str) -> Callable[[str], str]:
    """Return how a group is written in which all that tells pull requests apart is known to."""
    if event not in APART:
        return _merged
    tokens, instead = APART[event]
    known = re.compile(rf"\bgithub\.(?:{tokens})\b(?:\.[\w*-]+|\[[^\]]*\])*", re.IGNORECASE)
    return lambda group: VARYING.sub(instead, known.sub(instead, group))


def _settings(workflow: Workflow, vary: Callable[[str], str]) -> Iterator[dict[str, str]]:
    """Yield a workflow's concurrency settings, each beside itself with all that may vary, from merge to merge or between pull requests.

    What is a job's own cannot be evaluated apart from it: to see whether a group depends on it, each merge gets a value
    of its own.
    """
    for place, group, cancel in workflow.concurrency():
        yield {
            "workflow": workflow.file, "label": workflow.label_of_runs, "place": place, "group": group,
            "varied": vary(group), "cancel": cancel,
        }  # fmt: skip


def _is_script(exercise: Exercise, path: str) -> bool:
    place = PurePosixPath(path)
    return place.parent != FOLDER and any(place.match(pattern) for pattern in exercise.editable)
