"""Play a scenario in the candidate's own namespaces: the callers and the disturbance, and no verdict."""

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.observer import Observer
from grader.scenario import Player, Tell
from harness import practice, tokens
from harness import run as runs
from harness.apply import Refusal
from harness.errors import InputError
from harness.exercise import Exercise, Scenario
from harness.kube import Kube, Ref
from harness.submission import Submission


def scenario_of(exercise: Exercise, name: str) -> Scenario:
    """Return the scenario of that name.

    Raises: InputError that lists those there are, or where none can be played in namespaces of one's own.
    """
    if exercise.pipeline is not None:
        raise InputError(
            f"{exercise.slug} is a pipeline and has no namespaces; play its public runs with: breakfix check"
        )
    if exercise.simulated:
        raise InputError(
            f"{exercise.slug} has simulated nodes, on which nothing runs; see what is placed with: breakfix status"
        )
    for scenario in exercise.scenarios:
        if scenario.name == name:
            return scenario
    known = "".join(f"\n  {one.name}: {one.title}" for one in exercise.scenarios)
    raise InputError(f"{exercise.slug} has no scenario {name!r}; it has{known}")


def rehearse(
    submission: Submission, scenario: Scenario, admin: Kube, stop: threading.Event, tell: Tell
) -> Mapping[str, Any]:
    """Return what was seen while the scenario was played on what the files say, in the namespaces that they name.

    The callers stand in a namespace of their own, which is gone afterwards; so are the scenario's switches.

    Raises: StoppedError on an interrupt, EnvironmentBrokenError where the machine failed; both after that was removed.
    """
    rehearsal = _Rehearsal(submission.exercise, scenario, admin, stop, tell)
    try:
        rehearsal.play(submission)
    finally:
        rehearsal.leave()
    return rehearsal.observation()


class _Rehearsal(Player):
    """A scenario in the playing whose run is the candidate's practice: plain names, applied as `breakfix apply` does."""

    def __init__(self, exercise: Exercise, scenario: Scenario, admin: Kube, stop: threading.Event, tell: Tell) -> None:
        super().__init__(exercise, scenario, admin, stop, tell)
        self.run = runs.Run(exercise, tokens.fresh(), tokens.Renaming({}), admin, admin)
        self.observer = Observer(self.run, stop)

        self._waiting: set[str] = set()  # the Jobs of later waves

    def play(self, submission: Submission) -> None:
        """Play the scenario as far as the files carry it."""
        admin, waves = self.run.admin, self.scenario.waves
        self._submission = submission
        practice.make_practice_namespaces(admin, self.exercise, self.tell)
        if waves:  # they come one after the other here, which `breakfix apply` does not do
            self._waiting = {job.name for job in self.exercise.jobs} - set(waves[0].jobs)
            practice.remove_jobs(admin, self.exercise)
        self.observer.start()
        self.tell("applying your files")
        self._refused(self._applied())
        self._mark("applied")
        self._due = self.phases["applied"] + self.scenario.ready_within
        self._call()
        if self.exercise.jobs:
            self._complete()
        elif self._becomes_ready():
            self._hold()
            if self.scenario.disturb:
                self._disturb()

    def _call(self) -> None:
        """Let the callers of the ticket call, with the values that the namespaces' Secrets hold now."""
        admin, name = self.run.admin, self.run.prober_namespace
        admin.create(runs.namespace(name, self.run.token))
        runs.wait_account(admin, name)
        self._made = time.time()
        fresh = {name: _held(admin, spots[0]) for name, spots in self.exercise.fresh.items()}
        token = self.exercise.traffic.token if self.exercise.traffic else None
        runs.make_helpers(replace(self.run, fresh=fresh), _held(admin, token) if token else "")

    def _applied(self) -> list[Refusal]:
        switches, waiting = self.scenario.switches, self._waiting
        return practice.apply_workspace(self.run.admin, self._submission, self.tell, switches=switches, waiting=waiting)

    def _apply_jobs(self, names: tuple[str, ...]) -> None:
        self._waiting -= set(names)
        self._refused(self._applied())

    def _disturb(self) -> None:
        super()._disturb()
        if "recovered" not in self.phases and (hung := self.disturbed) and hung in map(_name, self.observer.own_pods()):
            self.tell(f"removing {hung}, which still hangs, so that your service goes on without it")
            self.run.admin.delete(Ref("v1", "Pod", self.run.workload.namespace, hung), grace=1)

    def leave(self) -> None:
        """Remove the callers, and what the scenario changed of the files."""
        self.end()
        self.remove()
        if self.scenario.switches or self._waiting:
            self.tell("applying your files as they are")
            practice.apply_workspace(self.run.admin, self._submission, self.tell)

    def remove(self) -> None:
        """Remove the callers' namespace; the practice namespaces stay."""
        self.observer.close()
        try:
            runs.remove(self.run.admin, [self.run.prober_namespace])
        finally:
            self.observer.join()


def _name(snap: Mapping[str, Any]) -> str:
    return str(snap["name"])


def _held(kube: Kube, spot: Mapping[str, str]) -> str:
    """Return what a key of a Secret holds on the cluster; nothing where the Secret or the key is not there."""
    found = kube.get(Ref("v1", "Secret", spot["namespace"], spot["secret"])) or {}
    return base64.b64decode((found.get("data") or {}).get(spot["key"], "")).decode(errors="replace")
