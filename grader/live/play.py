"""Play one scenario on the cluster, step by step, and return what was seen as data."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from grader.live import ground, steps
from grader.live.context import Context, Tell
from grader.live.observer import Observer
from grader.live.step import Step
from harness.core.errors import EnvironmentBrokenError
from harness.exercises.scenarios import Scenario
from harness.intake.submission import Submission
from harness.kube.kube import Kube
from harness.runs import run as runs


@dataclass(frozen=True)
class Played:
    """One scenario played: what was seen, and how to remove all that it made."""

    observation: dict[str, Any]
    remove: Callable[[], None]


@dataclass(frozen=True)
class Phase:
    """One step played: when it began and ended, whether it was reached, and the pods' last words where it was not."""

    step: str
    began: float
    ended: float
    reached: bool
    seen: str


def play(submission: Submission, scenario: Scenario, admin: Kube, stop: threading.Event, tell: Tell) -> Played:
    """Play one scenario; the machine's failures stand in its observation as `evidence`.

    Raises: StoppedError on an interrupt, after the run was removed. InputError for steps that do not fit the exercise.
    """
    todo = steps.of(submission.exercise, scenario)
    run = runs.plan(submission.exercise, admin)
    at = Context(submission, scenario, run, Observer(run, stop), ground.Fresh(), tell)
    try:
        at.ground.open(at)
        play_steps(at, (*todo, *steps.ALWAYS))
        ground.give_back(at)
    except EnvironmentBrokenError as problem:
        at.broke(str(problem))
    except BaseException:
        ground.remove(at)
        raise
    at.end()
    return Played(at.observation(), lambda: ground.remove(at))


def play_steps(at: Context, todo: Iterable[Step]) -> None:
    """Play steps in order; where one is not reached, go on with those alone that are played always."""
    going = True
    for step in todo:
        if going or step.always:
            going = _played(at, step) and going
            if not at.cordoned and (step.name == "ready" or not going):
                at.taken.close()  # its servers have had their time: others may drain nodes


def _played(at: Context, step: Step) -> bool:
    began, reached = at.now(), False
    try:
        reached = step.run(at)
    finally:
        at.record("steps", Phase(step.name, began, at.now(), reached, "" if reached else at.seen))
    return reached
