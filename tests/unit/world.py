"""A cluster that a test makes up: things happen when their time comes, and time goes on when somebody waits for it."""

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.checks.blame import Stall
from grader.errors import StoppedError
from grader.live.context import Context
from grader.live.ground import give_back
from grader.live.observer import Observer
from grader.live.play import play_steps
from grader.live.step import Step
from harness.core.errors import EnvironmentBrokenError
from harness.exercises.exercise import Exercise
from harness.exercises.scenarios import Order, Scenario
from harness.files.tokens import Renaming
from harness.intake.submission import Submission
from harness.kube.apply import Refusal
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref, ref_of
from harness.runs.run import HELPER_LABEL, SENTINEL, Run

BEGIN = 1000.0  # when a world begins
KINDS = (
    "Pod", "Node", "Namespace", "Secret", "ConfigMap", "Service", "Deployment", "ReplicaSet", "StatefulSet", "Job", "CronJob",
    "PodDisruptionBudget", "HorizontalPodAutoscaler", "ServiceAccount", "PersistentVolumeClaim", "PersistentVolume",
)  # fmt: skip
PLURALS = {kind: f"{kind.lower()}s" for kind in KINDS} | {"PriorityClass": "priorityclasses", "Event": "events"}
COLLECTIONS = {*PLURALS.values(), "events"}
LOOK = 0.25  # seconds between two looks of whoever waits


