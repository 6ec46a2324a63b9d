"""Workflows as data: read as GitHub reads them, refused with a place, and what an exercise says of its runs."""

from dataclasses import replace
from typing import Any

import pytest

from grader.checking.checking import facts
from grader.checks.submission import Submission
from grader.checks.workflow_bounds import missing_triggers, trespasses
from grader.checks.workflow_schema import verdict
from harness.core import paths
from harness.exercises import exercise as exercises
from harness.exercises.pipeline import PipelineRun
from harness.workflows import events, permissions, triggers, workflows
from harness.workflows.workflows import Workflow

FILE = ".github/workflows/train.yml"
EXERCISE = exercises.load("green-but-wrong")
JOB = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps: [{run: echo}]\n"


def workflow(text: str) -> Workflow:
    found, problems = workflows.parse(FILE, text.encode())
    assert problems == []
    (one,) = found
    assert isinstance(one, Workflow)
    return one


def findings(text: str) -> list[str]:
    seen = Submission((workflow(text),), (), facts(EXERCISE, {}))
    return [f"{view.field}: {problem}" for view, problem in trespasses(seen)]


def test_on_is_a_word_and_true_a_truth() -> None:
    """Workflows are YAML 1.2; Kubernetes' reader would take `on` for a truth value."""
    one = workflow("on: {push: {}}\nenv: {A: yes, B: true, C: off}\njobs: {}\n")
    assert one.value["on"] == {"push": {}}
    assert one.value["env"] == {"A": "yes", "B": True, "C": "off"}
    assert (one.label, one.line_of(("env", "B"))) == ("Workflow/train.yml", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b\n---\nc: d\n", "no workflow"),
        ("- a\n", "no workflow"),
        ("on: push\non: push\n", "repeats the key"),
        ("a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"b{n}: &b{n} [{', '.join(['*' + ('a' if n == 0 else f'b{n - 1}')] * 9)}]\n" for n in range(9)), "expands to more than"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "merge key"),
        ("on: [", "not valid YAML"),
    ],
)  # fmt: skip
def test_what_is_no_workflow_is_told(text: str, words: str) -> None:
    found, problems = workflows.parse(FILE, text.encode())
    assert not found
    assert words in problems[0].message
    assert problems[0].line >= 1


@pytest.mark.parametrize("text", ["", "# on hold\n#on: push\n", "---\nnull\n", "---\n"])
def test_a_file_that_holds_nothing_is_no_workflow_and_does_no_harm(text: str) -> None:
    assert workflows.parse(FILE, text.encode()) == ([], [])


def test_why_nothing_comes_of_a_file_hangs_on_its_place() -> None:
    """GitHub reads no folder below its own; of a YAML file elsewhere nothing is to be said."""
    assert workflows.barren(FILE)[0].startswith("holds nothing")
    assert "only those directly in .github/workflows/" in workflows.barren(".github/workflows/old/train.yml")[0]
    assert workflows.barren("ci/settings.yml") == ("", "")


def test_a_plain_anchor_is_read() -> None:
    one = workflow("on: push\njobs:\n  a: &job\n    runs-on: ubuntu-latest\n    steps: [{run: echo}]\n  b: *job\n")
    assert one.value["jobs"]["a"] == one.value["jobs"]["b"]
    assert findings(JOB) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("    steps: [{uses: stranger/action@v1}]", "jobs.one.steps[0].uses: is not among the accepted actions"),
        ("    steps: [{uses: actions/checkout@v3}]", "is not among the accepted actions"),
        ("    steps: [{uses: docker://alpine}]", "is not among the accepted actions"),
        ("    steps: [{uses: ./somewhere}]", "is not among the accepted actions"),
        ("    container: alpine\n    steps: []", "a container of its own"),
        ("    services: {db: {image: x}}\n    steps: []", "service containers"),
        ("    uses: a/b/.github/workflows/c.yml@v1", "reusable workflow"),
        ("    strategy: {matrix: {a: [1,2,3,4,5,6], b: [1,2,3,4,5,6]}}\n    steps: []", "makes 36 legs"),
    ],
)
def test_what_is_out_of_bounds_is_found(change: str, words: str) -> None:
    text = f"on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n{change}\n"
    assert any(words in finding for finding in findings(text)), findings(text)


@pytest.mark.parametrize(
    "runner",
    [
        "self-hosted", "${{ matrix.os }}", "[a, b]", "[]", "{group: x}", "{group: x, labels: ubuntu-latest}", "{labels: }",
        "${{ matrix.data }}\n    strategy: {matrix: {data: [ubuntu-latest, windows-latest]}}",
        "${{ matrix.os }}\n    strategy: {matrix: {os: [ubuntu-latest], include: [{os: macos-latest}]}}",
        "${{ matrix.os }}\n    strategy: {matrix: '${{ fromJSON(vars.LEGS) }}'}",
    ],
)  # fmt: skip
def test_another_runner_is_refused(runner: str) -> None:
    found = findings(JOB.replace("ubuntu-latest", runner))
    assert len(found) == 1
    assert "names a runner that is not there" in found[0]


