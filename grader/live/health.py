"""The machine's health while a scenario is played: beside its steps, so that all of them mean the same by a stall."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from grader.checks.blame import LATE_GRACE, Stall, lost
from grader.live import stalls
from grader.live.observer import Observer
from grader.live.stalls import SETTLE
from harness.runs.run import Run

if TYPE_CHECKING:
    from grader.live.context import Context

SENTINEL_BUDGET = 20.0  # seconds from applying in which a Deployment of ours has to get ready to tell of anything; about 3 on an idle laptop
FIRST_RECORD = 5.0  # seconds until our prober, which is up, has sent a request
GRACE = 0.5  # seconds: how often a condition is asked for at least
HOLDS = 3  # how many times its length a hold may take because the machine stalled in it
NO_IMAGE = ("ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff")  # the kubelet's reasons


class Health:
    """What our own things tell of the machine. `made` is when our own server was made; None before that."""

    def __init__(self, run: Run, watch: Observer, now: Callable[[], float]) -> None:
        self._run = run
        self._watch = watch
        self._now = now
        self.made: float | None = None

    def stalls(self, until: float | None = None) -> tuple[Stall, ...]:
        """Return the stalls of the machine so far, or until then."""
        now = self._now() if until is None else until
        return (*stalls.seen(self.made, self._watch.pulse, self._watch.probes, now), *self._watch.waits)

    def lost(self, since: float) -> float:
        """Return for how many seconds the machine has stalled since."""
        return lost(self.stalls(), since, self._now())

    def late(self, since: float, condition: Callable[[], bool], due: float | None = None) -> float:
        """Wait for what was due (now, if not said) by as much longer as stalls since its beginning explain.

        Return for how many seconds the machine had stalled when it came; 0 where it did not.
        """
        due = self._now() if due is None else due
        # A machine that stalls all along is not waited for without end.
        while gone := min(self.lost(since), due - since):
            if self._now() > due + gone + LATE_GRACE + SETTLE:
                break
            if self._watch.wait(condition, 1.0):
                return gone
        return 0.0

    def hold(self, seconds: float, tell: Callable[[str], None]) -> str:
        """Watch for a while in which the machine's stalls do not count: what would have come is late then.

        Return why that shows nothing; '' where it does.
        """
        began = self._now()
        self._watch.wait(lambda: False, seconds)
        while (left := seconds - (self._now() - began - self.lost(began))) > GRACE:
            if self._now() - began > HOLDS * seconds:
                return f"the machine stalled for {self.lost(began):.1f} s while readiness was watched"
            tell(f"holding for {left:.1f} s more: the machine stalled")
            self._watch.wait(lambda: False, left)
        return ""


def take_pulse(at: "Context") -> None:
    """Take our own pods' pulse: if they do not run, nothing can be told; and if an image is not there, neither."""
    due = at.phases["applied"] + SENTINEL_BUDGET
    at.wait(at.watch.sentinel_ready, max(0.0, due - at.now()))
    if not any(ready for _, ready in at.watch.pulse):
        at.phases["broken"] = at.phases["applied"]
        at.broke("a Deployment of ours that does nothing did not become ready: the machine is too slow")
    elif at.run.exercise.traffic and not at.wait(lambda: bool(at.watch.probes), FIRST_RECORD):
        at.broke("our prober pod sent no request: the machine is too slow")
    if missing := _missing_image(at):
        at.phases["broken"] = at.phases["applied"]
        at.broke(f"an image that the exercise lists is missing from the node: {missing}")


def _missing_image(at: "Context") -> str:
    """Return a listed image that no node holds although a pod waits for it; one that is pulled all the same is there."""
    waiting = [snap["state"].partition(":")[0] for snap in at.watch.own_pods()]
    if not any(state in NO_IMAGE for state in waiting):
        return ""
    nodes = at.admin.list_objects("v1", "Node")
    held = {name for node in nodes for image in node["status"].get("images") or [] for name in image.get("names") or []}
    return next((image for image in at.run.exercise.images if not any(name.endswith(f"/{image}") for name in held)), "")
