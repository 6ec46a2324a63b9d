"""What an exercise of the venue tofu declares: its layers, what stands on the cluster before, and the steps that are played."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT = "usual"  # the inputs that a step has unless it names others


@dataclass(frozen=True)
class Step:
    """One thing that is done: a plan, an apply, a destroy or (for `breakfix tofu` alone) a test of a layer, or an edit of the cluster by hand.

    `inputs` names the files that the layer's variables come from; `locked` says that somebody else holds the state's lock, and
    `instead` has other values for variables.
    `edit` has the path of an object at the API and what is merged into it.
    """

    name: str
    verb: str
    layer: str = ""
    inputs: str = DEFAULT
    locked: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)
    edit: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class InfrastructureScenario:
    """Steps that follow each other on one cluster, fresh for them; `standing` says that `applied` was applied to it before.

    Of what a step prints the last `lines` are kept.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    standing: bool = False
    lines: int = 25


@dataclass(frozen=True)
class Infrastructure:
    """An exercise's own part.

    `layers` are the folders that are planned and applied, in order; `state` is the namespace where state is kept. `providers`
    and `backends` are the only ones taken. `seconds` is what one command may use
    of a processor. `variables` are handed to every command,
    `planted` of their values are looked for wherever they must not stand. `inputs` are contents of JSON files by their paths, by
    name. `cluster` is the file of the objects that are there before, `applied` the folder of the code as it was last applied.
    """

    layers: tuple[str, ...]
    state: str
    providers: tuple[str, ...]
    backends: tuple[str, ...]
    seconds: float
    variables: Mapping[str, str]
    planted: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, Any]]
    cluster: str
    applied: str
    scenarios: tuple[InfrastructureScenario, ...]


def read(data: Mapping[str, Any]) -> Infrastructure:
    """Return the infrastructure part of an exercise.yaml."""
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    scenarios = tuple(
        InfrastructureScenario(name, spec["title"], tuple(map(_step, spec["steps"])), spec.get("standing", False))
        for name, spec in data["scenarios"].items()
    )
    return Infrastructure(**{"planted": (), **plain, "scenarios": scenarios})


def _step(data: Mapping[str, Any]) -> Step:
    verb = next(word for word in ("plan", "apply", "destroy", "edit") if word in data)
    rest = {name: data[name] for name in ("inputs", "locked", "instead", "edit") if name in data}
    return Step(data["name"], verb, layer="" if verb == "edit" else data[verb], **rest)
