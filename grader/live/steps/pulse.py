"""See whether what was seen can be believed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.health import take_pulse
from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Pulse(Verb):
    """Our own pods ran, and every image that the exercise lists was there; else nothing can be told."""

    name: ClassVar[str] = "pulse"
    always: ClassVar[bool] = True
    contained: ClassVar[bool] = False
    practised: ClassVar[bool] = False

    def run(self, at: "Context") -> bool:
        """Look."""
        take_pulse(at)
        return True
