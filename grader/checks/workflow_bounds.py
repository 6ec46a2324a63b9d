"""What no workflow may contain, since it is played on one self-hosted runner without a network."""

import math
import re
from collections.abc import Iterator
from typing import Any

from grader.checks.submission import Submission
from grader.checks.view import View
from harness.workflows import triggers

RUNNER = "ubuntu-latest"
OF_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")  # a label that is nothing but a key of the matrix
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
    if not job.at("uses").present and not _runs_here(job):
        yield job.at("runs-on"), f"names a runner that is not there; {RUNNER} is"
    legs = _legs(job.at("strategy", "matrix").value)
    if legs > LEGS:
        yield job.at("strategy", "matrix"), f"makes {legs} legs; at most {LEGS} are played"
    for step in job.at("steps").items():
        used = step.at("uses")
        if used.present and used.text() not in actions:
            yield used, "is not among the accepted actions"


def _runs_here(job: View) -> bool:
    """Return whether every leg's runner is the one that is there: by a label, several, or `labels` without a `group`.

    Source: GitHub's workflow syntax, jobs.<job_id>.runs-on; labels are compared without regard to case.
    """
    asked = job.at("runs-on").value
    if isinstance(asked, dict):
        asked = asked.get("labels") if set(asked) == {"labels"} else None
    labels = asked if isinstance(asked, list) else [asked]
    found = [value for label in labels for value in _values(label, job.at("strategy", "matrix").value)]
    return bool(found) and all(isinstance(value, str) and value.lower() == RUNNER for value in found)


def _values(label: Any, matrix: Any) -> list[Any]:  # noqa: ANN401 - any YAML values
    """Return what a label is in the legs of a matrix; itself where it names no key that the matrix lists."""
    named = OF_MATRIX.fullmatch(label.strip()) if isinstance(label, str) else None
    if named is None or not isinstance(matrix, dict):
        return [label]
    listed, include = matrix.get(named[1]), matrix.get("include")
    found = list(listed) if isinstance(listed, list) else []
    found += [one.get(named[1]) for one in include if isinstance(one, dict)] if isinstance(include, list) else []
    if isinstance(listed, list):
        found = [value for value in found if value is not None]  # an entry adds keys to legs that have one already
    return found or [label]


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
