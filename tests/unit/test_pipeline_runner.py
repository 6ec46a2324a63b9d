"""What the pipeline runner's supervisor makes of act's output; its processes are tested in tests/sandbox."""

import importlib
import json
from typing import Any

import pytest

from harness.core import paths


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(paths.KIT / "harness/images/pipeline-runner")
    return importlib.import_module("pipeline_runner.engine")


@pytest.mark.parametrize(
    ("line", "crash"),
    [
        (b"fatal error: concurrent map read and map write", "fatal error: concurrent map read and map write"),
        (b"fatal error: newosproc", ""),  # threads ran out: a candidate's doing
        (b'{"raw_output": true, "msg": "fatal error: concurrent map writes"}', ""),  # a step's own words
    ],
)
def test_acts_own_race_is_told_from_what_steps_do(engine: Any, line: bytes, crash: str) -> None:
    log = engine.Log()
    log.feed(line + b"\n")
    assert log.crash == crash


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(paths.KIT / "harness/images/pipeline-runner")
    return importlib.import_module("pipeline_runner.hub")


HERE = {"owner": "acme", "repo": "churn-model"}


@pytest.mark.parametrize(
    ("asked", "given", "name", "number"),
    [
        ("issues.createComment", {**HERE, "issue_number": 7}, "issues.createComment", 7),
        ("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {**HERE, "issue_number": 7}, "issues.createComment", 7),
        ("POST /repos/acme/churn-model/issues/7/comments", {}, "issues.createComment", "7"),
        ("post https://api.github.com/repos/acme/churn-model/issues/7/comments?x=1", {}, "issues.createComment", "7"),
        ("GET /repos/acme/churn-model/git/ref/heads/main", {}, "git.getRef", None),
        ("GET /user", {}, None, None),
        ("repos.delete", HERE, None, None),
    ],
)  # fmt: skip
def test_calls_are_known_by_name_and_by_route(hub: Any, asked: str, given: dict[str, Any], name: str | None, number: Any) -> None:  # fmt: skip
    call, told = hub.calls.resolve(asked, given)
    assert (call.name if call else None, told.get("issue_number")) == (name, number)
    assert call is None or hub.calls.missing(call, told) == ""


def test_what_is_missing_or_of_another_repository_is_not_found(hub: Any) -> None:
    call, _ = hub.calls.resolve("issues.createComment", {})
    assert hub.calls.missing(call, HERE) == "issue_number"
    assert hub.calls.missing(call, {"owner": "acme", "repo": "other", "issue_number": 7}) == "repo"


def stage(**granted: str) -> dict[str, Any]:
    permissions = {"ci": {"one": {name.replace("_", "-"): level for name, level in granted.items()}, "two": {}}}
    told = {"repository": {"full_name": "acme/churn-model", "id": 5}}
    return {"event": "push", "key": "push", "token": "t", "trusted": True, "permissions": permissions, "payload": told}


def test_a_pull_request_that_a_run_opens_is_listed_with_its_repository(hub: Any) -> None:
    """A workflow that follows its check finds it as it finds any other."""
    github = hub.Hub({"pulls": [], "changed": [], "next": "b", "secrets": {}}, stage(pull_requests="write"), {})
    asked = {"do": "call", "token": "t", "workflow": "ci", "job": "one"}
    assert github.answer({**asked, "call": "pulls.list", "arguments": {**HERE, "state": "open"}}) == {"data": []}
    github.answer(
        {**asked, "call": "pulls.create", "arguments": {**HERE, "head": "news", "base": "main", "title": "x"}}
    )
    for call, given in (
        ("pulls.list", {"state": "open"}),
        ("repos.listPullRequestsAssociatedWithCommit", {"commit_sha": "b"}),
    ):
        (pull,) = github.answer({**asked, "call": call, "arguments": {**HERE, **given}})["data"]
        assert (pull["head"]["label"], pull["head"]["sha"], pull["head"]["repo"]["id"]) == ("acme:news", "b", 5)


@pytest.mark.parametrize(
    ("granted", "call", "allowed", "uses"),
    [
        ({"issues": "write"}, "issues.createComment", True, ["issues"]),
        ({"issues": "write", "pull_requests": "write"}, "issues.createComment", True, ["issues", "pull-requests"]),
        ({"issues": "read"}, "issues.createComment", False, []),
        ({}, "issues.listComments", True, None),  # a public repository is read without a right
        ({}, "actions.listWorkflowRunArtifacts", False, None),
        ({"actions": "read"}, "actions.listWorkflowRunArtifacts", True, None),
    ],
)
def test_a_call_needs_its_right_and_says_which_it_used(hub: Any, granted: dict[str, str], call: str, allowed: bool, uses: list[str] | None) -> None:  # fmt: skip  # noqa: FBT001 - parametrized
    github = hub.Hub({"pulls": [], "changed": [], "next": "b", "secrets": {}}, stage(**granted), {})
    asked = {"do": "call", "call": call, "arguments": {**HERE, "issue_number": 7, "run_id": 1, "body": "x"}}
    answer = github.answer({**asked, "token": "t", "workflow": "ci", "job": "one"})
    assert (answer.get("status") != 403) is allowed
    assert [(one["allowed"], one["uses"]) for one in github.calls] == ([] if uses is None else [(allowed, uses)])


@pytest.mark.parametrize(("job", "writes"), [("one", ["contents"]), ("two", []), ("", ["contents"])])
def test_code_holds_what_the_job_holds_in_which_it_ran(hub: Any, job: str, writes: list[str]) -> None:
    """Another job's token is out of its reach; where the job is not known, any job's may be its own."""
    github = hub.Hub(
        {"pulls": [], "changed": [], "next": "b", "secrets": {"KEY": "prize"}}, stage(contents="write"), {}
    )
    github.answer({"do": "hear", "text": "a prize", "workflow": "ci" if job else "", "job": job})
    assert [(one["found"], one["writes"]) for one in github.heard] == [(["KEY"], writes)]


def test_the_last_lines_of_a_step_that_failed_are_kept(engine: Any) -> None:
    log = engine.Log()
    entries = [
        *({"job": "a", "stepID": ["0"], "raw_output": True, "msg": f"line {n}\n"} for n in range(40)),
        {"job": "a", "stepID": ["1"], "raw_output": True, "msg": "another step's"},
        {"job": "a", "stepID": ["0"], "command": "error", "arg": "too low", "msg": "::error::too low"},
        {"job": "a", "stepID": ["0"], "stepResult": "failure"},
        {"job": "a", "stepID": ["0"], "raw_output": True, "msg": "heard late"},
        {"job": "a", "stepID": ["1"], "stepResult": "success"},
    ]
    for entry in entries:
        log.feed(json.dumps(entry).encode() + b"\n")
    failed, passed = (one for one in log.entries() if "stepResult" in one)
    assert failed["tail"] == [*(f"line {n}" for n in range(27, 40)), "too low", "heard late"]
    assert "tail" not in passed
