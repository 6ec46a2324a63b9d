"""What no workflow may contain, since it is played on one self-hosted runner without a network."""

import math
from collections.abc import Iterator
from typing import Any

from grader.checks.submission import Submission
from grader.checks.view import View
from harness.workflows import triggers

RUNNER = "ubuntu-latest"
PULL_REQUEST, PULL_REQUEST_TARGET = "pull_request", "pull_request_target"
LEGS = 32
JOBS = 40
WORKFLOWS = 10
Trespass = tuple[View, str]


def trespasses(submission: Submission) -> Iterator[Trespass]:
    """Yield each place that is out of bounds, and in what way."""
    workflows = submission.all()
    for number, view in enumerate(workflows):
        if number >= WORKFLOWS:
            yield view, f"is one workflow too many: at most {WORKFLOWS} are played"
        jobs = view.at("jobs").entries()
        if len(jobs) > JOBS:
            yield view.at("jobs"), f"are {len(jobs)} jobs; at most {JOBS} are played"
        for job in jobs.values():
            yield from _job(job, submission.exercise["actions"])


def _job(job: View, actions: list[str]) -> Iterator[Trespass]:
    for key, why in (
        ("uses", "takes a reusable workflow, which cannot be fetched here; write its jobs out"),
        ("container", "wants a container of its own; steps run on the runner itself"),
        ("services", "wants service containers; steps run on the runner itself"),
    ):
        if job.at(key).present:
            yield job.at(key), why
    runner = job.at("runs-on").value
    if not job.at("uses").present and runner not in (RUNNER, [RUNNER]):
        yield job.at("runs-on"), f"names a runner that is not there; {RUNNER} is"
    legs = _legs(job.at("strategy", "matrix").value)
    if legs > LEGS:
        yield job.at("strategy", "matrix"), f"makes {legs} legs; at most {LEGS} are played"
    for step in job.at("steps").items():
        used = step.at("uses")
        if used.present and used.text() not in actions:
            yield used, "is not among the accepted actions"


def _legs(matrix: Any) -> int:  # noqa: ANN401 - any YAML value
    if not isinstance(matrix, dict):
        return 1
    lists = [
        len(value) for key, value in matrix.items() if isinstance(value, list) and key not in {"include", "exclude"}
    ]
    include = matrix.get("include")
    return math.prod(lists) + (len(include) if isinstance(include, list) else 0)


def missing_triggers(workflow: View, events: list[str], branch: str) -> Iterator[str]:
    """Yield the events, out of those that scenarios need, that do not start the workflow on a branch.

    Pull requests start what is on `pull_request_target`, too.
    """
    on = workflow.at("on").value
    for event in events:
        names = (event, PULL_REQUEST_TARGET) if event == PULL_REQUEST else (event,)
        if not any(triggers.starts(on, name, branch) for name in names):
            yield event