@pytest.mark.parametrize(
    "runner",
    [
        "[ubuntu-latest]", "Ubuntu-Latest", "{labels: ubuntu-latest}", "{labels: [ubuntu-latest]}",
        "${{ matrix.os }}\n    strategy: {matrix: {os: [ubuntu-latest], data: [a, b]}}",
        "[ '${{matrix.os}}' ]\n    strategy: {matrix: {include: [{os: ubuntu-latest, data: a}]}}",
        "${{ matrix.os }}\n    strategy: {matrix: {os: [ubuntu-latest], include: [{data: a}]}}",
    ],
)  # fmt: skip
def test_the_runner_is_named_in_many_ways(runner: str) -> None:
    assert findings(JOB.replace("ubuntu-latest", runner)) == []


def test_too_many_jobs_are_refused() -> None:
    jobs = "".join(f"  j{n}: {{runs-on: ubuntu-latest, steps: [{{run: echo}}]}}\n" for n in range(41))
    assert any("are 41 jobs" in finding for finding in findings(f"on: push\njobs:\n{jobs}"))


@pytest.mark.parametrize(
    ("on", "missing"),
    [
        ("push", {"pull_request"}),
        ("[push, pull_request]", set()),
        ("[push, pull_request_target]", set()),
        ("{push: {branches: [main]}, pull_request: null}", set()),
        ("{push: {branches: [release]}, pull_request: null}", {"push"}),
        ("{push: {branches: ['**', '!main']}, pull_request: null}", {"push"}),
        ("{push: {branches: ['!main', 'm*']}, pull_request: null}", set()),
        ("{push: {branches-ignore: [main]}, pull_request: null}", {"push"}),
        ("{push: {tags: [v1]}, pull_request: null}", {"push"}),
        ("{push: null, pull_request: {types: [closed]}}", {"pull_request"}),
        ("{push: null, pull_request: {types: [opened, synchronize], branches: [main]}}", set()),
    ],
)
def test_events_that_no_longer_start_the_workflow(on: str, missing: set[str]) -> None:
    view = Submission((workflow(JOB.replace("on: push", f"on: {on}")),), (), {}).all()[0]
    assert set(missing_triggers(view, ["pull_request", "push"], "main")) == missing


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (JOB.replace("steps:", "stepps:"), ("jobs", "one")),
        (JOB.replace("{run: echo}", "{runs: echo}"), ("jobs", "one", "steps", 0)),
        (JOB.replace("on: push", "on: pushes"), ("on",)),
        ("on: push\n", ()),
    ],
)
def test_the_schema_names_the_place(text: str, path: tuple[Any, ...]) -> None:
    found = verdict(workflow(text))
    assert found is not None
    assert found.path[: len(path)] == path
    assert verdict(workflow(JOB)) is None


def test_concurrency_is_found_in_both_forms() -> None:
    one = workflow(
        "on: push\nconcurrency: all\njobs:\n  a: {concurrency: {group: g, cancel-in-progress: true}}\n"
        "  b: {concurrency: {group: h, cancel-in-progress: '${{ x }}'}}\n"
    )
    assert list(one.concurrency()) == [("", "all", "false"), ("a", "g", "true"), ("b", "h", "${{ x }}")]


def test_a_fork_tells_itself_from_a_branch_and_a_push_has_its_commit() -> None:
    """As far as workflows ask: source repository, branch, commit."""
    sha = "a" * 40
    fork = events.payload(PipelineRun("f", "fork_pull_request", {}, branch="patch"), sha)
    branch = events.payload(PipelineRun("b", "pull_request", {}, branch="patch"), sha)
    assert fork["pull_request"]["head"]["repo"]["full_name"] == "someone/churn-model"
    assert branch["pull_request"]["head"]["repo"]["full_name"] == branch["repository"]["full_name"]
    push = events.payload(PipelineRun("p", "push", {}), sha)
    assert (push["ref"], push["after"]) == ("refs/heads/main", sha)


def test_commits_differ_and_the_scenario_is_not_in_the_event() -> None:
    assert EXERCISE.pipeline is not None
    for scenario in EXERCISE.pipeline.scenarios:
        runs = list(events.started(scenario.runs, [], ()))
        again = sum(bool(run.rerun) for run in scenario.runs)  # of a commit that was there before
        assert len({run["stages"][0]["sha"] for run in runs}) == len(runs) - again
        assert all(scenario.name not in str(run["stages"]) for run in runs)


