"""Play one scenario on the cluster: apply → hold → disturb → observe, and return what was seen as data."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader import jobs, placed, questions
from grader.observer import Observer, last_words
from grader.waves import Waves
from harness import admission
from harness import run as runs
from harness.apply import Refusal
from harness.errors import EnvironmentBrokenError
from harness.exercise import Exercise, Scenario
from harness.kube import ApiRefusedError, Kube, Object
from harness.submission import Submission

SENTINEL_BUDGET = 20.0  # seconds from applying until a Deployment of ours is ready; about 3 on an idle laptop
SETTLE = 3.0  # seconds of readiness without a restart that count as ready, and in which the proxy learns the endpoints
GRACE = 0.5  # seconds: how often a condition is asked for at least
STEADY_ANSWERS = 8  # right answers in a row, at four a second, that show a service has recovered
SLOWEST = 1000.0  # milliseconds for a request of ours to a server of ours; about 3 on an idle laptop
ASKED_WITHIN = 20.0  # seconds until a server is ready again that was not at the end of the hold
HOLDS = 3  # how often a hold is begun again because the machine stalled in it
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
    player = _Player(submission.exercise, scenario, admin, stop, tell)
    try:
        player.play(submission)
    except EnvironmentBrokenError as problem:
        player.evidence = player.evidence or str(problem)
    except BaseException:
        player.remove()
        raise
    player.end()
    return Played(player.observation(), player.remove)


class _Player:
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
        self._restarts = 0
        self._values: list[Object] = []
        self.answers: dict[str, Any] = {
            "access": [], "reach": [], "records": None, "jobs": [], "waves": [], "epochs": {},
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
        runs.make_helpers(self.run, api_token)
        self.tell("applying")
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
        self._pulse()

    def _refused(self, found: list[Refusal]) -> None:
        self.refusals += [{"object": one.ref.label, "message": self.run.renaming.restore(one.message)} for one in found]

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
        ready = self.observer.wait(self._settled, self.scenario.ready_within + SETTLE + GRACE)
        if ready:
            self._mark("settled")
            self.tell(f"ready after {self.phases['ready'] - self.phases['applied']:.1f} s")
        else:
            self.phases.pop("ready", None)
            self.seen = last_words(self.run, self.observer.own_pods())
            self.tell("not ready in time")
        return ready

    def _placed(self) -> None:
        """Wait until the scheduler has placed each pod that has to be there; whether it runs is simulated."""
        self.tell(f"waiting up to {self.scenario.ready_within:g} s for the pods to be placed")
        if self.observer.wait(
            lambda: placed.all_placed(self.run, self.observer.own_pods()), self.scenario.ready_within
        ):
            self._mark("placed")
        self.answers["placed"] = placed.pods(self.run, self.observer.own_pods())
        there = sum(bool(one["node"]) for one in self.answers["placed"])
        self.tell(f"{there} of {sum(placed.wanted(self.exercise).values())} pods are placed")

    def _complete(self) -> None:
        """Wait until each Job has ended; one that never will is waited for until the deadline."""
        self.tell(f"waiting up to {self.scenario.ready_within:g} s for the Jobs to complete")
        if self.scenario.waves:
            waves = Waves(self.run, self.scenario, self.observer, self._apply_jobs, self.tell)
            self.observer.wait(waves.over, self.scenario.ready_within)
            self.answers |= {"waves": waves.record, "epochs": waves.epochs}
        else:
            self.observer.wait(lambda: len(jobs.ended(self.run)) == len(self.exercise.jobs), self.scenario.ready_within)
        wanted = [name for wave in self.scenario.waves for name in wave.jobs] or [
            one.name for one in self.exercise.jobs
        ]
        self.answers["jobs"] = [one for one in jobs.states(self.run) if one["name"] in wanted]
        done = sum("Complete" in one["ends"] for one in self.answers["jobs"])
        if done == len(wanted):
            self._mark("completed")
        self.tell(f"{done} of {len(wanted)} Jobs are complete")

    def _apply_jobs(self, names: tuple[str, ...]) -> None:
        self._refused(runs.apply_jobs(self.run, self._values, names))

    def _hold(self) -> None:
        """Watch readiness for a while; where the machine stalled meanwhile for longer: what would have come may be late."""
        for _ in range(HOLDS):
            began = time.time()
            self.tell(f"holding for {self.scenario.hold:g} s")
            self.observer.wait(lambda: False, self.scenario.hold)
            self._mark("held")
            if not (stall := self._stall(began)):
                return
            self.tell(stall)
        self.evidence = stall

    def _ask(self) -> None:
        """Ask what only a ready workload can answer; servers that come and go are waited for, for a while."""
        self.observer.wait(lambda: self._ready_pod() is not None, ASKED_WITHIN)
        if (asked := self._ready_pod()) is not None:
            self.answers["reach"] = questions.reach(self.run, asked["name"])
        self.answers["records"] = questions.records(self.run)

    def _disturb(self) -> None:
        """Hang one ready server, then wait until it is replaced and everything answers again."""
        if (victim := self._ready_pod()) is None:
            return
        namespace, container = self.run.workload.namespace, self.exercise.workload.container
        try:
            self.run.admin.execute(namespace, victim["name"], container, HANG)
        except ApiRefusedError as problem:
            raise EnvironmentBrokenError(f"the server could not be disturbed: {problem}") from problem
        self._mark("disturbed")
        self.tell(f"one server hangs; waiting up to {self.scenario.recover_within:g} s for its replacement")
        if self.observer.wait(lambda: self._recovered(victim), self.scenario.recover_within):
            self._mark("recovered")
            self.tell(f"recovered after {self.phases['recovered'] - self.phases['disturbed']:.1f} s")
        else:
            self.seen = last_words(self.run, self.observer.own_pods())
            self.tell("not recovered in time")

    def _ready_pod(self) -> dict[str, Any] | None:
        return next((snap for snap in self.observer.own_pods() if snap["ready"]), None)

    def _settled(self) -> bool:
        """Whether all replicas were ready in time and have been so for a while: a crash loop has its ready moments."""
        now, restarts = time.time(), sum(snap["restarts"] for snap in self.observer.own_pods())
        if not self._all_ready() or (self._restarts != restarts and "ready" in self.phases):
            self.phases.pop("ready", None)
            return False
        if "ready" not in self.phases:
            if now > self.phases["applied"] + self.scenario.ready_within:
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
        """Take our own pods' pulse: if they could not start in time, stay ready or be served, the machine failed."""
        due = self.phases["applied"] + SENTINEL_BUDGET
        self.observer.wait(self.observer.sentinel_ready, max(0.0, due - time.time()))
        if not any(ready and t <= due for t, ready in self.observer.pulse):
            self.evidence = f"a Deployment of ours that answers /healthz was not ready within {SENTINEL_BUDGET:g} s: the machine is too slow"
        elif self.observer.sentinel_faltered():
            self.evidence = "a pod of ours that answers /healthz lost readiness: the machine stalled"
        elif self.exercise.traffic and not self.observer.wait(lambda: bool(self.observer.probes), 5.0):
            self.evidence = "our prober pod sent no request: the machine is too slow"
        missing = [
            snap
            for snap in self.observer.own_pods()
            if snap["state"].startswith(("ErrImageNeverPull", "ImagePullBackOff", "ErrImagePull"))
        ]
        if missing:
            self.evidence = f"an image that the exercise lists is missing from the node: {missing[0]['state']}"

    def _stall(self, since: float = 0.0) -> str:
        """Return how long the slowest request took that our prober sent to our own ready server, where that is too long."""
        ready = next((t for t, ready in self.observer.pulse if ready), None)
        controls = [
            one
            for one in self.observer.probes
            if one["kind"] == "control" and ready and one["t"] > max(since, ready + SETTLE)
        ]
        slowest = max(controls, key=lambda one: float(one["ms"]), default=None)
        if slowest is None or (slowest["ms"] <= SLOWEST and not slowest["error"]):
            return ""
        return f"a request from our prober to a server of ours took {slowest['ms']:.0f} ms: the machine stalled"

    def tell(self, text: str) -> None:
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
            "stall": self._stall(),
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
