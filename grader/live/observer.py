"""Watch one run: pod snapshots from a watch, request records from the prober's log, both as they happen."""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from grader.checks.blame import Stall
from grader.errors import StoppedError
from harness.core.errors import EnvironmentBrokenError, HarnessError
from harness.kube.containerlog import AMONG, quoted
from harness.kube.kube import ApiRefusedError, Object, path_of
from harness.kube.status import is_ready, last_seen, state_of
from harness.runs.run import HELPER_LABEL, SENTINEL, STRANGER, Run, decoy_name

WATCH = 5  # seconds of one watch request; then the next takes over, so that a watch can end
START = 60.0  # seconds until the first record; about 2 on an idle laptop
PROBES = {"restart": ("livenessProbe", "startupProbe"), "unready": ("readinessProbe",)}
EVENTS = 200  # events of Kubernetes that a run's record keeps; a crash loop repeats itself
ANSWERED = 3.0  # seconds for the API server's answers to one look at the run; far less than 1 on an idle laptop
LATE = 1.0  # seconds that a wait of ours may be late
STALL = 8.0  # seconds without a request record that speak of a starved machine; requests are due every 0.25 s


class Observer:
    """Records what happens in a run until it is closed."""

    def __init__(self, run: Run, stop: threading.Event) -> None:
        self.run = run
        self.stop = stop
        self.pods: list[dict[str, Any]] = []
        self.probes: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.latest: dict[str, dict[str, Any]] = {}
        self.pulse: list[tuple[float, bool]] = []
        self.waits: list[Stall] = []  # in which the API server or this machine kept us waiting
        self.broken: str | None = None
        self.began = 0.0  # whole seconds, as events have them; what Kubernetes said before then belongs to no run
        self.started: Callable[[], None] = lambda: None  # called when our own pod is first ready, or at the end
        self._told: set[tuple[str, int]] = set()  # events that were taken down, by uid and count
        self._lines: Counter[str] = Counter()  # of each prober's log
        self._owners: dict[str, bool] = {}
        self._helpers: dict[str, str] = {}  # which of our pods, and what it is called
        self._places: dict[str, str] = {}  # those that stand in a namespace of the exercise's, and in which
        self._changed = threading.Condition()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to watch."""
        self.began = math.floor(time.time())
        for namespace in self.run.namespaces:
            self._spawn(self._watch, path_of("v1", "Pod", namespace), self._seen_pod)
            self._spawn(self._watch, f"/api/v1/namespaces/{namespace}/events", self._seen_event)
        self._spawn(self._watch, path_of("v1", "Pod", self.run.prober_namespace), self._seen_helper)
        if self.run.exercise.traffic:
            self._spawn(self._follow, self.run.prober)
            if self.run.exercise.traffic.stranger is not None:
                self._spawn(self._follow, STRANGER)

    def follow_decoys(self) -> None:
        """Leave the decoys out of what is recorded of pods, and begin to take down what they are answered, where they call."""
        traffic = self.run.exercise.traffic
        for decoy in self.run.exercise.decoys:
            name = decoy_name(self.run, decoy)
            self._helpers[name] = name
            self._places[name] = self.run.renaming.text(decoy.namespace)
            if traffic and traffic.stranger is not None:
                self._spawn(self._follow, name)

    def close(self) -> None:
        """Stop recording."""
        self._closed = True
        self.started()

    def join(self) -> None:
        """Wait for the threads; a watch ends within its few seconds, a log with its pod."""
        for thread in self._threads:
            thread.join(timeout=WATCH + STALL)

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Return whether the condition came true in time; it is asked again whenever something changes.

        Raises: StoppedError on an interrupt; EnvironmentBrokenError when watching itself broke.
        """
        end = time.monotonic() + seconds
        while True:
            if self.stop.is_set():
                raise StoppedError
            if self.broken:
                raise EnvironmentBrokenError(self.broken)
            asked = time.monotonic()
            held = condition()
            self._late(time.monotonic() - asked - ANSWERED, "the API server took {:.1f} s to tell how far the run is")
            if held:
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            pause, began = min(left, 0.5), time.monotonic()
            with self._changed:
                self._changed.wait(pause)
            self._late(time.monotonic() - began - pause - LATE, "the grader itself was kept waiting for {:.1f} s")

    def _late(self, seconds: float, told: str) -> None:
        if seconds > 0:
            self.waits.append(Stall(time.time() - seconds, seconds, told.format(seconds) + ": the machine stalled"))

    def own_pods(self) -> list[dict[str, Any]]:
        """Return the latest snapshots of the workload's own pods that still exist."""
        return [snap for snap in self.latest.values() if snap["own"]]

    def sentinel_ready(self) -> bool:
        """Whether our own pod is ready: the machine's pulse."""
        return bool(self.pulse) and self.pulse[-1][1]

    def _spawn(self, target: Callable[..., None], *args: Any) -> None:  # noqa: ANN401 - passed through
        def guarded() -> None:
            try:
                target(*args)
            except EnvironmentBrokenError as problem:
                if not self._closed:
                    self.broken = str(problem)
            except ApiRefusedError as problem:
                if not self._closed:
                    self.broken = f"watching the run was refused: {problem}"
            except Exception as problem:  # noqa: BLE001 - a watcher that died must never look like a silent cluster
                if not self._closed:
                    self.broken = f"what was watched of the run cannot be read: {type(problem).__name__}: {problem}"
            with self._changed:
                self._changed.notify_all()

        thread = threading.Thread(target=guarded, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch(self, path: str, seen: Callable[[str, Object], None]) -> None:
        since = ""
        while not self._closed:
            for event in self.run.admin.watch(path, seconds=WATCH, since=since):
                if self._closed:
                    return
                if event["type"] == "ERROR":  # what was there at `since` is no longer known: begin again
                    since = ""
                    break
                since = event["object"]["metadata"]["resourceVersion"]
                seen(event["type"], event["object"])
                with self._changed:
                    self._changed.notify_all()

    def _seen_pod(self, change: str, pod: Object) -> None:
        if pod["metadata"]["name"] in self._places:
            return
        snap = {"t": time.time(), "own": self._owned(pod), **snapshot(pod), **_of_job(pod)}
        if change == "DELETED":
            self.latest.pop(snap["uid"], None)
            snap |= {"ready": False, "state": "deleted"}
        else:
            self.latest[snap["uid"]] = snap
        self.pods.append(snap)

    def _seen_event(self, change: str, event: Object) -> None:
        """Take down what Kubernetes says of a pod since the run began, again where it happens again; not where it is listed again."""
        about = event.get("involvedObject", {})
        if change == "DELETED" or about.get("kind") != "Pod" or about.get("name") in self._places:
            return
        t, told = last_seen(event).timestamp(), (str(event["metadata"]["uid"]), _times(event))
        if t >= self.began and told not in self._told and len(self.events) < EVENTS:
            self._told.add(told)
            said = {key: str(event.get(key) or "")[:300] for key in ("type", "reason", "message")}
            self.events.append({"t": t, "pod": str(about.get("name")), **said})

    def _seen_helper(self, change: str, pod: Object) -> None:
        helper = pod["metadata"]["labels"][HELPER_LABEL]
        self._helpers[helper] = pod["metadata"]["name"]
        if helper == SENTINEL:
            ready = change != "DELETED" and is_ready(pod.get("status", {}))
            self.pulse.append((time.time(), ready))
            if ready:
                self.started()

    def _owned(self, pod: Object) -> bool:
        """Whether the pod belongs to the exercise's workload, by its chain of controllers, not by its labels."""
        workload = self.run.workload
        owner = _controller(pod)
        if owner is None:
            return False
        if self.run.exercise.jobs:
            return owner["kind"] == "Job" and owner["name"] in {one.name for one in self.run.exercise.jobs}
        if owner["kind"] == workload.kind:
            return bool(owner["name"] == workload.name)
        if owner["kind"] != "ReplicaSet" or workload.kind != "Deployment":
            return False
        if owner["uid"] not in self._owners:
            namespace = pod["metadata"]["namespace"]
            with suppress(ApiRefusedError):
                sets = self.run.admin.request("GET", path_of("apps/v1", "ReplicaSet", namespace, owner["name"]))
                above = _controller(sets)
                self._owners[owner["uid"]] = above is not None and (above["kind"], above["name"]) == (
                    workload.kind,
                    workload.name,
                )
        return self._owners.get(owner["uid"], False)

    def _follow(self, helper: str) -> None:
        """Read a prober's log for as long as the run lasts, following it again whenever the kubelet ends the stream.

        That happens while the container is being started, and when the kubelet runs out of file watches.

        Raises: EnvironmentBrokenError when the prober stays silent.
        """
        heard = time.monotonic()
        while not self._closed and not self.stop.is_set():
            before, trouble = self._lines[helper], "its log ended"
            try:
                if helper in self._helpers:
                    self._read_log(helper)
            except (ApiRefusedError, EnvironmentBrokenError) as problem:
                trouble = str(problem)
            if self._lines[helper] > before:
                heard = time.monotonic()
            silent = time.monotonic() - heard
            if silent > (STALL if self._lines[helper] else START):
                raise EnvironmentBrokenError(f"our {helper} was silent for {silent:.0f} s: {trouble}")
            self.stop.wait(0.2)

    def _read_log(self, helper: str) -> None:
        """Take down each record that is new; the log is read from its first line each time."""
        known, name = self._lines[helper], self._helpers[helper]
        place = self._places.get(helper, self.run.prober_namespace)
        for number, line in enumerate(self.run.admin.follow_log(place, name, seconds=STALL / 2)):
            if self._closed:
                return
            if number >= known:
                self.probes.append(_record(line))
                self._lines[helper] += 1
                with self._changed:
                    self._changed.notify_all()


def _times(event: Object) -> int:
    """Return how often an event has happened, as its writer counts. Source: the core and the events.k8s.io API's Event."""
    return int(event.get("count") or (event.get("series") or {}).get("count") or 0)


def _record(line: str) -> dict[str, Any]:
    """Return one line of the prober's log; what is no record is told as it stands."""
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError as problem:
        raise ValueError(f"the prober wrote {line[:200]!r}") from problem
    return record


def snapshot(pod: Object) -> dict[str, Any]:
    """Return what one pod says of itself: name, uid, readiness, restarts, and its state in words."""
    status = pod.get("status", {})
    containers = status.get("containerStatuses") or []
    return {
        "name": pod["metadata"]["name"],
        "uid": pod["metadata"]["uid"],
        "ready": is_ready(status) and "deletionTimestamp" not in pod["metadata"],
        "deleting": "deletionTimestamp" in pod["metadata"],
        "restarts": sum(one.get("restartCount", 0) for one in containers),
        "state": state_of(status),
        "patience": patience(pod),
    }


def patience(pod: Object) -> dict[str, dict[str, float]]:
    """Return after how much silence probes of the pod restart a container, or take it out of service.

    `needs` is for how many seconds in all a server has to be silent, `span` how many seconds pass from the first probe
    that fails to the last; the most impatient probe counts. Source: the API's defaults of a Probe.
    """
    found: dict[str, dict[str, float]] = {}
    for what, names in PROBES.items():
        probes = [
            one[name]
            for one in pod.get("spec", {}).get("containers") or []
            for name in names
            if one.get(name) is not None
        ]
        if probes:
            found[what] = min(map(_patience, probes), key=lambda one: one["needs"])
    return found


def _patience(probe: Object) -> dict[str, float]:
    failures, period, timeout = (
        float(probe.get(key) or usual)
        for key, usual in (("failureThreshold", 3), ("periodSeconds", 10), ("timeoutSeconds", 1))
    )
    return {"needs": failures * timeout, "span": (failures - 1) * period + timeout}


def _of_job(pod: Object) -> dict[str, Any]:
    """Return what a Job's pod says besides: its Job, whether it has a node, its phase, and what disrupted it.

    Source: the API's PodConditions.
    """
    owner = _controller(pod)
    if owner is None or owner["kind"] != "Job":
        return {}
    status = pod.get("status", {})
    disrupted = [one.get("reason", "") for one in status.get("conditions") or [] if one["type"] == "DisruptionTarget"]
    return {
        "job": owner["name"],
        "placed": bool(pod.get("spec", {}).get("nodeName")),
        "phase": status.get("phase", ""),
        "disrupted": (disrupted or [""])[0],
    }


def _controller(value: Object) -> Object | None:
    owners = value["metadata"].get("ownerReferences") or []
    return next((one for one in owners if one.get("controller")), None)


def last_words(run: Run, snaps: list[dict[str, Any]], *, lines: int = 3) -> str:
    """Return what the pods last said, each thing once: states, then the last log lines of what ran before."""
    said: dict[str, None] = {}
    for snap in snaps[-4:]:
        restarts = f", {snap['restarts']} restarts" if snap["restarts"] else ""
        said[f"{snap['state']}{restarts}"] = None
    for snap in snaps[-1:]:
        for previous in (True, False):
            with suppress(HarnessError):
                namespace = run.workload.namespace
                text = run.admin.log(
                    namespace, snap["name"], run.exercise.workload.container, lines=lines * AMONG, previous=previous
                )
                if words := quoted(text, lines):
                    said[f"log: {words}"] = None
                    break
    return run.renaming.restore("; ".join(said)) or f"no pod of {run.workload.label}"
