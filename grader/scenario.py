"""Play one scenario on the cluster: apply → hold → disturb → observe, and return what was seen as data."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from grader import jobs, placed, questions, stalls
from grader.checks.blame import LATE_GRACE, Stall, lost
from grader.observer import Observer, last_words
from grader.stalls import SETTLE
from grader.waves import Waves
from harness import admission
from harness import run as runs
from harness.apply import Refusal
from harness.errors import EnvironmentBrokenError
from harness.exercise import Exercise, Scenario
from harness.kube import EXEC_FAILED, ApiRefusedError, Kube, Object
from harness.submission import Submission

SENTINEL_BUDGET = 20.0  # seconds from applying in which a Deployment of ours has to get ready to tell of anything; about 3 on an idle laptop
GRACE = 0.5  # seconds: how often a condition is asked for at least
STEADY_ANSWERS = 8  # right answers in a row, at four a second, that show a service has recovered
ASKED_WITHIN = 20.0  # seconds until a server is ready again that was not at the end of the hold
HOLDS = 3  # how many times its length a hold may take because the machine stalled in it
HANGS = 3  # how often it is tried to make a server hang
NO_IMAGE = ("ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff")  # the kubelet's reasons
HANG = ["python3", "-m", "model_server.switch", "hang"]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Played:
    """One scenario played: what was seen, and how to remove all that it made."""

    observation: dict[str, Any]
    remove: Callable[[], None]


def play(submission: Submission, scenario: Scenario, admin: Kube, stop: threading.Event, tell: Tell) -> Played:
    """Play one scenario; the machine's failures stand in its observation as `evidence`.

    Raises: StoppedError on an interrupt, after the run was removed.
    """
    player = Player(submission.exercise, scenario, admin, stop, tell)
    try:
        player.play(submission)
    except EnvironmentBrokenError as problem:
        player.broke(str(problem))
    except BaseException:
        player.remove()
        raise
    player.end()
    return Played(player.observation(), player.remove)


class Player:
    """One scenario in the playing."""

    def __init__(self, exercise: Exercise, scenario: Scenario, admin: Kube, stop: threading.Event, tell: Tell) -> None:
        self.exercise = exercise
        self.scenario = scenario
        self.run = runs.plan(exercise, admin)
        self.observer = Observer(self.run, stop)
        self._tell = tell
        self.phases: dict[str, float] = {}
        self.evidence: str | None = None
        self.refusals: list[dict[str, str]] = []
        self.seen = ""
        self.disturbed = ""  # the pod whose server was made to hang
        self._restarts = 0
        self._made: float | None = None  # when our own server was made
        self._due = 0.0  # until when readiness counts
        self._undisturbed: dict[str, Any] | None = None
        self._values: list[Object] = []
        self.answers: dict[str, Any] = {
            "access": [], "reach": [], "rights": None, "records": None, "jobs": [], "waves": [], "epochs": {},
            "placed": [],
        }  # fmt: skip

    def play(self, submission: Submission) -> None:
        """Play the scenario as far as the submission carries it."""
        api_token = runs.new_api_token()
        values = runs.objects(self.run, submission, self.scenario, api_token)
        wait = self.observer.wait
        self.observer.started = admission.admit(
            self.run, values, lambda seconds: wait(lambda: False, seconds), self.tell
        )
        self.observer.start()
        self._made = time.time()
        runs.make_helpers(self.run, api_token)
        self.observer.follow_decoys()
        runs.make_decoys(self.run)
        self.tell("applying")
        self._mark("applying")
        self._values = values
        first = self.scenario.waves[:1]
        later = {one.name for one in self.exercise.jobs if first and one.name not in first[0].jobs}
        self._refused(runs.apply(self.run, submission, values, later))
        self._mark("applied")
        if self.exercise.simulated:
            self._placed()
        elif self.exercise.jobs:
            self._complete()
        elif self._becomes_ready():
            self._hold()
            self._ask()
            if self.scenario.disturb:
                self._disturb()
        self.answers["access"] = questions.access(self.run)
        self.answers["rights"] = questions.rights(self.run)
        self._pulse()

    def _refused(self, found: list[Refusal]) -> None:
        self.refusals += [{"object": one.ref.label, "message": self.run.renaming.restore(one.message)} for one in found]

    def broke(self, evidence: str) -> None:
        """Note that nothing more can be seen, and why."""
        self.evidence = self.evidence or evidence
        self.phases.setdefault("broken", time.time())

    def end(self) -> None:
        """Stop recording: what happens while the run is removed says nothing about the submission."""
        self.phases["ended"] = time.time()
        self.observer.close()

    def remove(self) -> None:
        """Remove the run and wait until it is gone.

        Raises: EnvironmentBrokenError when it does not go.
        """
        self.observer.close()
        try:
            runs.close(self.run)
        finally:
            self.observer.join()
            self.run.candidate.close()

    def _becomes_ready(self) -> bool:
        self.tell(f"waiting up to {self.scenario.ready_within:g} s for readiness")
        self._due = self.phases["applied"] + self.scenario.ready_within
        ready = self.observer.wait(self._settled, self.scenario.ready_within + SETTLE + GRACE)
        if ready:
            self._mark("settled")
            self.tell(f"ready after {self.phases['ready'] - self.phases['applied']:.1f} s")
        else:
            self.seen = last_words(self.run, self.observer.own_pods())
            self.tell("not ready in time")
            self._late("ready", self.phases["applied"], self._settled_late)
            self.phases.pop("ready", None)
        return ready

    def _settled_late(self) -> bool:
        self._due = math.inf
        return self._settled()

    def _late(self, phase: str, since: float, condition: Callable[[], bool]) -> None:
        """Where the machine stalled before a deadline: see whether what was due comes by as much later as that explains."""
        due = time.time()
        while gone := min(
            self._lost(since), due - since
        ):  # a machine that stalls all along is not waited for without end
            if time.time() > due + gone + LATE_GRACE + SETTLE:
                return
            if self.observer.wait(condition, 1.0):
                self.phases[f"late {phase}"] = self.phases.get(phase, time.time())
                self.tell(f"{phase}, but late; the machine stalled for {gone:.1f} s")
                return

    def _lost(self, since: float) -> float:
        return lost(self.stalls(), since, time.time())

    def stalls(self) -> tuple[Stall, ...]:
        """Return the stalls of the machine so far."""
        found = stalls.seen(
            self._made, self.observer.pulse, self.observer.probes, self.phases.get("ended", time.time())
        )
        return (*found, *self.observer.waits)

    def _placed(self) -> None:
        """Wait until the scheduler has placed each pod that has to be there; whether it runs is simulated."""
        self.tell(f"waiting up to {self.scenario.ready_within:g} s for the pods to be placed")
        in_time = self.observer.wait(self._all_placed, self.scenario.ready_within)
        if in_time:
            self._mark("placed")
        self.answers["placed"] = placed.pods(self.run, self.observer.own_pods())
        there = sum(bool(one["node"]) for one in self.answers["placed"])
        self.tell(f"{there} of {sum(placed.wanted(self.exercise).values())} pods are placed")
        if not in_time:
            self._late("placed", self.phases["applied"], self._all_placed)

    def _all_placed(self) -> bool:
        return placed.all_placed(self.run, self.observer.own_pods())

    def _complete(self) -> None:
        """Wait until each Job has ended; one that never will is waited for until the deadline."""
        self.tell(f"waiting up to {self.scenario.ready_within:g} s for the Jobs to complete")
        over: Callable[[], bool] = lambda: len(jobs.ended(self.run)) == len(self.exercise.jobs)  # noqa: E731 - one of two
        if self.scenario.waves:
            waves = Waves(self.run, self.scenario, self.observer, self._apply_jobs, self.tell)
            self.answers |= {"waves": waves.record, "epochs": waves.epochs}
            over = waves.over
        in_time = self.observer.wait(over, self.scenario.ready_within)
        wanted = [name for wave in self.scenario.waves for name in wave.jobs] or [
            one.name for one in self.exercise.jobs
        ]
        self.answers["jobs"] = [one for one in jobs.states(self.run) if one["name"] in wanted]
        done = sum("Complete" in one["ends"] for one in self.answers["jobs"])
        if done == len(wanted):
            self._mark("completed")
        self.tell(f"{done} of {len(wanted)} Jobs are complete")
        if not in_time:
            self._late("completed", self.phases["applied"], over)

    def _apply_jobs(self, names: tuple[str, ...]) -> None:
        self._refused(runs.apply_jobs(self.run, self._values, names))

    def _hold(self) -> None:
        """Watch readiness for a while, in which the machine's stalls do not count: what would have come is late then."""
        began, hold = time.time(), self.scenario.hold
        self.tell(f"holding for {hold:g} s")
        self.observer.wait(lambda: False, hold)
        while (left := hold - (time.time() - began - self._lost(began))) > GRACE:
            if time.time() - began > HOLDS * hold:
                self.broke(f"the machine stalled for {self._lost(began):.1f} s while readiness was watched")
                break
            self.tell(f"holding for {left:.1f} s more: the machine stalled")
            self.observer.wait(lambda: False, left)
        self._mark("held")

    def _ask(self) -> None:
        """Ask what only a ready workload can answer; servers that come and go are waited for, for a while."""
        self.observer.wait(lambda: self._ready_pod() is not None, ASKED_WITHIN)
        self.observer.wait(lambda: questions.decoys_up(self.run), ASKED_WITHIN)
        if (asked := self._ready_pod()) is not None:
            self.answers["reach"] = questions.reach(self.run, asked["name"])
        self.answers["records"] = questions.records(self.run)

    def _disturb(self) -> None:
        """Hang one ready server, then wait until it is replaced and everything answers again."""
        if (victim := self._hang()) is None:
            return
        self._mark("disturbed")
        self.disturbed = str(victim["name"])
        self.tell(f"one server hangs; waiting up to {self.scenario.recover_within:g} s for its replacement")
        if self.observer.wait(lambda: self._recovered(victim), self.scenario.recover_within):
            self._mark("recovered")
            self.tell(f"recovered after {self.phases['recovered'] - self.phases['disturbed']:.1f} s")
        else:
            self.seen = last_words(self.run, self.observer.own_pods())
            self.tell("not recovered in time")
            self._late("recovered", self.phases["disturbed"], lambda: self._recovered(victim))

    def _hang(self) -> dict[str, Any] | None:
        """Make a ready server hang and return it; None where none is ready, or its container does not take the command.

        Raises: EnvironmentBrokenError where the cluster does not bring the command there.
        """
        namespace, container = self.run.workload.namespace, self.exercise.workload.container
        problem: ApiRefusedError | None = None
        victim: dict[str, Any] | None = None
        for _ in range(HANGS):
            self.observer.wait(lambda: self._ready_pod() is not None, ASKED_WITHIN)
            # The same one again while it is there: a command whose end was not heard may have made it hang.
            if victim is None or victim["uid"] not in self.observer.latest:
                victim = self._ready_pod()
            if victim is None:
                self._undisturbed = {"error": "no server is ready any more"}
                return None
            began = time.time()
            try:
                self.run.admin.execute(namespace, victim["name"], container, HANG)
            except ApiRefusedError as refused:
                problem = refused
                self._undisturbed = {
                    "error": str(problem),
                    "t": began,
                    "ms": 1000 * (time.time() - began),
                    "status": None,
                }
                self.observer.wait(lambda: False, GRACE)
            else:
                return victim
        if problem is not None and problem.reason != EXEC_FAILED:
            raise EnvironmentBrokenError(f"the server could not be disturbed: {problem}") from problem
        return None

    def _ready_pod(self) -> dict[str, Any] | None:
        return next((snap for snap in self.observer.own_pods() if snap["ready"]), None)

    def _settled(self) -> bool:
        """Whether all replicas were ready in time and have been so for a while: a crash loop has its ready moments."""
        now, restarts = time.time(), sum(snap["restarts"] for snap in self.observer.own_pods())
        if not self._all_ready() or (self._restarts != restarts and "ready" in self.phases):
            self.phases.pop("ready", None)
            return False
        if "ready" not in self.phases:
            if now > self._due:
                return False
            self._restarts = restarts
            self._mark("ready")
        return now - self.phases["ready"] >= SETTLE

    def _all_ready(self) -> bool:
        """Whether the workload has all its replicas, of its latest template, ready; no older pod counts."""
        if sum(snap["ready"] for snap in self.observer.own_pods()) < self.exercise.workload.replicas:
            return False
        found = self.run.admin.get(self.run.workload)
        if found is None:
            return False
        status, wanted = found.get("status", {}), found["spec"].get("replicas", 1)
        current = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
        return bool(current and status.get("readyReplicas", 0) >= wanted and status.get("updatedReplicas", 0) >= wanted)

    def _recovered(self, victim: dict[str, Any]) -> bool:
        now = self.observer.latest.get(victim["uid"])
        replaced = now is None or now["deleting"] or now["restarts"] > victim["restarts"]
        answers = [one for one in self.observer.probes if one["kind"] == "predict"][-STEADY_ANSWERS:]
        right = len(answers) == STEADY_ANSWERS and all(
            one["correct"] and one["t"] > self.phases["disturbed"] for one in answers
        )
        return bool(replaced and right and self._all_ready())

    def _pulse(self) -> None:
        """Take our own pods' pulse: if they do not run, nothing can be told; and if an image is not there, neither."""
        due = self.phases["applied"] + SENTINEL_BUDGET
        self.observer.wait(self.observer.sentinel_ready, max(0.0, due - time.time()))
        if not self.observer.pulse or not any(ready for _, ready in self.observer.pulse):
            self.phases["broken"] = self.phases["applied"]
            self.broke("a Deployment of ours that does nothing did not become ready: the machine is too slow")
        elif self.exercise.traffic and not self.observer.wait(lambda: bool(self.observer.probes), 5.0):
            self.broke("our prober pod sent no request: the machine is too slow")
        if missing := self._missing_image():
            self.phases["broken"] = self.phases["applied"]
            self.broke(f"an image that the exercise lists is missing from the node: {missing}")

    def _missing_image(self) -> str:
        """Return a listed image that no node holds although a pod waits for it; one that is pulled all the same is there."""
        waiting = [snap["state"].partition(":")[0] for snap in self.observer.own_pods()]
        if not any(state in NO_IMAGE for state in waiting):
            return ""
        nodes = self.run.admin.list_objects("v1", "Node")
        held = {name for node in nodes for one in node["status"].get("images") or [] for name in one.get("names") or []}
        return next((one for one in self.exercise.images if not any(name.endswith(f"/{one}") for name in held)), "")

    def tell(self, text: str) -> None:
        """Tell how far this scenario has come."""
        self._tell(f"{self.scenario.name}: {text}")

    def _mark(self, phase: str) -> None:
        self.phases[phase] = time.time()

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
            "pods": self.observer.pods,
            "events": self.observer.events,
            "probes": [record for record in self.observer.probes if record["kind"] != "start"],
            "last_seen": self.seen,
            "stalls": [asdict(one) for one in self.stalls()],
            "undisturbed": self._undisturbed,
            **self.answers,
        }
        restored: dict[str, Any] = _map_text(data, self.run.renaming.restore)
        return restored | {"namespaces": [*self.run.namespaces, self.run.prober_namespace]}


def _map_text(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _map_text(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_map_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
