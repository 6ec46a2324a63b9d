"""Let pods be placed again on the nodes that the run has drained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.ground import give_back
from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Uncordoned:
    """Which nodes take pods again, and since when."""

    t: float
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Uncordon(Verb):
    """The nodes of all drains before it; those that are never uncordoned are so at the end of the run."""

    name: ClassVar[str] = "uncordon"

    def run(self, at: "Context") -> bool:
        """Uncordon."""
        nodes = tuple(sorted(at.cordoned))
        give_back(at)
        at.record("uncordons", Uncordoned(at.now(), nodes))
        return True