class Api(Kube):
    """An API server whose objects are those of the test; `answers` are what it says instead, by verb and end of the path."""

    def __init__(self, folder: Path) -> None:
        self.kubeconfig = folder / "kubeconfig"
        self.objects: dict[str, Object] = {}
        self._plurals = {}
        self.answers: dict[tuple[str, str], list[Exception | None]] = {}
        self.calls: list[tuple[str, str, Object | None]] = []
        self.logs: dict[str, str] = {}
        self.commands: list[tuple[str, list[str]]] = []
        self.said: dict[str, str] = {}  # what commands in a pod write
        self.gone: Callable[[Object], None] = lambda _: None  # called with a pod that was deleted

    def put(self, value: Object) -> Object:
        """Have an object there."""
        ref = ref_of(value)
        self.objects[self.path_of(ref.api_version, ref.kind, ref.namespace, ref.name)] = value
        return value

    def _disclosed(self, api_version: str) -> dict[str, str]:
        del api_version
        return PLURALS

    def request(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:  # fmt: skip
        """Answer as an API server would, as far as steps ask it."""
        del content_type
        self.calls.append((method, path, body))
        for (verb, end), answers in self.answers.items():
            if verb == method and path.endswith(end) and answers and (problem := answers.pop(0)) is not None:
                raise problem
        if method == "POST" and path.endswith("/eviction"):
            return self._remove(path.removesuffix("/eviction"))
        if method == "POST":
            return self.put(body or {})
        if method == "DELETE":
            return self._remove(path)
        if method == "PATCH":
            return _merge(self._found(path), body or {})
        if path.rsplit("/", 1)[-1] in COLLECTIONS:
            return self._listed(path, (query or {}).get("labelSelector", ""))
        return self._found(path)

    def execute(self, namespace: str, pod: str, container: str, argv: list[str], *, seconds: float = 0.0) -> str:
        """Take down a command, and do as `answers` say."""
        del namespace, container, seconds
        self.commands.append((pod, argv))
        answers = self.answers.get(("EXEC", pod), [])
        if answers and (problem := answers.pop(0)) is not None:
            raise problem
        return self.said.get(pod, "")

    def written(
        self, namespace: str, pod: str, container: str, *, lines: int, previous: bool = False, stamped: bool = False
    ) -> str:
        """Return what a pod has written; a test that has lines stamped writes their times itself."""
        del namespace, container, lines, stamped
        answers = self.answers.get(("LOG", pod), [])
        if answers and (problem := answers.pop(0)) is not None:
            raise problem
        return self.logs.get(f"{pod} before" if previous else pod, "")

    def close(self) -> None:
        """Do nothing."""

    def asked(self, method: str, end: str) -> int:
        """Return how many requests there were of a verb to paths that end so."""
        return sum(verb == method and path.endswith(end) for verb, path, _ in self.calls)

    def _found(self, path: str) -> Object:
        if path not in self.objects:
            raise ApiRefusedError(404, "NotFound", f"{path.rsplit('/', 1)[-1]} not found")
        return self.objects[path]

    def _remove(self, path: str) -> Object:
        value = self._found(path)
        del self.objects[path]
        if value["kind"] == "Pod":
            self.gone(value)
        return value

    def _listed(self, path: str, selector: str) -> Object:
        base, _, plural = path.rpartition("/")
        if "/namespaces/" not in path:  # of all namespaces, or of none
            there = [
                one for name, one in self.objects.items() if name.startswith(base) and name.split("/")[-2] == plural
            ]
        else:
            there = [one for name, one in self.objects.items() if name.rpartition("/")[0] == path]
        return {"items": [one for one in there if _selected(selector, one["metadata"].get("labels") or {})]}


def _selected(selector: str, labels: Mapping[str, str]) -> bool:
    wanted = [part.partition("!=" if "!=" in part else "=") for part in selector.split(",") if part]
    return all(
        labels.get(key) != value if sign == "!=" else key in labels and (not sign or labels[key] == value)
        for key, sign, value in wanted
    )


def _merge(value: Object, change: Object) -> Object:
    for key, item in change.items():
        if isinstance(item, dict):
            _merge(value.setdefault(key, {}), item)
        elif item is None:
            value.pop(key, None)
        else:
            value[key] = item
    return value


class Watch(Observer):
    """An observer whose waiting makes the world's time go on."""

    def __init__(self, run: Run, world: "World") -> None:
        super().__init__(run, threading.Event())
        self._world = world

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait in the world's time."""
        end = self._world.now + seconds
        while True:
            if self.stop.is_set():
                raise StoppedError
            if self.broken:
                raise EnvironmentBrokenError(self.broken)
            if condition():
                return True
            if self._world.now >= end:
                return False
            self._world.go_on(min(LOOK, end - self._world.now))


class Ground:
    """Applies nothing: what it was to apply, it takes down, and `refuses` what the test says."""

    def __init__(self) -> None:
        self.applied: list[tuple[dict[str, str], tuple[str, ...]]] = []
        self.refuses: list[Refusal] = []

    def open(self, at: Context) -> None:
        """Do nothing."""

    def apply(self, at: Context, switches: Mapping[str, str], jobs: Any) -> list[Refusal]:
        """Take it down."""
        del at
        self.applied.append((dict(switches), tuple(jobs)))
        return self.refuses

    def call(self, at: Context) -> None:
        """Do nothing."""


class World:
    """One run in a cluster that is made up, from `BEGIN` on."""

    def __init__(
        self, exercise: Exercise, monkeypatch: pytest.MonkeyPatch, *orders: Order, folder: Path = Path()
    ) -> None:
        self.exercise = exercise
        self.now = BEGIN
        monkeypatch.setattr(time, "time", lambda: self.now)
        self.api = Api(folder)
        self.api.gone = lambda pod: self._seen("DELETED", pod)
        run = Run(exercise, "tkn", Renaming({}), self.api, self.api, dict.fromkeys(exercise.fresh, "x"))
        self.watch = Watch(run, self)
        self.ground = Ground()
        self.said: list[str] = []
        scenario = Scenario("day", orders)
        nothing = Submission(exercise, (), (), ())
        self.at = Context(nothing, scenario, run, self.watch, self.ground, self.said.append, now=lambda: self.now)
        self._coming: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def later(self, seconds: float, act: Callable[..., object], *args: Any, **more: Any) -> None:
        """Have something happen so many seconds after the beginning."""
        self._coming.append((BEGIN + seconds, next(self._numbers), partial(act, *args, **more)))
        self._coming.sort(key=lambda coming: coming[:2])

    def go_on(self, seconds: float) -> None:
        """Let time go by, in which comes what is due."""
        end = self.now + seconds
        while self._coming and self._coming[0][0] <= end:
            due, _, act = self._coming.pop(0)
            self.now = max(self.now, due)
            act()
        self.now = end

    def play(self, *todo: Step) -> dict[str, Any]:
        """Play steps as a grade does, and return what was seen."""
        try:
            play_steps(self.at, todo)
        except EnvironmentBrokenError as problem:
            self.at.broke(str(problem))
        finally:
            give_back(self.at)
        self.at.mark("ended")
        return self.at.observation()

    def sentinel(self, *, ready: bool = True) -> None:
        """Our own server becomes ready, or is no longer."""
        status = {"conditions": [{"type": "Ready", "status": str(ready)}]}
        self.watch._seen_helper(
            "MODIFIED", {"metadata": {"name": SENTINEL, "labels": {HELPER_LABEL: SENTINEL}}, "status": status}
        )

    def prober(self) -> None:
        """Our prober's pod is there."""
        metadata = {"name": "sentinel-0", "namespace": self.at.run.prober_namespace, "labels": {HELPER_LABEL: SENTINEL}}
        self.api.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata})

    def pod(
        self, name: str, *, ready: bool = True, restarts: int = 0, phase: str = "Running", node: str = "n1", **more: Any
    ) -> Object:
        """A pod of the workload (or of the Job `job`) is there, as it is now."""
        owner = {"kind": "Job", "name": more["job"]} if "job" in more else self._controller()
        status = {
            "phase": phase, "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": "c", "restartCount": restarts, "ready": ready, "state": {"running": {}}}],
        }  # fmt: skip
        namespace = more.get("namespace", self.exercise.workload.namespace)
        pod: Object = {
            "apiVersion": "v1", "kind": "Pod", "status": status,
            "metadata": {"name": name, "uid": f"uid-{name}", "namespace": namespace, "labels": more.get("labels", {}),
                         "ownerReferences": [{**owner, "uid": "uid-of-owner", "controller": True}]},
            "spec": {"nodeName": node, "containers": [{"name": "c"}]},
        }  # fmt: skip
        self.api.put(pod)
        self._seen("MODIFIED", pod)
        return pod

    def _controller(self) -> Object:
        workload = self.exercise.workload
        if workload.kind != "Deployment":
            return {"kind": workload.kind, "name": workload.name}
        owner = {"kind": workload.kind, "name": workload.name, "uid": "uid-of-workload", "controller": True}
        metadata = {"name": "set", "namespace": workload.namespace, "ownerReferences": [owner]}
        self.api.put({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata})
        return {"kind": "ReplicaSet", "name": "set"}

    def _seen(self, change: str, pod: Object) -> None:
        self.watch._seen_pod(change, pod)

    def workload(
        self,
        *,
        ready: int,
        updated: int | None = None,
        generation: int = 1,
        observed: int | None = None,
        older: int = 0,
        conditions: Sequence[Object] = (),
    ) -> Object:
        """The workload's object is there: how many replicas are ready, of its latest template, and older ones besides."""
        ref: Ref = self.at.run.workload
        status = {
            "observedGeneration": generation if observed is None else observed, "readyReplicas": ready,
            "updatedReplicas": ready if updated is None else updated, "replicas": ready + older, "conditions": list(conditions),
        }  # fmt: skip
        metadata = {"name": ref.name, "namespace": ref.namespace, "generation": generation, "uid": "uid-of-workload"}
        spec = {"replicas": self.exercise.workload.replicas}
        return self.api.put(
            {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, "spec": spec, "status": status}
        )

    def writes(self, pod: str, line: str) -> None:
        """A pod writes to its log."""
        self.api.logs[pod] = self.api.logs.get(pod, "") + line

    def answers(self, count: int, *, correct: bool = True) -> None:
        """The prober has got so many answers just now."""
        for number in range(count):
            self.watch.probes.append({
                "t": self.now - 0.25 * (count - 1 - number), "kind": "predict", "status": 200, "error": None, "ms": 3.0,
                "correct": correct,
            })  # fmt: skip

    def stall(self, seconds: float, since: float) -> None:
        """The machine stalled for so long, from so many seconds after the beginning."""
        self.watch.waits.append(
            Stall(BEGIN + since, seconds, "the grader itself was kept waiting: the machine stalled")
        )

    def node(self, name: str, **labels: str) -> Object:
        """A node is there."""
        return self.api.put({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
            "spec": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        })  # fmt: skip
