"""The world of an analysis exercise: the data that a candidate gets, and what is played on which rows.

Two modules make it. `exercises/<slug>/world.py` plays public scenarios, on the data as they were handed out; it has
`SCENARIOS`, which maps a scenario to a function of (texts of files by path, YAML values by path) that returns calls and what
is true of them.
`solutions/<slug>/world.py` knows the truth of a seed: `make(faults, seed)` gives a case with `files`, and its own `SCENARIOS`
functions of (case, texts, values) do the same; `filled(case, text)` completes a text of the solution,
`plot(case, values)` draws the metric for the team. Both are trusted code; nothing of them runs where a candidate's does.
"""

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.core import listing
from harness.core.errors import InputError
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise

MODULE = "world.py"


@dataclass(frozen=True)
class Play:
    """What a scenario plays: calls of programs (name, program, turns), what is true of it, and a plot for the team."""

    calls: tuple[Mapping[str, Any], ...]
    truth: Mapping[str, Any] = field(default_factory=dict)
    plot: Mapping[str, Any] = field(default_factory=dict)


def data_of(exercise: Exercise) -> dict[str, bytes]:
    """Return the data that a variant's candidate gets: bytes by path in the workspace; nothing for other kinds.

    Where the solution is not here, as in a bundle, they stand in the exercise's own workspace.
    """
    if exercise.analysis is None:
        return {}
    if exercise.solution is None:
        folder = exercise.analysis.data
        shipped = listing.files(exercise.folder, f"workspace/{folder}")
        return {f"{folder}/{name.rpartition('/')[2]}": path.read_bytes() for name, path in shipped.items()}
    return {path: text.encode() for path, text in _case(exercise).files.items()}


def filled(exercise: Exercise, texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts of the solution with what is true of this variant's data, as they are for other kinds."""
    if exercise.analysis is None:
        return dict(texts)
    world, case = _solution(exercise), _case(exercise)
    return {path: world.filled(case, text) for path, text in texts.items()}


def play_of(exercise: Exercise, name: str, texts: Mapping[str, str], values: Mapping[str, Any]) -> Play:
    """Return what a scenario plays on a submission's files and the values in its YAML.

    Raises: InputError where neither world knows the scenario.
    """
    public = _module(exercise.folder / MODULE).SCENARIOS
    data = {path: content.decode() for path, content in data_of(exercise).items()}
    if name in public:
        calls, truth = public[name]({**texts, **data}, values)
        return Play(tuple(calls), truth)
    if exercise.solution is None or name not in _solution(exercise).SCENARIOS:
        raise InputError(f"{exercise.folder / MODULE}: no world plays the scenario {name!r}")
    world, case = _solution(exercise), _case(exercise)
    calls, truth = world.SCENARIOS[name](case, texts, values)
    return Play(tuple(calls), truth, world.plot(case, values) if "field" in truth else {})


def _case(exercise: Exercise) -> Any:  # noqa: ANN401 - the exercise's own type
    drawn = [fault.id for fault in variants.faults_of(exercise, exercise.seed)]
    key = f"{exercise.slug} {exercise.version} {'shipped' if exercise.seed is None else exercise.seed}"
    return _solution(exercise).make(drawn, key)


def _solution(exercise: Exercise) -> ModuleType:
    return _module(faults.solution_of(exercise) / MODULE)


@cache
def _module(path: Path) -> ModuleType:
    """Return an exercise's world.

    Raises: InputError where it cannot be loaded.
    """
    name = f"breakfix_world_{abs(hash(path))}"
    spec = importlib.util.spec_from_file_location(name, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise InputError(
            f"{path} is missing: an exercise of the venue analysis has a world of its own, and so has its solution"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
