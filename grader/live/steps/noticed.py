"""Wait until a server that hangs is told to restart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from grader.live.step import Verb

if TYPE_CHECKING:
    from grader.live.context import Context

KILLING = "Killing"  # of a container. Source: the kubelet, pkg/kubelet/events
SECOND = 1.0  # to which events tell their time


@dataclass(frozen=True)
class Noticed(Verb):
    """Within so many seconds from when a server hung, the kubelet or somebody else ends it, or it is gone."""

    name: ClassVar[str] = "noticed"
    within: float

    def run(self, at: "Context") -> bool:
        """Wait; what is late is waited for as long as a stall of the machine explains."""
        if at.hung is None:
            return False
        began = at.phases["disturbed"]
        at.tell(
            f"waiting up to {max(0.0, began + self.within - at.now()):.0f} s until {at.hung['name']} is told to restart"
        )
        over, late = at.came(lambda: _told(at, began), began, self.within)
        at.record("noticed", HungServer(began, str(at.hung["name"]), self.within, over, late))
        if over is None:
            at.missed("it was not told to restart")
        return over is not None


@dataclass(frozen=True)
class HungServer:
    """A server that hung at `t` was to be told to restart: in time or late when."""

    t: float
    pod: str
    within: float
    over: float | None
    late: float | None


def _told(at: "Context", began: float) -> bool:
    """Return whether the pod's container is being ended, has been, or the pod is going."""
    hung = at.hung or {}
    now = at.watch.latest.get(hung["uid"])
    ended = any(
        one["pod"] == hung["name"] and one["reason"] == KILLING and one["t"] >= began - SECOND
        for one in at.watch.events
    )
    return ended or now is None or now["deleting"] or now["restarts"] > hung["restarts"]
