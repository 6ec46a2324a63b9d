"""Where a scenario is played: namespaces of its own, in which a submission is applied as the candidate's own user."""

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from harness.cluster import cordons
from harness.core import artifacts
from harness.kube.apply import Refusal
from harness.kube.kube import Object
from harness.runs import admission
from harness.runs import run as runs

if TYPE_CHECKING:
    from grader.live.context import Context

PAUSE = 0.5  # seconds between two tries for the cluster's nodes


class Ground(Protocol):
    """Where a scenario's steps happen."""

    def open(self, at: "Context") -> None:
        """Make the place, and begin to watch it."""
        ...

    def apply(self, at: "Context", switches: Mapping[str, str], jobs: Collection[str]) -> list[Refusal]:
        """Apply the submission, and return what was refused; where Jobs were waiting, these `jobs` come."""
        ...

    def call(self, at: "Context") -> None:
        """Let the callers of the ticket call, where they do not yet."""
        ...


class Fresh:
    """Namespaces that are made for one run. Our own things are there before the submission is."""

    def __init__(self) -> None:
        self._api_token = runs.new_api_token()
        self._values: list[Object] = []

    def open(self, at: "Context") -> None:
        """Make the namespaces once there is room for what the submission requests, and what of ours stands beside it."""
        self._values = self._objects(at, at.scenario.switches)
        at.watch.started = admission.admit(at.run, self._values, at.pause, at.tell)
        while not take(at, together=True):
            at.pause(PAUSE)
        at.watch.start()
        at.health.made = at.now()
        runs.make_helpers(at.run, self._api_token)
        at.watch.follow_decoys()
        runs.make_decoys(at.run)

    def _objects(self, at: "Context", switches: Mapping[str, str]) -> list[Object]:
        return runs.objects(at.run, at.submission, switches, self._api_token)

    def apply(self, at: "Context", switches: Mapping[str, str], jobs: Collection[str]) -> list[Refusal]:
        """Apply all but the Jobs that have not come; where all else is there already, no more than `jobs`."""
        if "applied" in at.phases:
            if jobs:
                return runs.apply_jobs(at.run, self._values, jobs)
            self._values = self._objects(at, switches)
        waiting = {job.name for job in at.run.exercise.jobs} - at.come
        return runs.apply(at.run, at.submission, self._values, waiting)

    def call(self, at: "Context") -> None:
        """Do nothing: they have called since before the submission came."""


def remove(at: "Context") -> None:
    """Remove the run and wait until it is gone.

    Raises: EnvironmentBrokenError when it does not go.
    """
    try:
        close(at, lambda: runs.close(at.run))
    finally:
        at.candidate.close()


def close(at: "Context", remove_all: Callable[[], None]) -> None:
    """Stop watching, give back what the run has taken of the cluster, and remove what it made.

    Raises: EnvironmentBrokenError when it does not go.
    """
    at.watch.close()
    try:
        give_back(at)
    finally:
        try:
            remove_all()
        finally:
            at.watch.join()


def take(at: "Context", *, together: bool) -> bool:
    """Take the cluster's nodes as they are, with all others that do, or in order to drain one; return whether they are had.

    A run has them so until its servers have had their time to get ready: those that keep apart find no room beside a drained node.
    """
    with ExitStack() as trying:
        if trying.enter_context(
            artifacts.locked_if_free(at.admin.kubeconfig.with_name("drain.lock"), together=together)
        ):
            at.taken.push(trying.pop_all())
            return True
    return False


def give_back(at: "Context") -> None:
    """Let pods be placed again on the nodes that the run has cordoned."""
    if at.cordoned:
        cordons.lift(at.admin, at.run.token)
        at.cordoned.clear()
    at.taken.close()