def test_a_commit_comes_again_as_a_second_attempt_or_anew() -> None:
    """Once more, it has its numbers, too; where main is set back to it, it is a first attempt."""
    first = PipelineRun("first", "push", {})
    runs = [first, replace(first, name="again", rerun="first"), replace(first, name="back", rerun="first", anew=True)]
    one, again, back = (run["stages"][0] for run in events.started(runs, [], ()))
    assert one["sha"] == again["sha"] == back["sha"]
    assert [stage["attempt"] for stage in (one, again, back)] == [1, 2, 1]
    assert again["number"] == one["number"]


def test_one_pull_request_of_a_fork_starts_three_stages() -> None:
    """Its own without a secret or a right to write, main's with both, and what follows the end of each."""
    follow = "on: {workflow_run: {workflows: [ci], types: [completed]}}\nname: after\njobs: {}\n"
    flows = [
        workflow(f"name: ci\non: [pull_request, pull_request_target]\n{JOB.partition(chr(10))[2]}"),
        workflow(follow),
    ]
    (run,) = events.started([PipelineRun("f", "fork_pull_request", {})], flows, ["KEY"])
    assert [(stage["event"], stage["trusted"], stage["after"]) for stage in run["stages"] if not stage["key"].startswith("app ")][:4] == [
        ("pull_request", False, ""), ("workflow_run", True, "pull_request"),
        ("pull_request_target", True, ""), ("workflow_run", True, "pull_request_target"),
    ]  # fmt: skip
    assert run["stages"][1]["payload"]["workflow_run"]["pull_requests"] == []
    assert run["stages"][0]["permissions"] == {"ci": {"one": {"contents": "read", "packages": "read"}}}
    assert set(run["secrets"]) == {"KEY"}


def test_an_event_that_starts_nothing_has_a_stage_without_a_workflow() -> None:
    flows = [workflow("on: {push: {paths: ['src/**']}}\njobs: {}\n")]
    (run,) = events.started([PipelineRun("p", "push", {}, changed=("README.md",))], flows, ())
    assert [(stage["event"], stage["workflows"]) for stage in run["stages"]] == [("push", [])]


@pytest.mark.parametrize(
    ("on", "event", "branch", "changed", "start"),
    [
        ("push", "push", "main", None, True),
        (["push"], "schedule", "main", None, False),
        ({"push": {"branches": ["release/*"]}}, "push", "release/1", None, True),
        ({"push": {"branches": ["release/*"]}}, "push", "release/1/a", None, False),
        ({"push": {"branches": ["release/**"]}}, "push", "release/1/a", None, True),
        ({"push": {"paths": ["**/*.py"]}}, "push", "main", ["a.py"], True),
        ({"push": {"paths": ["docs/**", "!docs/x"]}}, "push", "main", ["docs/x"], False),
        ({"push": {"paths-ignore": ["docs/**"]}}, "push", "main", ["docs/x", "a.py"], True),
        ({"push": {"paths-ignore": ["docs/**"]}}, "push", "main", ["docs/x"], False),
        ({"pull_request": {"types": ["opened"]}}, "pull_request", "main", None, False),
        ({"schedule": [{"cron": "0 3 * * *"}]}, "schedule", "main", None, True),
        ({"workflow_dispatch": None}, "workflow_dispatch", "main", ["x"], True),
        ({"push": {"branches": 3}}, "push", "main", None, False),
        (7, "push", "main", None, False),
    ],
)
def test_when_a_workflow_starts(on: Any, event: str, branch: str, changed: list[str] | None, start: bool) -> None:  # noqa: FBT001
    assert triggers.starts(on, event, branch, changed) is start


@pytest.mark.parametrize(
    ("whole", "job", "granted"),
    [
        ({}, {}, {"contents": "read", "packages": "read"}),
        ({"permissions": {}}, {}, {}),
        ({"permissions": {"contents": "write"}}, {"permissions": {"id-token": "write"}}, {"id-token": "write"}),
        ({"permissions": {"contents": "none", "nonsense": "write", "checks": []}}, {}, {}),
        ({"permissions": 7}, {}, {}),
    ],
)
def test_what_a_jobs_token_may_do(whole: dict[str, Any], job: dict[str, Any], granted: dict[str, str]) -> None:
    assert permissions.effective(whole, job) == granted


def test_all_permissions_at_once() -> None:
    assert set(permissions.effective({"permissions": "write-all"}, {}).values()) == {"write"}
    assert "id-token" not in permissions.effective({"permissions": "read-all"}, {})


def test_every_accepted_action_has_a_stand_in() -> None:
    assert EXERCISE.pipeline is not None
    actions = paths.KIT / "harness" / "images" / "pipeline-runner" / "actions"
    for action in EXERCISE.pipeline.actions:
        assert (actions / action / "action.yml").is_file(), action
