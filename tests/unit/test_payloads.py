"""Every event that a pipeline can be told of has the form that GitHub publishes: octokit's schemas, in tests/schemas."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.core import paths
from harness.exercises import exercise
from harness.exercises.pipeline import DECLARED, PipelineRun, PipelineScenario
from harness.workflows import events, openings, payloads, triggers, workflows
from harness.workflows.workflows import Workflow

SCHEMAS = json.loads((Path(__file__).parent.parent / "schemas" / "octokit-webhooks.json").read_text("utf-8"))
PIPELINES = [name for name in sorted(exercise.slugs()) if exercise.load(name).pipeline is not None]
# GitHub sends no webhook of a schedule, so that there is no schema.
NO_WEBHOOK = {"schedule": {"schedule", "workflow", "repository", "organization", "sender"}}
# Any other event that a submission may declare has an activity and a branch alone: no exercise needs it.
BARE = {"action", "ref", "repository", "organization", "sender"}
SHAPED = {name.partition("$")[0] for name in SCHEMAS["definitions"] if "$" in name}
# What GitHub sends when an issue is moved to another repository, which is not there.
LEFT_OUT = {"issues$transferred"}
JOBS = "jobs: {one: {runs-on: ubuntu-latest, if: \"contains(github.event.comment.body, '/try')\", steps: [{run: a}]}}\n"


@cache
def validator(name: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(
        {"$ref": f"#/definitions/{name}", "definitions": SCHEMAS["definitions"]},
        format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER,
    )


def flow(on: str, name: str = "ci") -> Workflow:
    (found,), problems = workflows.parse(f".github/workflows/{name}.yml", f"name: {name}\non: {on}\n{JOBS}".encode())
    assert not problems
    assert isinstance(found, Workflow)
    return found


def flows(folder: Path) -> list[Workflow]:
    texts = [path.read_bytes() for path in sorted(folder.glob(".github/workflows/*.y*ml"))]
    found = [one for text in texts for one in workflows.parse(".github/workflows/w.yml", text)[0]]
    return [one for one in found if isinstance(one, Workflow)]


def schema_of(event: str, payload: dict[str, Any]) -> str:
    family = "pull_request" if event in triggers.PULL_REQUESTS else event
    return f"{family}${payload['action']}" if f"{family}$event" not in SCHEMAS["definitions"] else f"{family}$event"


def problems(stage: dict[str, Any]) -> list[str]:
    """Return what is wrong with the event of a stage, to which the sandbox adds how a workflow ended."""
    event, told = stage["event"], stage["payload"]
    if event in NO_WEBHOOK or ("pull_request" if event in triggers.PULL_REQUESTS else event) not in SHAPED:
        known = NO_WEBHOOK.get(event, BARE)
        parts = [(part, told[part]) for part in ("repository", "organization")]
        return [f"{event}: {name}" for name in set(told) ^ known] + [
            f"{event} {part}: {found.message}" for part, one in parts for found in validator(part).iter_errors(one)
        ]
    if event == "workflow_run":
        assert told["workflow_run"]["id"] == told["workflow_run"]["run_number"]
        told = {**told, "workflow_run": {**told["workflow_run"], "conclusion": "success"}}
    name = schema_of(event, told)
    return [f"{name} {one.json_path}: {one.message[-200:]}" for one in validator(name).iter_errors(told)]


def stages(runs: Sequence[PipelineRun], started: Sequence[Workflow]) -> Iterator[dict[str, Any]]:
    for run in events.started(openings.played(runs, started), started, ()):
        yield from run["stages"]


EVERYTHING = [
    flow(
        "{push: {branches: ['**'], tags: ['*']}, pull_request: , pull_request_target: , schedule: [{cron: 1 2 * * *}]}"
    ),
    flow("{workflow_run: {workflows: [ci, other]}}", "after"),
    flow(
        "{workflow_dispatch: {inputs: {sure: {type: boolean}}}, pull_request_target: {types: [edited, closed]}}",
        "other",
    ),
]
RARE = [flow("[issue_comment, issues, release, merge_group, repository_dispatch, watch]", "ci"), EVERYTHING[1]]  # fmt: skip


def scenarios(name: str) -> tuple[PipelineScenario, ...]:
    found = exercise.load(name).pipeline
    assert found is not None
    return found.scenarios


@pytest.mark.parametrize("name", PIPELINES)
def test_the_events_of_the_exercises_are_as_github_sends_them(name: str) -> None:
    """Each declared run, on the workflows that are handed out, on the reference's, and on some that ask for everything."""
    seen: set[str] = set()
    folders = (paths.KIT / "exercises" / name / "workspace", paths.KIT / "solutions" / name / "reference")
    for started in (*map(flows, folders), EVERYTHING, RARE):
        for scenario in scenarios(name):
            for stage in stages(scenario.runs, started):
                seen.add(stage["event"])
                assert problems(stage) == []
    assert {
        "push",
        "pull_request",
        "pull_request_target",
        "workflow_run",
        "workflow_dispatch",
        "merge_group",
        "watch",
    } <= seen


