"""The Jobs of one scenario in the playing: which have ended, what the trainings among them told, and their deadline."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from grader.live import jobs
from harness.exercises.jobs import Job
from harness.kube.kube import ApiRefusedError

if TYPE_CHECKING:
    from grader.live.context import Context

LINES = 2000  # of a training's log: more than it has epochs, and a wrapper's own lines
EPOCHS = 1_000_000  # more than any training has
OVER = ("Succeeded", "Failed")  # phases of a pod that has ended
EVERY = 0.8  # seconds between two looks at the Jobs and what they tell


@dataclass(frozen=True)
class Wave:
    """What was done to the Jobs at one time: which came, and which pod was evicted, or why it was not."""

    t: float
    jobs: tuple[str, ...] = ()
    evicted: str = ""
    refused: str = ""


class Trainings:
    """What the Jobs have come to so far.

    `epochs` has, by pod, its Job, the first and the last epoch that it told of as done, when it told of the first, the seconds to the
    last, the median of what each took, and `told`, all that it told of. The log of a pod goes with it, so it is read all along, where a
    scenario goes by it; elsewhere that of each pod that has ended is read once. `unheard` are those whose log could not be read.
    """

    def __init__(self, at: "Context") -> None:
        self._at = at
        self._looked = 0.0
        self._ended: set[str] = set()
        self._met: float | None = None  # when the deadline was met
        self.heard = bool(at.scenario.jobs or at.scenario.first("when", "evict"))
        self.epochs: dict[str, dict[str, Any]] = at.told["epochs"]
        self._told: dict[str, dict[int, float]] = {}  # by pod: a container that starts again begins another log
        self.awaited = ""  # the Job of which a step waits to hear

    @property
    def due(self) -> float | None:
        """When the deadline of the Jobs was met; None while it is not."""
        return self._met

    def last_epoch(self, name: str) -> int:
        """Return the last epoch that pods of a Job have told of, 0 before that."""
        return max((int(told["last"]) for told in self.epochs.values() if told["job"] == name), default=0)

    def stuck(self) -> bool:
        """Whether the Job of which a step waits to hear has ended without it."""
        return self.awaited in self._ended

    def over(self) -> bool:
        """Whether nothing more can come, and all that came has ended."""
        return self._ended == self._at.come and (self.stuck() or not self.awaited)

    def in_time(self, condition: Callable[[], bool]) -> bool:
        """Return whether a condition comes true by the deadline; when that is met, what the Jobs came to is taken down."""
        if self._met is not None:
            return False
        at = self._at
        left = at.phases["applied"] + (at.scenario.ready_within or 0.0) - at.now()
        if at.wait(self.looking(condition), max(0.0, left)):
            return True
        self.take_down()
        self._met = at.now()
        return False

    def looking(self, condition: Callable[[], bool]) -> Callable[[], bool]:
        """Return what looks at the Jobs, and then tells whether a condition holds."""

        def looked() -> bool:
            self._look()
            return condition()

        return looked

    def take_down(self) -> None:
        """Write down what the Jobs have come to by now."""
        at = self._at
        wanted = at.scenario.jobs or tuple(job.name for job in at.run.exercise.jobs)
        at.told["jobs"] = [state for state in jobs.states(at.run) if state["name"] in wanted]
        done = sum("Complete" in state["ends"] for state in at.told["jobs"])
        if done == len(wanted):
            at.mark("completed")
        self._hear_ended()
        at.tell(f"{done} of {len(wanted)} Jobs are complete")

    def _look(self) -> None:
        """See which Jobs have ended, and hear what the trainings told; not too often."""
        at = self._at
        if self.heard and 0 <= at.now() - self._looked < EVERY:
            return
        self._looked = at.now()
        self._ended = at.come & jobs.ended(at.run)  # before what they told, so that no last word is missed
        for job in at.run.exercise.jobs if self.heard else ():
            for snap in self.pods(job.name):
                if snap["phase"] != "Pending" and not (self.epochs.get(snap["name"]) or {}).get("complete"):
                    with suppress(ApiRefusedError):
                        self._hear(job, snap)

    def _hear_ended(self) -> None:
        """Hear what is left to hear of the pods that have ended."""
        for job in self._at.run.exercise.jobs:
            states = [state for state in self._at.told["jobs"] if state["name"] == job.name and job.epochs]
            for pod in (pod for state in states for pod in state["pods"] if pod["phase"] in OVER):
                if not (self.epochs.get(pod["name"]) or {}).get("complete"):
                    self._hear_last(job, pod)

    def _hear_last(self, job: Job, pod: dict[str, Any]) -> None:
        """Hear a pod that has ended, and what its container told before it was last started again."""
        unheard = self._at.told["unheard"]
        for previous in (False, True) if pod["restarts"].get(job.container) else (False,):
            try:
                self._hear(job, pod, previous=previous)
            except ApiRefusedError:
                unheard += [] if pod["name"] in unheard else [pod["name"]]

    def _hear(self, job: Job, pod: dict[str, Any], *, previous: bool = False) -> None:
        """Hear what a pod has told by now.

        Raises: ApiRefusedError where its log cannot be read.
        """
        text = self._at.admin.written(
            self.namespace(job.name), pod["name"], job.container, lines=LINES, previous=previous, stamped=True
        )
        found, told = told_in(text), self._told.setdefault(pod["name"], {})
        # Of a log that is gone the kubelet says so, in its place: that is not the end of what the pod told.
        over = pod["phase"] in OVER and (previous or told.keys() <= found.keys())
        told.update({epoch: t for epoch, t in found.items() if epoch not in told})
        if told:
            first, last = min(told), max(told)
            self.epochs[pod["name"]] = {
                "job": job.name, "first": first, "last": last, "t": told[first], "seconds": told[last] - told[first],
                "each": _each(told), "complete": over, "told": sorted(told),
            }  # fmt: skip

    def pods(self, name: str) -> list[dict[str, Any]]:
        """Return the latest snapshots of a Job's pods."""
        return [snap for snap in self._at.watch.own_pods() if snap["job"] == name]

    def namespace(self, name: str) -> str:
        """Return where a Job is, as it is called on the cluster."""
        found = next(job.namespace for job in self._at.run.exercise.jobs if job.name == name)
        return self._at.run.renaming.text(found)


def told_in(text: str) -> dict[int, float]:
    """Return when each epoch was first told of as done, in seconds, by a log whose lines the container runtime has stamped."""
    told: dict[int, float] = {}
    for line in text.split("\n"):  # as the runtime does: what else may end a line is within it, and has no stamp
        stamp, _, written = line.partition(" ")
        if (epoch := epoch_of(written)) is not None:
            with suppress(ValueError):
                told.setdefault(epoch, datetime.fromisoformat(stamp).timestamp())
    return told


def _each(told: Mapping[int, float]) -> float:
    """Return the median of the seconds from one epoch to the next; 0 where but one was told of."""
    gaps = [(told[after] - told[before]) / (after - before) for before, after in pairwise(sorted(told))]
    return median(gaps) if gaps else 0.0


def epoch_of(line: str) -> int | None:
    """Return the epoch that a line of a training's log tells of as done and kept."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("message") != "epoch done":
        return None
    epoch = record.get("epoch")
    return epoch if isinstance(epoch, int) and not isinstance(epoch, bool) and 0 < epoch <= EPOCHS else None
