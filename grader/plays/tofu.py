"""Play one scenario of infrastructure as code in a sandbox, and return what was seen as data: each step, and the cluster after it."""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import yaml

from grader.errors import StoppedError
from harness.containers.sandbox import Sandbox
from harness.core import listing, paths
from harness.core.errors import EnvironmentBrokenError
from harness.exercises.infrastructure import Infrastructure, InfrastructureScenario, Step
from harness.files import hclfile
from harness.intake.submission import Submission

Tell = Callable[[str], None]
ENTRYPOINT = ("python3", "-I", "/job/world.py")  # where the sandbox lays the program that it is given
BUSY = 5  # times as long as it may use a processor a command may take: other programs want it, too
CONTROLLERS = "namespace-controller,serviceaccount-controller,garbage-collector-controller"


def play(
    submission: Submission, told: Infrastructure, name: str, sandbox: Sandbox, *, stop: threading.Event, tell: Tell
) -> dict[str, Any]:
    """Play a scenario; the machine's failures stand in its observation as `evidence`.

    Raises: StoppedError on an interrupt, after the sandbox was removed.
    """
    scenario = next(one for one in told.scenarios if one.name == name)
    seen: dict[str, Any] = {"scenario": name, "evidence": None, "phases": {}, "steps": [], "before": [], "overrun": ""}
    tell(f"{name}: {len(scenario.steps)} steps on a cluster of their own")
    try:
        found = sandbox.play(job_of(submission, told, scenario), paths.supervisor("tofu"), stop, ENTRYPOINT)
    except EnvironmentBrokenError as problem:
        if stop.is_set():
            raise StoppedError from problem
        return seen | {"evidence": str(problem)}
    failed = sum(bool(step["failed"]) for step in found["runs"])
    tell(f"{name}: {f'{failed} steps failed' if failed else 'no step failed'}")
    seen |= {"steps": found["runs"], "before": found.get("before", []), "overrun": found.get("overrun", "")}
    return seen | {"seconds": found.get("seconds", {})}


def job_of(submission: Submission, told: Infrastructure, scenario: InfrastructureScenario) -> dict[str, Any]:
    """Return what the supervisor is told: both checkouts, the objects that are there before, and the steps."""
    texts = {file.path: file.data.decode("utf-8", "replace") for file in submission.files}
    kept = {file.path: texts[file.path] for file in submission.files if not file.editable}
    under = f"{told.applied}/"
    # A module that a test alone takes would stop an init, which installs that, too.
    left = () if any(step.verb == "test" for step in scenario.steps) else hclfile.TESTS
    applied = {path.removeprefix(under): text for path, text in kept.items() if path.startswith(under)}
    base = {path: text for path, text in kept.items() if not path.startswith(under)}
    before = [Step(f"before-{layer}", "apply", layer) for layer in told.layers] if scenario.standing else []
    exercise = submission.exercise
    cluster = exercise.renaming.text(listing.texts({"": exercise.folder / told.cluster})[""])
    objects = [thing for thing in yaml.safe_load_all(cluster) if thing]
    standing = [thing for thing in objects if scenario.standing or not thing.pop("standing", False)]
    for thing in standing:
        thing.pop("standing", None)
    return {
        "files": {path: text for path, text in texts.items() if not path.startswith(under) and not path.endswith(left)},
        "applied": base | applied,
        "inputs": json.loads(json.dumps({"usual": {}, **told.inputs})),
        "cluster": standing,
        "state": told.state,
        "variables": dict(told.variables),
        "planted": list(told.planted),
        "controllers": CONTROLLERS,
        "processor": told.seconds,
        "seconds": told.seconds * BUSY,
        "lines": scenario.lines,
        "before": [asdict(step) for step in before],
        "runs": [asdict(step) for step in scenario.steps],
    }