@pytest.mark.parametrize(
    "name", sorted(name for name in SCHEMAS["definitions"] if "$" in name and name.partition("$")[0] not in {"push", "workflow_run"})
)  # fmt: skip
def test_whatever_a_submission_asks_for_is_as_github_sends_it(name: str) -> None:
    """Each activity that has a schema, by a workflow that declares it alone."""
    event, _, action = name.partition("$")
    on = f"{{{event}: {{types: [{action}]}}}}" if action != "event" else event
    runs = [PipelineRun("other", DECLARED, {})]
    if event == "pull_request" and action in openings.USUAL:
        runs = [PipelineRun("own", "fork_pull_request", {}, "x", action=action, persistent=True)]
    found = [one for one in stages(runs, [flow(on), EVERYTHING[1]]) if not one["when"]]
    assert {one["event"] for one in found} == {event, "workflow_run"}
    assert all(schema_of(event, one["payload"]) == name for one in found if one["event"] == event)
    assert [text for one in found for text in problems(one)] == [] or name in LEFT_OUT


def test_an_event_that_lacks_a_key_is_told() -> None:
    (stage,) = stages([PipelineRun("p", "push", {})], [flow("push")])
    assert problems(stage) == []
    del stage["payload"]["repository"]["clone_url"]
    stage["payload"]["forced"] = "no"
    assert {one.split()[1] for one in problems(stage)} == {"$.repository:", "$.forced:"}


def test_a_stranger_who_closes_a_pull_request_has_not_merged_it() -> None:
    run = PipelineRun("f", "fork_pull_request", {}, "x", persistent=True)
    target = flow("{pull_request_target: {types: [closed]}}")
    (stage,) = [one for one in stages([run], [target]) if one["key"] == "pull_request_target closed"]
    pull = stage["payload"]["pull_request"]
    assert (pull["state"], pull["merged"], "before" in stage["payload"]) == ("closed", False, False)
    assert payloads.pull_of(PipelineRun("m", "pull_request", {}, "x", action="closed"), "a" * 40)["merged"] is True


def test_the_end_of_a_workflow_names_its_file_its_run_and_its_branch() -> None:
    rare = flow("{merge_group: , push: }", "ci")
    told = {
        run["stages"][0]["event"]: (run["stages"][0], run["stages"][1]["payload"]["workflow_run"])
        for run in events.started(openings.played([PipelineRun("o", DECLARED, {}), PipelineRun("p", "push", {})], [rare, EVERYTHING[1]]), [rare, EVERYTHING[1]], ())
    }  # fmt: skip
    stage, ended = told["push"]
    assert (ended["path"], ended["head_branch"]) == (".github/workflows/ci.yml", "main")
    assert ended["html_url"].endswith(f"/acme/churn-model/actions/runs/{stage['number']}")
    assert told["merge_group"][1]["head_branch"].startswith("gh-readonly-queue/main/pr-7-")
