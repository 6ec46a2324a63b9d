"""What checks read of a pull request's runs: which reports count, what unreviewed code holds, and which rights were used."""

from typing import Any

import pytest

from grader.checks.played import PlayedRun
from grader.checks.pulls import comments, reports
from grader.checks.submission import Submission
from grader.checks.trust import pasted, stolen, unused
from harness.exercises.pipeline import PipelineRun
from harness.workflows import apicalls, events, workflows
from harness.workflows.workflows import Workflow

SHA = "a" * 40


def submission(*texts: str) -> Submission:
    found = [one for number, text in enumerate(texts) for one in workflows.parse(f".github/workflows/w{number}.yml", text.encode())[0]]  # fmt: skip
    return Submission(tuple(found), (), {})


def played(**more: Any) -> PlayedRun:
    stages = [{"key": "pull_request", "sha": SHA}]
    base: dict[str, Any] = {"name": "one", "conclusion": "success", "finding": "", "jobs": [], "heard": [], "calls": [], "stages": stages}  # fmt: skip
    return PlayedRun("s", "w.yml", base | more)


def job(name: str, result: str = "success", *, label: str = "", **more: Any) -> dict[str, Any]:
    base = {"id": name, "event": "pull_request", "stage": "pull_request", "matrix": {}, "steps": []}
    return {**base, "label": f"ci/{label or name}", "result": result, **more}


def heard(name: str, **more: Any) -> dict[str, Any]:
    base = {"stage": "pull_request", "event": "pull_request", "workflow": "ci", "job": name, "side": "head"}
    return {**base, "found": [], "writes": [], "trusted": True, "report": "", **more}


def call(name: str, /, **arguments: Any) -> dict[str, Any]:
    return {"call": name, "arguments": arguments, "done": True, "allowed": True, "about": {}, "uses": [], "workflow": "ci", "job": "x"}  # fmt: skip


FLOW = "name: ci\non: pull_request\npermissions: {}\njobs:\n"
ONE = "  measure: {runs-on: ubuntu-latest, steps: [{run: x}]}\n"


@pytest.mark.parametrize(
    ("text", "jobs", "ran", "expected"),
    [
        ("  quality: {steps: []}\n", [job("quality")], ["quality"], [("success", True)]),
        ("  quality: {steps: []}\n", [job("quality")], [], [("success", False)]),  # a twin that says nothing
        (ONE + "  quality: {needs: measure}\n", [job("measure"), job("quality")], ["measure"], [("success", True)]),
        (ONE + "  quality: {steps: []}\n", [job("measure"), job("quality")], ["measure"], [("success", False)]),
        ("  it: {name: quality}\n", [job("it", label="quality")], ["it"], [("success", True)]),
        ("  quality: {name: other}\n", [job("quality", label="other")], ["quality"], []),
        ("  quality: {steps: []}\n", [job("quality", label="quality-1", matrix={"v": 1})], ["quality"], []),
        ("  it: {name: '${{ matrix.n }}'}\n", [job("it", label="quality-1", matrix={"n": "quality"})], ["it"], [("success", True)]),
    ],
)  # fmt: skip
def test_reports_of_jobs(text: str, jobs: list[dict[str, Any]], ran: list[str], expected: list[tuple[str, bool]]) -> None:  # fmt: skip
    run = played(jobs=jobs, heard=[heard(one) for one in ran])
    assert [(one.result, one.evaluated) for one in reports(run, submission(FLOW + text), "quality")] == expected


def test_reports_by_the_api_count_at_the_pull_requests_commit() -> None:
    calls = [
        call("repos.createCommitStatus", context="quality", sha=SHA, state="success"),
        call("repos.createCommitStatus", context="quality", sha="b" * 40, state="success"),
        call("checks.create", name="other", head_sha=SHA, conclusion="success"),
    ]
    found = reports(played(calls=calls, heard=[heard("measure")]), submission(FLOW + ONE), "quality")
    assert [(one.result, one.evaluated) for one in found] == [("success", True)]


def test_comments_are_those_that_stand_at_the_pull_request() -> None:
    calls = [
        call("issues.createComment", issue_number=7, body="one"),
        call("issues.createComment", issue_number=9, body="elsewhere"),
        {**call("issues.updateComment", comment_id=1, body="two"), "about": {"issue_number": "7"}},
        {**call("issues.createComment", issue_number=7, body="refused"), "done": False},
    ]
    assert comments(played(calls=calls), 7) == ["one", "two"]


GIVES = "  one:\n    steps:\n      - {run: a}\n      - {id: b, run: b, env: {K: '${{ secrets.KEY }}'}}\n"


@pytest.mark.parametrize(
    ("told", "steps", "expected"),
    [
        ({}, ["0"], []),
        ({}, ["0", "b"], ["KEY"]),  # a later step of the same job
        ({"trusted": False}, ["0", "b"], []),
        ({"writes": ["contents"]}, ["0"], ["a token that may write contents"]),
        ({"side": "main", "writes": ["contents"]}, ["0", "b"], []),  # reviewed code
        ({"found": ["OTHER"]}, ["0"], ["OTHER"]),
    ],
)
def test_what_unreviewed_code_got_hold_of(told: dict[str, Any], steps: list[str], expected: list[str]) -> None:
    ran = job("one", steps=[{"id": one, "outcome": "success"} for one in steps])
    run = played(jobs=[ran], heard=[heard("one", **told)])
    assert [one.partition(" in job")[0] for one in stolen(run, submission(FLOW + GIVES))] == expected


