"""What a step of a scenario is, and how one is read from an exercise.yaml: its fields are what it may be told."""

import dataclasses
import typing
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from harness.exercises.exercise import Exercise
from harness.exercises.scenarios import Order

if TYPE_CHECKING:
    from grader.live.context import Context

Problem = tuple[int, str]  # of exercise.yaml: the line, and what is wrong there


class Step(Protocol):
    """One verb of a scenario: a frozen dataclass whose fields are what it is told.

    Numbers are not negative, and texts not empty. Where a scenario tells it one value instead of fields, that is its
    first field.
    """

    name: ClassVar[str]
    always: ClassVar[bool]  # played even where a step before it was not reached
    contained: ClassVar[bool]  # takes containers that run, which simulated nodes have none of
    practised: ClassVar[bool]  # played by candidates on their own namespaces, too
    parts: ClassVar[
        tuple[ModuleType, ...]
    ]  # other modules in which most of it stands: proofs depend on them as on its own

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield what of it does not fit the exercise."""
        ...

    def run(self, at: "Context") -> bool:
        """Do it; return False where it was not reached, and what follows makes no sense."""
        ...


class Verb:
    """What most steps are: played in order, on containers that run, by candidates too, and nothing about them is odd."""

    always: ClassVar[bool] = False
    contained: ClassVar[bool] = True
    practised: ClassVar[bool] = True
    parts: ClassVar[tuple[ModuleType, ...]] = ()

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield nothing."""
        del exercise
        return ()


def parsed(kind: type[Step], order: Order) -> Step | str:
    """Return the step that an order comes to, or what is wrong with the order."""
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type] # all are dataclasses
    told = (
        order.told
        if isinstance(order.told, Mapping)
        else {}
        if order.told is None
        else {next(iter(fields), ""): order.told}
    )
    told = {str(key).replace("-", "_"): value for key, value in told.items()}
    hints = typing.get_type_hints(kind)
    wrong = [f"it takes no {key}" for key in told if key not in fields]
    wrong += [
        f"{key} has to be {_WORDS[hints[key]]}" for key in told if key in fields and not _fits(told[key], hints[key])
    ]
    wrong += [f"it wants {name}" for name, field in fields.items() if name not in told and _needed(field)]
    if wrong:
        return f"the step {kind.name} is not right: {'; '.join(wrong)}"
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()})


_WORDS: Mapping[Any, str] = {
    float: "a number, not below 0", int: "a whole number, not below 0", str: "a text", tuple[str, ...]: "a list of names",
    Mapping[str, str]: "a map of texts",
}  # fmt: skip


def _fits(value: Any, hint: Any) -> bool:  # noqa: ANN401 - any YAML value against any annotation
    if hint in (float, int):
        return isinstance(value, int if hint is int else (int, float)) and not isinstance(value, bool) and value >= 0
    if hint is str:
        return isinstance(value, str) and bool(value)
    texts = value.values() if isinstance(value, Mapping) and hint == Mapping[str, str] else value
    return not isinstance(texts, (str, int, float)) and all(isinstance(text, str) for text in texts)


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def strange_jobs(exercise: Exercise, names: Iterable[str]) -> Iterator[str]:
    """Yield which of these Jobs the exercise does not list."""
    known = {job.name for job in exercise.jobs}
    yield from (f"names Job {name}, which jobs does not list" for name in names if name not in known)
