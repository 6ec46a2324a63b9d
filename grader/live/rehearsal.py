"""Play a scenario in the candidate's own namespaces: the callers and the disturbance, and no verdict."""

import base64
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from grader.live import steps
from grader.live.context import Context, Tell
from grader.live.ground import close
from grader.live.observer import Observer
from grader.live.play import play_steps
from harness.exercises.scenarios import Scenario
from harness.files import tokens
from harness.intake.submission import Submission
from harness.kube.apply import Refusal
from harness.kube.kube import Kube, Ref
from harness.runs import practice
from harness.runs import run as runs


def rehearse(
    submission: Submission, scenario: Scenario, admin: Kube, stop: threading.Event, tell: Tell
) -> Mapping[str, Any]:
    """Return what was seen while the scenario was played on what the files say, in the namespaces that they name.

    The callers stand in a namespace of their own, which is gone afterwards; so are the scenario's switches.

    Raises: StoppedError on an interrupt, EnvironmentBrokenError where the machine failed; both after that was removed.
    """
    exercise, ground = submission.exercise, Practised()
    run = runs.Run(exercise, tokens.fresh(), tokens.Renaming({}), admin, admin)
    at = Context(submission, scenario, run, Observer(run, stop), ground, tell)
    todo = [step for step in steps.of(exercise, scenario) if step.practised]
    try:
        ground.open(at)
        play_steps(at, todo)
    finally:
        ground.leave(at)
    return at.observation()


class Practised:
    """The namespaces that the files name, in which they are applied as `breakfix apply` does."""

    def __init__(self) -> None:
        self._changed = False  # whether the namespaces hold something else than the files say

    def open(self, at: Context) -> None:
        """Make the namespaces where they are missing; Jobs that are to come one after the other go first."""
        practice.make_practice_namespaces(at.admin, at.run.exercise, at.tell)
        if at.trainings.heard:  # `breakfix apply` does not apply them so
            practice.remove_jobs(at.admin, at.run.exercise)
        at.watch.start()

    def apply(self, at: Context, switches: Mapping[str, str], jobs: Collection[str]) -> list[Refusal]:
        """Apply the files with a scenario's switches, but for the Jobs that have not come."""
        del jobs  # all that came is applied, each time: what is left out would be removed
        waiting = {job.name for job in at.run.exercise.jobs} - at.come
        self._changed = bool(switches or waiting)
        return practice.apply_workspace(at.admin, at.submission, at.tell, switches=switches, waiting=waiting)

    def call(self, at: Context) -> None:
        """Let the callers of the ticket call, with the values that the namespaces' Secrets hold now."""
        admin, exercise, name = at.admin, at.run.exercise, at.run.prober_namespace
        admin.create(runs.namespace(name, at.run.token))
        runs.wait_account(admin, name)
        at.health.made = at.now()
        fresh = {name: _held(admin, spots[0]) for name, spots in exercise.fresh.items()}
        token = exercise.traffic.token if exercise.traffic else None
        runs.make_helpers(replace(at.run, fresh=fresh), _held(admin, token) if token else "")

    def leave(self, at: Context) -> None:
        """Remove the callers, and what the scenario changed of the files and of the cluster."""
        hung, now = at.hung, at.watch.latest.get(at.hung["uid"]) if at.hung else None
        if hung and now and now["restarts"] <= hung["restarts"] and not now["deleting"]:
            at.tell(f"removing {hung['name']}, which still hangs, so that your service goes on without it")
            at.admin.delete(Ref("v1", "Pod", at.run.workload.namespace, hung["name"]), grace=1)
        at.end()
        close(at, lambda: runs.remove(at.admin, [at.run.prober_namespace]))
        if self._changed:
            at.tell("applying your files as they are")
            practice.apply_workspace(at.admin, at.submission, at.tell)


def _held(kube: Kube, spot: Mapping[str, str]) -> str:
    """Return what a key of a Secret holds on the cluster; nothing where the Secret or the key is not there."""
    found = kube.get(Ref("v1", "Secret", spot["namespace"], spot["secret"])) or {}
    return base64.b64decode((found.get("data") or {}).get(spot["key"], "")).decode(errors="replace")