RIGHTS = "name: ci\non: push\njobs:\n  one:\n    permissions: {issues: write, checks: write, contents: write}\n    steps:\n      - uses: actions/github-script@v7\n        with:\n          script: |\n            %s\n"


@pytest.mark.parametrize(
    ("script", "uses", "surplus"),
    [
        ("await github.rest.issues.createComment({})", ["issues"], ["checks", "contents"]),
        ("if (x) await github.rest.checks.create({})", ["issues"], ["contents"]),  # what the play did not lead to
        ("if (x) await github.request(`POST /repos/${o}/${r}/check-runs`)", ["issues"], ["contents"]),
        ("// github.rest.checks.create", ["issues", "contents"], ["checks"]),
    ],
)
def test_rights_that_nothing_used(script: str, uses: list[str], surplus: list[str]) -> None:
    made = [{**call("x"), "job": "one", "uses": [one]} for one in uses]
    run = played(jobs=[job("one", steps=[{"id": "0", "outcome": "success"}])], calls=made)
    assert [found for _, found in unused([run], submission(RIGHTS % script))] == [surplus]
    assert list(unused([played(calls=made)], submission(RIGHTS % script))) == []  # a job that nothing started


@pytest.mark.parametrize(
    ("rights", "line", "expected"),
    [
        ("{issues: write}", "run: echo ${{ github.event.workflow_run.head_branch }}", ["github.event.workflow_run.head_branch"]),
        ("{issues: read}", "run: echo ${{ github.event.workflow_run.head_branch }}", []),
        ("{issues: write}", "run: echo $TITLE\n        env: {TITLE: '${{ github.event.pull_request.title }}'}", []),
        ("{issues: write}", "run: echo ${{ github.event.pull_request.number }}", []),
        ("{issues: write}", "uses: a/b@v1\n        with: {script: 'x(${{ toJSON(github.event.issue.title) }})'}", []),
        ("{}", "run: echo ${{ github.head_ref }}\n        env: {K: '${{ secrets.KEY }}'}", ["github.head_ref"]),
    ],
)  # fmt: skip
def test_words_of_strangers_in_scripts(rights: str, line: str, expected: list[str]) -> None:
    text = f"name: ci\non: workflow_run\njobs:\n  one:\n    permissions: {rights}\n    steps:\n      - {line}\n"
    assert [expression for _, expression in pasted(submission(text))] == expected


def test_named_calls() -> None:
    assert apicalls.named("octokit.issues.addLabels()") == {"issues", "pull-requests"}
    assert apicalls.named("github.request('POST /repos/{owner}/{repo}/statuses/{sha}', {})") == {"statuses"}
    assert apicalls.named("github.rest.issues.listComments()") == set()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("/* some day: checks.update()\n repos.createCommitStatus() */ x()", set()),
        ("x() // checks.update()", set()),
        ("const todo = 'checks.update()'; // it's", set()),
        ("core.info(`seen at https://github.com`); github.rest.checks.update()", {"checks"}),
        ("const s = 'https://x'; await github.rest.checks.update({})", {"checks"}),
        ("core.info(`${await github.rest.checks.update({})}`)", {"checks"}),
        ("/* github.request('POST /repos/{owner}/{repo}/statuses/{sha}') */", set()),
    ],
)
def test_remarks_and_texts_name_no_call(script: str, expected: set[str]) -> None:
    assert apicalls.named(script) == expected


def flows(*texts: str) -> list[Workflow]:
    return [one for one in submission(*texts).manifests if isinstance(one, Workflow)]


def keys(run: PipelineRun, *texts: str) -> list[str]:
    (told,) = events.started([run], flows(*texts), [])
    return [str(one["key"]) for one in told["stages"]]


def test_the_stages_of_a_pull_request() -> None:
    """A branch is pushed to as well, a fork's is not; an app's pull request starts what pull requests do."""
    both = "name: ci\non: [push, pull_request]\njobs: {}\n"
    assert keys(PipelineRun("p", "pull_request", {}, branch="x"), both) == ["pull_request", "push", "app pull_request"]
    assert keys(PipelineRun("p", "fork_pull_request", {}, branch="x"), both) == ["pull_request", "app pull_request"]
    opened = "name: ci\non: {pull_request: {types: [opened]}}\njobs: {}\n"
    assert keys(PipelineRun("p", "pull_request", {}, branch="x"), opened) == ["pull_request", "app pull_request"]
    (told,) = events.started([PipelineRun("p", "pull_request", {}, branch="x")], flows(opened), [])
    assert told["stages"][0]["workflows"] == []


def test_a_persistent_stranger_tries_each_activity_once() -> None:
    target = "name: t\non: {pull_request_target: {types: [labeled, edited, closed]}}\njobs: {}\n"
    comment = "name: c\non: issue_comment\njobs: {one: {if: \"contains(github.event.comment.body, '/try')\"}}\n"
    run = PipelineRun("f", "fork_pull_request", {}, branch="x", persistent=True)
    assert keys(run, target, comment) == ["pull_request", "pull_request_target edited", "issue_comment 0"]
    (told,) = events.started([run], flows(target, comment), [])
    assert told["stages"][-1]["payload"]["comment"]["body"] == "/try"
