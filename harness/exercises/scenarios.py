"""The scenarios of an exercise.yaml: what each does on the cluster, as orders to the steps that can be played.

What a verb may be told, and how it is played, is the step's own business (see grader.live.steps).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.files.yamlfile import Document, Path_

RECOVER_WITHIN = 60.0  # seconds that a service has to recover in, where a scenario does not say
DEADLINES = ("ready", "place", "complete")  # verbs of which a scenario has one, to be over within so many seconds


@dataclass(frozen=True)
class Order:
    """One step of a scenario: its verb, what that is told, and the line of exercise.yaml on which it stands."""

    verb: str
    told: Any = None
    line: int = 0

    def of(self, key: str) -> Any:  # noqa: ANN401 - any YAML value
        """Return what the step is told under a key; None where it is not."""
        return self.told.get(key) if isinstance(self.told, Mapping) else None


@dataclass(frozen=True)
class Scenario:
    """One live run on empty namespaces: its steps, in order. All times in seconds."""

    name: str
    steps: tuple[Order, ...]
    title: str = ""

    def first(self, *verbs: str) -> Order | None:
        """Return the first step with one of these verbs; None where there is none."""
        return next((order for order in self.steps if order.verb in verbs), None)

    @property
    def ready_within(self) -> float | None:
        """In how many seconds of applying its workload has to be ready, placed or complete; None where it need not."""
        found = self.first(*DEADLINES)
        return None if found is None else found.of("within")

    @property
    def recover_within(self) -> float:
        """In how many seconds its service has to recover from what is done to it."""
        found = self.first("recover")
        within = None if found is None else found.of("within")
        return RECOVER_WITHIN if within is None else within

    @property
    def jobs(self) -> tuple[str, ...]:
        """The Jobs that its steps apply by name, in order; none where all come at once."""
        return tuple(name for order in self.steps if order.verb == "apply" for name in order.of("jobs") or ())

    @property
    def switches(self) -> Mapping[str, str]:
        """The test-only switches of what is applied first."""
        found = self.first("apply")
        return (found and found.of("switches")) or {}


def read(document: Document) -> tuple[Scenario, ...]:
    """Return the scenarios of a valid exercise.yaml."""
    data = document.value
    return tuple(
        Scenario(name, tuple(_orders(document, ("scenarios", name), spec)), spec.get("title", ""))
        for name, spec in data.get("scenarios", {}).items()
    )


def _orders(document: Document, place: Path_, spec: Mapping[str, Any]) -> Iterator[Order]:
    for number, step in enumerate(spec["steps"]):
        line = document.line_of((*place, "steps", number))
        if isinstance(step, str):
            yield Order(step, None, line)
        else:
            yield from (Order(verb, told, line) for verb, told in step.items())
