"""Play one scenario of an analysis in a sandbox, and return what was seen as data: what each program answered."""

import threading
from collections.abc import Callable
from typing import Any

from grader.errors import StoppedError
from harness.containers.sandbox import Sandbox
from harness.core import paths
from harness.core.errors import EnvironmentBrokenError
from harness.exercises import worlds
from harness.exercises.analysis import Analysis
from harness.intake.submission import Submission

Tell = Callable[[str], None]
ENTRYPOINT = ("python3", "-I", "/job/world.py")  # where the sandbox lays the program that it is given


def play(
    submission: Submission, told: Analysis, name: str, sandbox: Sandbox, *, stop: threading.Event, tell: Tell
) -> dict[str, Any]:
    """Play a scenario; the machine's failures stand in its observation as `evidence`.

    What is true, and the plot, are added here: no sandbox ever holds them.

    Raises: StoppedError on an interrupt, after the sandbox was removed.
    """
    exercise = submission.exercise
    texts = {file.path: file.data.decode("utf-8", "replace") for file in submission.files}
    values = {manifest.file: manifest.value for manifest in submission.manifests}
    played = worlds.play_of(exercise, name, texts, values)
    seen: dict[str, Any] = {"scenario": name, "evidence": None, "phases": {}, "calls": [], "overrun": ""}
    seen |= {"truth": dict(played.truth), "plot": dict(played.plot)}
    job = {"files": texts, "runs": list(played.calls), "seconds": told.seconds}
    tell(f"{name}: running {len(played.calls)} programs")
    try:
        found = sandbox.play(job, paths.supervisor("analysis"), stop, ENTRYPOINT)
    except EnvironmentBrokenError as problem:
        if stop.is_set():
            raise StoppedError from problem
        return seen | {"evidence": str(problem)}
    failed = sum(bool(call["failed"]) for call in found["runs"])
    tell(f"{name}: {f'{failed} failed' if failed else 'all answered'}")
    return seen | {"calls": found["runs"], "overrun": found.get("overrun", "")}
