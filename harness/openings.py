"""Every event by which workflows let themselves be started beside the exercise's own, each as a run to play.

Source: GitHub's documentation, "Events that trigger workflows", "Webhook events and payloads".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from harness import triggers
from harness.pipeline import DECLARED, MAIN, REPOSITORY, PipelineRun
from harness.workflows import Workflow

MOST = 10  # runs that are played of one submission
NEAR = "maintenance/main"  # a branch that is not main, whatever end of its name one looks at
TAG = "v1.0.0"
FOLLOWERS = {"workflow_run", "workflow_call"}  # they come by themselves after another workflow, or are refused
USUAL = {"opened", "synchronize", "reopened"}  # of a pull request: played as its new commits are
LITERAL = re.compile(r"refs/(heads|tags)/([\w./-]*[\w-])")
USUALLY = {"release": "published", "merge_group": "checks_requested", "issues": "opened"}  # of a workflow without types
COMMAND = re.compile(r"""['"](/[\w-]+)""")


def played(runs: Sequence[PipelineRun], workflows: Sequence[Workflow]) -> tuple[PipelineRun, ...]:
    """Return a scenario's runs, with one for each event that the workflows declare in place of `declared`."""
    return tuple(
        one for run in runs for one in (islice(_declared(run, workflows), MOST) if run.event == DECLARED else (run,))
    )


def _declared(run: PipelineRun, workflows: Sequence[Workflow]) -> Iterator[PipelineRun]:
    known: set[str] = set()
    for workflow in workflows:
        for one in (*_others(run, workflow), *_pulls(run, workflow), *_pushes(run, workflow)):
            if one.name not in known:
                known.add(one.name)
                yield one


def _others(run: PipelineRun, workflow: Workflow) -> Iterator[PipelineRun]:
    """Yield a run for each event that is neither a push nor a pull request."""
    on = workflow.value.get("on")
    for event in triggers.events(on):
        if event in {"push", *triggers.PULL_REQUESTS, *FOLLOWERS}:
            continue
        setting = triggers.declared(on, event)
        sent = _sent(event, on, workflow)
        yield replace(run, name=event, event=event, sent=sent)
        if event == "workflow_dispatch" and (inputs := _all_on(setting)):
            yield replace(run, name=f"{event} with {_told(inputs)}", event=event, inputs=inputs)


def _pulls(run: PipelineRun, workflow: Workflow) -> Iterator[PipelineRun]:
    """Yield a run for one of the activities of pull requests beside new commits; `closed` means merged."""
    on = workflow.value.get("on")
    for event in triggers.PULL_REQUESTS:
        types = set(triggers.types(on, event)) - USUAL
        if types:
            action = "closed" if "closed" in types else min(types)
            yield replace(
                run, name=f"{event} {action}", event="pull_request", branch="feature/more-calls", action=action
            )


def _pushes(run: PipelineRun, workflow: Workflow) -> Iterator[PipelineRun]:
    """Yield a push to each branch beside main, and of each tag, that the filters or conditions speak of."""
    on = workflow.value.get("on")
    written = str(workflow.value)
    found = {kind: [name for which, name in LITERAL.findall(written) if which == kind] for kind in ("heads", "tags")}
    filters = triggers.declared(on, "push") or {}
    branches = [*map(_instance, triggers.texts(filters.get("branches"))), NEAR, *_fuller(found["heads"])]
    tags = [*map(_instance, triggers.texts(filters.get("tags"))), TAG, *_fuller(found["tags"])]
    for branch in dict.fromkeys(branches):
        if branch != MAIN and triggers.starts(on, "push", branch):
            yield replace(run, name=f"push to {branch}", event="push", branch=branch)
    for tag in dict.fromkeys(tags):
        if triggers.starts(on, "push", MAIN, tag=tag):
            yield replace(run, name=f"push of tag {tag}", event="push", tag=tag)


def _fuller(names: Sequence[str]) -> Iterator[str]:
    """Yield names that conditions hold, and names that begin like them."""
    for name in names:
        yield from (name, f"{name.rstrip('/')}/one") if name != MAIN else ()


def _instance(pattern: str) -> str:
    """Return a name that a filter pattern lets through, where it is a plain one."""
    text = re.sub(r"\[([^\]])[^\]]*\]", r"\1", pattern.removeprefix("!").replace("+", "").replace("?", ""))
    return re.sub(r"\*+", "one", text)


def _all_on(setting: Mapping[str, Any] | None) -> dict[str, str]:
    """Return inputs with all that can be switched on switched on, and each choice the last one."""
    inputs = (setting or {}).get("inputs")
    found = {}
    for name, spec in inputs.items() if isinstance(inputs, dict) else ():
        spec = spec if isinstance(spec, dict) else {}  # noqa: PLW2901 - a missing specification is an empty one
        options = triggers.texts(spec.get("options"))
        usual = str(spec.get("default", "production"))
        found[str(name)] = "true" if spec.get("type") == "boolean" else options[-1] if options else usual
    return found


def _told(inputs: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in inputs.items())


def _sent(event: str, on: Any, workflow: Workflow) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """Return what GitHub sends with an event, as far as workflows read it."""
    ref = f"refs/heads/{MAIN}"
    said = " ".join(["/deploy", *COMMAND.findall(str(workflow.value))])
    issue = {"number": 7, "title": "more calls", "pull_request": {"url": f"/repos/{REPOSITORY}/pulls/7"}}
    sent: dict[str, dict[str, Any]] = {
        "workflow_dispatch": {},
        "schedule": {"schedule": _cron(on)},
        "repository_dispatch": {"branch": MAIN, "client_payload": {}},
        "release": {"release": {"tag_name": TAG, "target_commitish": MAIN, "draft": False, "prerelease": False}},
        "issues": {"issue": {**issue, "author_association": "MEMBER"}},
        "issue_comment": {
            "issue": issue,
            "comment": {"body": said, "user": {"login": "dev"}, "author_association": "MEMBER"},
        },
        "merge_group": {"merge_group": {"head_ref": f"refs/heads/gh-readonly-queue/{MAIN}/pr-7", "base_ref": ref}},
    }
    action = next(iter(triggers.types(on, event)), USUALLY.get(event, "created"))
    named = {} if event in {"workflow_dispatch", "schedule"} else {"action": action}
    return {**named, **sent.get(event, {"ref": ref})}


def _cron(on: Any) -> str:  # noqa: ANN401 - YAML
    listed = on.get("schedule") if isinstance(on, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else {}
    return str(first.get("cron", "0 3 * * *")) if isinstance(first, dict) else "0 3 * * *"
