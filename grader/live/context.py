"""What a step gets: the run, who it may act as, what was seen so far, and where it writes down what it sees."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from grader.live.health import Health
from grader.live.observer import Observer, last_words
from grader.live.trainings import Trainings
from harness.exercises.scenarios import Scenario
from harness.intake.submission import Submission
from harness.kube.apply import Refusal
from harness.kube.kube import Kube
from harness.runs.run import Run

if TYPE_CHECKING:
    from grader.live.ground import Ground

Tell = Callable[[str], None]
OWN_RECORDS = ("start", "order")  # what our prober says of itself
Snapshot = Mapping[str, Any]  # of a pod, as the observer takes them


@dataclass
class Context:
    """One scenario in the playing. `now` is the time in seconds since the epoch.

    `phases` says when what checks ask for came about, `told` has by key what was asked and done, `come` the Jobs that were applied.
    """

    submission: Submission
    scenario: Scenario
    run: Run
    watch: Observer
    ground: "Ground"
    teller: Tell
    now: Callable[[], float] = time.time
    phases: dict[str, float] = field(default_factory=dict)
    evidence: str | None = None
    refusals: list[dict[str, str]] = field(default_factory=list)
    seen: str = ""  # the pods' last words where something was not reached
    hung: Snapshot | None = None  # the pod whose server was made to hang
    undisturbed: dict[str, Any] | None = None  # why no server could be made to hang, or to end
    come: set[str] = field(default_factory=set)
    cordoned: set[str] = field(default_factory=set)  # nodes on which no new pods are placed in the run's name
    taken: ExitStack = field(default_factory=ExitStack)  # what the run holds of the cluster until its end
    told: dict[str, Any] = field(default_factory=lambda: {
        "access": [], "reach": [], "rights": None, "records": None, "jobs": [], "waves": [], "epochs": {}, "unheard": [],
        "placed": [], "steps": [],
    })  # fmt: skip

    def __post_init__(self) -> None:
        self.health = Health(self.run, self.watch, self.now)
        self.trainings = Trainings(self)

    @property
    def admin(self) -> Kube:
        """The harness's identity."""
        return self.run.admin

    @property
    def candidate(self) -> Kube:
        """The identity of who owns the run's namespaces, and nothing else."""
        return self.run.candidate

    def tell(self, text: str) -> None:
        """Tell how far this scenario has come."""
        self.teller(f"{self.scenario.name}: {text}")

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Return whether the condition came true in so many seconds; it is asked again whenever something changes.

        Raises: StoppedError on an interrupt; EnvironmentBrokenError when watching itself broke.
        """
        return self.watch.wait(condition, seconds)

    def pause(self, seconds: float) -> None:
        """Let so many seconds go by."""
        self.watch.wait(lambda: False, seconds)

    def mark(self, phase: str) -> None:
        """Note that something came about now."""
        self.phases[phase] = self.now()

    def record(self, key: str, item: Any) -> None:  # noqa: ANN401 - any frozen dataclass
        """Write down, under a key of the observation, something that was seen."""
        self.told.setdefault(key, []).append(asdict(item))

    def refused(self, found: list[Refusal]) -> None:
        """Note what the API server did not take."""
        restore = self.run.renaming.restore
        self.refusals += [{"object": refusal.ref.label, "message": restore(refusal.message)} for refusal in found]

    def missed(self, text: str) -> None:
        """Tell that something did not come in time, and keep what the workload's pods last said."""
        self.seen = last_words(self.run, self.watch.own_pods())
        self.tell(text)

    def late(self, phase: str, since: float, condition: Callable[[], bool], due: float | None = None) -> None:
        """Where the machine stalled before a deadline: note it if what was due comes by as much later as that explains."""
        if gone := self.health.late(since, condition, due):
            self.phases[f"late {phase}"] = self.phases.get(phase, self.now())
            self.tell(f"{phase}, but late; the machine stalled for {gone:.1f} s")

    def came(self, condition: Callable[[], bool], since: float, within: float) -> tuple[float | None, float | None]:
        """Return when a condition came true within so many seconds of `since`; or else when it did later, as stalls explain."""
        if self.wait(condition, max(0.0, since + within - self.now())):
            return self.now(), None
        return None, self.now() if self.health.late(since, condition) else None

    def broke(self, evidence: str) -> None:
        """Note that nothing more can be seen, and why."""
        self.evidence = self.evidence or evidence
        self.phases.setdefault("broken", self.now())

    def end(self) -> None:
        """Stop recording: what happens while the run is removed says nothing about the submission."""
        self.mark("ended")
        self.watch.close()

    def observation(self) -> dict[str, Any]:
        """Return all that was seen, with the candidate's own names."""
        data = {
            "scenario": self.scenario.name,
            "evidence": self.evidence,
            "url": self.run.url,
            "ready_within": self.scenario.ready_within,
            "recover_within": self.scenario.recover_within,
            "phases": self.phases,
            "apply_errors": self.refusals,
            "pods": self.watch.pods,
            "events": self.watch.events,
            "probes": [record for record in self.watch.probes if record["kind"] not in OWN_RECORDS],
            "last_seen": self.seen,
            "stalls": [asdict(stall) for stall in self.health.stalls(self.phases.get("ended"))],
            "undisturbed": self.undisturbed,
            **self.told,
        }
        restored: dict[str, Any] = _map_text(data, self.run.renaming.restore)
        return restored | {"namespaces": [*self.run.namespaces, self.run.prober_namespace]}


def _map_text(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _map_text(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_map_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
