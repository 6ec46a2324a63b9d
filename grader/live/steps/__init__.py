"""What a scenario can do, one verb in each module. A new step is a module and its line in STEPS."""

import inspect
from collections.abc import Iterator
from pathlib import Path

from grader.checking import sources
from grader.live.step import Problem, Step, parsed
from grader.live.steps.access import Access
from grader.live.steps.apply import Apply
from grader.live.steps.complete import Complete
from grader.live.steps.disrupt import Disrupt
from grader.live.steps.drain import Drain
from grader.live.steps.evict import Evict
from grader.live.steps.finish import Finish
from grader.live.steps.fire import Fire
from grader.live.steps.freeze import Freeze
from grader.live.steps.gpu_fault import GpuFault
from grader.live.steps.hang import Hang
from grader.live.steps.hold import Hold
from grader.live.steps.kept import Kept
from grader.live.steps.load import Load
from grader.live.steps.night import Night
from grader.live.steps.nights import Nights
from grader.live.steps.noticed import Noticed
from grader.live.steps.place import Place
from grader.live.steps.pulse import Pulse
from grader.live.steps.reach import Reach
from grader.live.steps.read import Read
from grader.live.steps.ready import Ready
from grader.live.steps.recover import Recover
from grader.live.steps.refresh import Refresh
from grader.live.steps.restart import Restart
from grader.live.steps.rights import Rights
from grader.live.steps.rollout import Rollout
from grader.live.steps.scaled import Scaled
from grader.live.steps.shift import Shift
from grader.live.steps.start import Start
from grader.live.steps.tell import Tell
from grader.live.steps.trigger import Trigger
from grader.live.steps.uncordon import Uncordon
from grader.live.steps.week import Week
from grader.live.steps.when import When
from harness.core.errors import InputError
from harness.exercises.exercise import Exercise
from harness.exercises.scenarios import Scenario

STEPS: tuple[type[Step], ...] = (
    Apply,
    Ready,
    Hold,
    Reach,
    Read,
    Hang,
    Recover,
    When,
    Evict,
    GpuFault,
    Complete,
    Kept,
    Place,
    Trigger,
    Rollout,
    Restart,
    Refresh,
    Freeze,
    Noticed,
    Drain,
    Uncordon,
    Scaled,
    Load,
    Shift,
    Week,
    Tell,
    Start,
    Finish,
    Night,
    Nights,
    Disrupt,
    Fire,
)
ALWAYS: tuple[Step, ...] = (Access(), Rights(), Pulse())  # at the end of every scenario that is graded
BY_NAME = {step.name: step for step in STEPS}


def of(exercise: Exercise, scenario: Scenario) -> tuple[Step, ...]:
    """Return the steps of a scenario.

    Raises: InputError that names every one that is not right, with its line.
    """
    if problems := list(_problems(exercise, scenario)):
        path = exercise.folder / "exercise.yaml"
        raise InputError("\n".join(f"{path}:{line}: {scenario.name}: {message}" for line, message in problems))
    found = (parsed(BY_NAME[order.verb], order) for order in scenario.steps)
    return tuple(step for step in found if not isinstance(step, str))


def texts(exercise: Exercise) -> list[str]:
    """Return what the source says of every step that an exercise's scenarios play, in the order of STEPS."""
    verbs = {order.verb for scenario in exercise.scenarios for order in scenario.steps}
    played: list[type[Step]] = [*(step for step in STEPS if step.name in verbs), *(type(step) for step in ALWAYS)]
    files = [path for step in played for path in (inspect.getfile(step), *map(inspect.getfile, step.parts))]
    return [sources.told(Path(path)) for path in files]


def _problems(exercise: Exercise, scenario: Scenario) -> Iterator[Problem]:
    line = scenario.steps[0].line
    if scenario.steps[0].verb != Apply.name:
        yield line, "the first step has to be apply: before it there is nothing to look at"
    if scenario.first("when", "evict") and not scenario.first("complete"):
        yield line, "steps that wait for Jobs keep the deadline of a step complete, and there is none"
    yield from _unborn(scenario)
    for order in scenario.steps:
        kind = BY_NAME.get(order.verb)
        if kind is None:
            yield order.line, f"there is no step {order.verb!r}; there are {', '.join(BY_NAME)}"
            continue
        step = parsed(kind, order)
        if isinstance(step, str):
            yield order.line, step
            continue
        if step.contained and exercise.simulated:
            yield order.line, f"{step.name} takes containers that run, and on simulated nodes none does"
        yield from ((order.line, message) for message in step.inconsistencies(exercise))


def _unborn(scenario: Scenario) -> Iterator[Problem]:
    """Yield the steps that wait for Jobs, or evict them, before any step applies them."""
    come: set[str] = set()
    for order in scenario.steps:
        if order.verb == "apply":
            come |= set(order.of("jobs") or ())
        job = order.of("job") or order.told
        if order.verb in {"when", "evict"} and scenario.jobs and job not in come:
            yield order.line, f"{order.verb} names Job {job}, which no step before it applies"
