"""Play a scenario's waves: Jobs that come, and pods that are evicted, once another Job has told of an epoch."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from grader import jobs
from grader.observer import Observer
from harness.errors import EnvironmentBrokenError
from harness.exercise import Scenario
from harness.jobs import Job, Wave
from harness.kube import DISRUPTION_BUDGET, ApiRefusedError, Object, Ref, path_of
from harness.run import Run

LINES = 200  # of a training's log: more than it has epochs
EVERY = 0.8  # seconds between two looks at the Jobs and what they tell
EVICTIONS = 10  # times that an eviction is tried, one second apart, while the API server asks to try it again
GRACE = 1  # seconds that an evicted pod is given; a training has to end at once

NOBODY = {"evicted": "", "refused": ""}

Apply = Callable[[tuple[str, ...]], None]
Tell = Callable[[str], None]


class Waves:
    """The waves of one scenario in the playing, and what the trainings told meanwhile.

    `record` lists what was done: time, Jobs, which pod was evicted, or why one was not. `epochs` has, by pod, its Job and the first and the
    last epoch that it told of as done; the log of a pod goes with it, so it is read all along.
    """

    def __init__(self, run: Run, scenario: Scenario, observer: Observer, apply: Apply, tell: Tell) -> None:
        self._run = run
        self._observer = observer
        self._apply = apply
        self._tell = tell
        self._left = list(scenario.waves[1:])
        self._come = set(scenario.waves[0].jobs)
        self._looked = 0.0
        self.record: list[dict[str, Any]] = [{"t": time.time(), "jobs": sorted(self._come), **NOBODY}]
        self.epochs: dict[str, dict[str, Any]] = {}

    def over(self) -> bool:
        """Go on as far as the trainings allow; return whether nothing more can come, and all that came has ended."""
        if time.monotonic() < self._looked + EVERY:
            return False
        self._looked = time.monotonic()
        ended = self._come & jobs.ended(self._run)  # before what they told, so that no last word is missed
        self._listen()
        while self._left and self._due(self._left[0]):
            self._do(self._left.pop(0))
        stuck = bool(self._left) and (self._left[0].after or {}).get("job") in ended
        return ended == self._come and (stuck or not self._left)

    def _due(self, wave: Wave) -> bool:
        after = wave.after or {}
        told = [one["last"] for one in self.epochs.values() if one["job"] == after.get("job")]
        return bool(max(told, default=0) >= after.get("epochs", 0))

    def _do(self, wave: Wave) -> None:
        if wave.jobs:
            self._tell(f"applying {', '.join(wave.jobs)}")
            self._come |= set(wave.jobs)
            self._apply(wave.jobs)
        self.record.append({"t": time.time(), "jobs": sorted(wave.jobs), **self._evict(wave.evict)})

    def _evict(self, name: str) -> dict[str, str]:
        """Evict a Job's running pod as a drained node would, and return its name, or why it was not."""
        pod = next((snap for snap in self._pods(name) if snap["phase"] == "Running" and not snap["deleting"]), None)
        if pod is None:
            return NOBODY
        namespace = self._namespace(name)
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod["name"], "namespace": namespace},
            "deleteOptions": {"gracePeriodSeconds": GRACE},
        }
        self._tell(f"evicting a pod of {name}")
        for _ in range(EVICTIONS):
            try:
                self._run.admin.request(
                    "POST", path_of("v1", "Pod", namespace, pod["name"]) + "/eviction", body=eviction
                )
            except ApiRefusedError as problem:
                if DISRUPTION_BUDGET not in problem.causes:
                    return NOBODY  # it ended a moment ago
                refused = str(problem)
                if not problem.retry_after:
                    break
                time.sleep(1.0)  # the budget is new, and its controller has not counted its pods yet
            except EnvironmentBrokenError:
                if len(budgets := self._budgets(namespace, pod["name"])) < 2:  # noqa: PLR2004 - one is what it takes
                    raise
                refused = f"the API server evicts no pod that more than one budget selects: {', '.join(budgets)}"
                break
            else:
                return {"evicted": str(pod["name"]), "refused": ""}
        return {"evicted": "", "refused": refused}

    def _budgets(self, namespace: str, name: str) -> list[str]:
        """Return the PodDisruptionBudgets that select a pod."""
        pod = self._run.admin.get(Ref("v1", "Pod", namespace, name)) or {"metadata": {}}
        labels = pod["metadata"].get("labels") or {}
        return [
            one["metadata"]["name"]
            for one in self._run.admin.list_objects("policy/v1", "PodDisruptionBudget", namespace)
            if _selects(one["spec"].get("selector"), labels)
        ]

    def _listen(self) -> None:
        """Read what the running trainings have told so far."""
        for job in self._run.exercise.jobs:
            for snap in self._pods(job.name):
                if snap["phase"] != "Pending" and not (self.epochs.get(snap["name"]) or {}).get("complete"):
                    self._take_down(job, snap)

    def _take_down(self, job: Job, snap: dict[str, Any]) -> None:
        text = self._run.admin.log(self._namespace(job.name), snap["name"], job.container, lines=LINES)
        told = [epoch for line in text.splitlines() if (epoch := epoch_of(line)) is not None]
        if told:
            over = snap["phase"] in ("Succeeded", "Failed")
            self.epochs[snap["name"]] = {"job": job.name, "first": min(told), "last": max(told), "complete": over}

    def _pods(self, name: str) -> list[dict[str, Any]]:
        return [snap for snap in self._observer.own_pods() if snap["job"] == name]

    def _namespace(self, name: str) -> str:
        found = next(one.namespace for one in self._run.exercise.jobs if one.name == name)
        return self._run.renaming.text(found)


def _selects(selector: Object | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector fits. Source: the API's LabelSelector; one that is empty fits all, none at all nothing."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _fits(one, labels) for one in selector.get("matchExpressions") or []
    )


def _fits(expression: Object, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    there, listed = key in labels, labels.get(key) in values
    return {"In": listed, "NotIn": not listed, "Exists": there, "DoesNotExist": not there}[expression["operator"]]


def epoch_of(line: str) -> int | None:
    """Return the epoch that a line of a training's log tells of as done and kept."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("message") != "epoch done":
        return None
    epoch = record.get("epoch")
    return epoch if isinstance(epoch, int) and not isinstance(epoch, bool) else None
