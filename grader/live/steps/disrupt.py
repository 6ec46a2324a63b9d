"""Evict, again and again, the pod that works for the Job that was started last."""

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from grader.live import cronjobs, evictions
from grader.live.step import Verb
from grader.live.steps import start

if TYPE_CHECKING:
    from grader.live.context import Context

GRACE = 1  # seconds that an evicted pod is given: a node that goes does not wait for a training
AWAITED = 30.0  # seconds until a pod is at work


@dataclass(frozen=True)
class Disrupted:
    """An eviction: when, of which Job's pod ('' where none was at work in time), and its refusal in the API server's words."""

    t: float
    job: str
    pod: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Disrupt(Verb):
    """So many pods of the Job went while they worked, one after the other; fewer where it ended before."""

    name: ClassVar[str] = "disrupt"
    parts: ClassVar[tuple[ModuleType, ...]] = (cronjobs, evictions, start)
    times: int

    def run(self, at: "Context") -> bool:
        """Wait for each pod to work, and ask for its eviction."""
        gone: set[str] = set()
        for started in start.at_large(at)[-1:]:
            for _ in range(self.times):
                at.wait(lambda: bool(_working(at, started, gone)), AWAITED)  # noqa: B023 - called at once
                pods = _working(at, started, gone)
                if not pods:
                    at.record("disruptions", Disrupted(at.now(), started.job))
                    break
                at.tell(f"evicting {pods[0]}")
                answer = evictions.evict(at.admin, started.namespace, pods[0], GRACE)
                at.record("disruptions", Disrupted(at.now(), started.job, pods[0], answer.refused))
                gone.add(pods[0])
        return True


def _working(at: "Context", started: start.Started, gone: set[str]) -> list[str]:
    """Return the names of a Job's pods that are at work, but for those that were evicted."""
    pods = (pod for pod in cronjobs.pods_of(at, started.namespace, started.job) if cronjobs.at_work(pod))
    return [name for pod in pods if (name := str(pod["metadata"]["name"])) not in gone]
