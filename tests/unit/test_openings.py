"""What else starts a submission's workflows: a run for each event, branch and tag that they let in."""

import pytest

from harness.exercises.pipeline import DECLARED, PipelineRun
from harness.workflows import events, openings, workflows
from harness.workflows.workflows import Workflow

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
        ("on: [push, pull_request]\n", ["push to maintenance/main", "push of tag v1.0.0", "push of tag main"]),
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


def test_messages_that_conditions_speak_of_are_those_of_merges() -> None:
    """Of a line that asks for the event alone, nothing is taken."""
    run = PipelineRun("by-words", "push", {}, each="words")
    head = "on: push\nenv: {X: \"${{ github.event_name == 'push' && !startsWith(github.event.head_commit.message, 'docs:') }}\"}\n"
    found = openings.played([run], flows(head))
    assert [(one.name, one.message) for one in found] == [("by-words docs:", "docs: and more")]


def test_words_beside_the_message_come_first() -> None:
    """An empty one ends where it ends, and the words of other comparisons do not take the place of what counts."""
    run = PipelineRun("by-words", "push", {}, each="words")
    rest = "needs.a.outputs.b == 'no' && env.c != '' && env.d != 'one' && env.e != 'two'"
    head = f"on: push\nenv: {{X: \"${{{{ {rest} && !contains(github.event.head_commit.message, 'hotfix') }}}}\"}}\n"
    assert openings.played([run], flows(head))[0].message == "hotfix and more"


def test_inputs_are_switched_on() -> None:
    head = "on: {workflow_dispatch: {inputs: {deploy: {type: boolean}, to: {type: choice, options: [test, live]}}}}\n"
    found = [run.inputs for run in openings.played([RUN], flows(head))]
    assert found == [{}, {"deploy": "true", "to": "live"}, {"deploy": "true", "to": "test"}]


def test_a_text_is_given_what_conditions_look_for() -> None:
    head = (
        "on: {workflow_dispatch: {inputs: {ticket: {type: string}}}}\n"
        + JOBS.replace(
            "    steps", "    if: github.event_name == 'push' || startsWith(inputs.ticket, 'CHG-')\n    steps"
        )
    ).removesuffix(JOBS)
    (flow,) = [one for one in workflows.parse(".github/workflows/w.yml", head.encode())[0] if isinstance(one, Workflow)]
    found = [run.inputs for run in openings.played([RUN], [flow])]
    assert found == [{}, {"ticket": "CHG-"}, {"ticket": "production"}]


def test_events_of_the_scenario_itself_are_not_played_again() -> None:
    night = PipelineRun("night", "schedule", {})
    head = "on: {schedule: [{cron: 1 2 * * *}], workflow_dispatch: }\n"
    assert [run.name for run in openings.played([night, RUN], flows(head))] == ["night", "workflow_dispatch"]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (["on: {pull_request: }\n"], []),
        (["on: {pull_request: {paths-ignore: ['docs/**', '**.png']}}\n"], [("docs/one",)]),
        (["on: {pull_request: {paths: ['**']}}\n"], []),
        (["on: {pull_request: {paths: ['model/**']}}\n"], [("README.md",)]),
        (
            ["on: {pull_request: {paths: ['model/**']}}\n", "on: {pull_request: {paths-ignore: ['model/**']}}\n"],
            [("model/one",), ("README.md",)],
        ),
        (["on: {push: {paths: ['model/**']}, pull_request: }\n"], []),
    ],
)
def test_files_that_filters_tell_apart_are_each_brought(heads: list[str], expected: list[tuple[str]]) -> None:
    run = PipelineRun("by-files", "pull_request", {}, action="opened", each="files")
    assert [one.changed for one in openings.played([run], flows(*heads))] == expected


def test_a_branch_is_called_what_conditions_look_for() -> None:
    run = PipelineRun("named", "pull_request", {}, branch="any-name", each="words")
    asks = "on: pull_request\nenv: {X: \"${{ startsWith(github.head_ref, 'data-refresh') }}\"}\n"
    assert [one.branch for one in openings.played([run], flows(asks))] == ["data-refresh"]
    assert not openings.played([run], flows("on: pull_request\nenv: {X: \"${{ github.ref == 'data-refresh' }}\"}\n"))


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
