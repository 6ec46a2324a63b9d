"""What else starts a submission's workflows: a run for each event, branch and tag that they let in."""

import pytest

from harness import events, openings, workflows
from harness.pipeline import DECLARED, PipelineRun
from harness.workflows import Workflow

JOBS = "jobs:\n  one:\n    runs-on: ubuntu-latest\n    steps: [{run: echo}]\n"
RUN = PipelineRun("other", DECLARED, {"seed": 1})


def flows(*heads: str) -> list[Workflow]:
    found = [
        workflows.parse(f".github/workflows/w{n}.yml", (head + JOBS).encode())[0][0] for n, head in enumerate(heads)
    ]
    return [one for one in found if isinstance(one, Workflow)]


def names(*heads: str) -> list[str]:
    return [run.name for run in openings.played([RUN], flows(*heads))]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("on: {push: {branches: [main]}, pull_request: }\n", []),
        ("on: {push: {branches: [main]}, workflow_dispatch: }\n", ["workflow_dispatch"]),
        ("on: [push, pull_request]\n", ["push to maintenance/main", "push of tag v1.0.0"]),
        ("on: {push: {branches: [main, 'release/**']}}\n", ["push to release/one"]),
        ("on: {push: {branches: [main], tags: ['v*']}}\n", ["push of tag vone", "push of tag v1.0.0"]),
        ("on: {push: {branches-ignore: [main]}}\n", ["push to maintenance/main"]),
        ("on: {schedule: [{cron: 1 2 * * *}], merge_group: }\n", ["schedule", "merge_group"]),
        ("on: {workflow_run: {workflows: [train]}, workflow_call: }\n", []),
        ("on: {pull_request: {types: [synchronize, closed]}}\n", ["pull_request closed"]),
        ("on: {pull_request: {types: [opened, reopened, synchronize]}}\n", []),
    ],
)
def test_each_event_that_is_declared_has_a_run(head: str, expected: list[str]) -> None:
    assert names(head) == expected


def test_branches_that_conditions_speak_of_are_pushed_to() -> None:
    head = "on: push\nenv: {X: \"${{ startsWith(github.ref, 'refs/heads/release/') }}\"}\n"
    assert "push to release/one" in names(head)


def test_inputs_are_switched_on() -> None:
    head = "on: {workflow_dispatch: {inputs: {deploy: {type: boolean}, to: {type: choice, options: [test, live]}}}}\n"
    usual, on = openings.played([RUN], flows(head))
    assert (usual.inputs, on.inputs) == ({}, {"deploy": "true", "to": "live"})


def test_an_event_is_played_once_and_the_others_as_they_are() -> None:
    push = PipelineRun("merge", "push", {})
    head = "on: {workflow_dispatch: }\n"
    assert [run.name for run in openings.played([push, RUN], flows(head, head))] == ["merge", "workflow_dispatch"]


def test_a_tag_and_a_merged_pull_request_are_told_as_github_tells_them() -> None:
    tag, merged = openings.played([RUN], flows("on: {push: {tags: ['*']}, pull_request: {types: [closed]}}\n"))[::-1][
        :2
    ]
    told = {run.name: next(iter(events.started([run], flows("on: push\n"), []))) for run in (tag, merged)}
    assert any(one["stages"][0]["payload"].get("ref", "").startswith("refs/tags/") for one in told.values())
    closed = events.payload(PipelineRun("c", "pull_request", {}, "x", action="closed"), "0" * 40)
    assert (closed["action"], closed["pull_request"]["merged"]) == ("closed", True)


def test_what_an_event_brings_says_who_it_is_of() -> None:
    (run,) = openings.played([RUN], flows("on: {issue_comment: {types: [created]}}\nenv: {X: \"'/ship it'\"}\n"))
    sent = events.payload(run, "0" * 40)
    assert "/ship" in sent["comment"]["body"]
    assert sent["repository"]["full_name"]
