"""Play one scenario of a pipeline in a sandbox, and return what was seen as data."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from grader.errors import StoppedError
from harness import pipeline
from harness.actlog import run_of
from harness.errors import EnvironmentBrokenError
from harness.events import started
from harness.exercise import Exercise
from harness.pipeline import PipelineScenario
from harness.sandbox import Sandbox
from harness.submission import Submission
from harness.workflows import Workflow

Tell = Callable[[str], None]
WORLD = "world.py"
EVIDENCE = "evidence"


def play(submission: Submission, name: str, sandbox: Sandbox, stop: threading.Event, tell: Tell) -> dict[str, Any]:
    """Play a scenario; the machine's failures stand in its observation as `evidence`.

    Raises: StoppedError on an interrupt, after the sandbox was removed.
    """
    exercise = submission.exercise
    scenario = next(one for one in _of(exercise).scenarios if one.name == name)
    seen: dict[str, Any] = {"scenario": name, EVIDENCE: None, "phases": {}, "runs": [], "overrun": ""}
    tell(f"{name}: playing {len(scenario.runs)} runs")
    try:
        found = sandbox.play(job(submission, scenario), exercise.folder / WORLD, stop)
    except EnvironmentBrokenError as problem:
        if stop.is_set():
            raise StoppedError from problem
        return seen | {EVIDENCE: str(problem)}
    runs = [asdict(run_of(record)) for record in found["runs"]]
    tell(f"{name}: {', '.join(run['conclusion'] for run in runs)}")
    return seen | {"runs": runs, "overrun": found.get("overrun", "")}


def job(submission: Submission, scenario: PipelineScenario) -> dict[str, Any]:
    """Return what the sandbox is told: the repository's files, the runs, the actions and concurrency settings found."""
    one = _of(submission.exercise)
    workflows = [value for value in submission.manifests if isinstance(value, Workflow)]
    used = {reference for workflow in workflows for _, reference in workflow.uses()}
    main = next((workflow for workflow in workflows if workflow.file == one.workflow), None)
    settings = main.concurrency() if main else ()
    return {
        "files": {file.path: file.data.decode("utf-8", "replace") for file in submission.files},
        "runs": list(started(scenario.runs, workflows, one.secrets)),
        "actions": {reference: action for reference, action in one.references.items() if reference in used},
        "concurrency": [
            {"workflow": main.label_of_runs if main else "", "place": place, "group": group, "cancel": cancel}
            for place, group, cancel in settings
        ],
        "seconds": one.seconds,
    }


def _of(exercise: Exercise) -> pipeline.Pipeline:
    if exercise.pipeline is None:
        raise AssertionError("only an exercise of kind pipeline is played in a sandbox")
    return exercise.pipeline
