"""What workflows tell apart that an exercise cannot know: events, files, names of branches; a run to play for each.

Source: GitHub's documentation, "Events that trigger workflows", "Webhook events and payloads".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from harness.exercises.pipeline import DECLARED, FILES, MAIN, WORDS, PipelineRun
from harness.workflows import triggers
from harness.workflows.workflows import Workflow

MOST = 10  # runs that are played of one submission
NEAR = "maintenance/main"  # a branch that is not main, whatever end of its name one looks at
TAG = "v1.0.0"
FOLLOWERS = {"workflow_run", "workflow_call"}  # they come by themselves after another workflow, or are refused
USUAL = {"opened", "synchronize", "reopened"}  # of a pull request: played as its new commits are
LITERAL = re.compile(r"refs/(heads|tags)/([\w./-]*[\w-])")
USUALLY = {"release": "published", "merge_group": "checks_requested", "issues": "opened"}  # of a workflow without types
LITERALS = re.compile(r"""'([^'\n]{0,100})'|"([^"\n]{0,100})\"""")
# Files that any repository may have; the last one is of a kind that no filter knows.
PLACES = ("README.md", "docs/notes.md", "data/customers.csv", "training/train.py", "ci/gate.py", "a-file-of-no-kind")
CHOSEN = re.compile(
    r"head_ref|head\.(?:ref|label)|head_branch|display_title|pull_request\.(?:title|body)", re.IGNORECASE
)
WRITTEN = re.compile(r"head_commit\.message|commits\b|display_title|git log", re.IGNORECASE)
GITHUBS = {MAIN, "open", "closed", "all", "pull_request", "pull_request_target", "push", "success", "failure"}
BRANCH = re.compile(r"[\w-][\w./-]*")
FEW = 3  # runs for files, names, or fillings of inputs
COMMAND = re.compile(r"""['"](/[\w-]+)""")


def played(runs: Sequence[PipelineRun], workflows: Sequence[Workflow]) -> tuple[PipelineRun, ...]:
    """Return a scenario's runs, with those that the workflows make necessary in place of the ones that stand for them.

    What `declared` stands for is each event that workflows declare beside the scenario's own.
    """
    own = {run.trigger for run in runs}
    return tuple(one for run in runs for one in _each(run, workflows, own))


def _each(run: PipelineRun, workflows: Sequence[Workflow], own: set[str]) -> Iterator[PipelineRun]:
    if run.event == DECLARED:
        yield from islice(_declared(run, workflows, own), MOST)
    elif run.each == FILES:
        yield from islice(_by_files(run, workflows), FEW)
    elif run.each == WORDS:
        yield from islice(_by_words(run, workflows), FEW)
    else:
        yield run


def _declared(run: PipelineRun, workflows: Sequence[Workflow], own: set[str]) -> Iterator[PipelineRun]:
    known: set[str] = set()
    for workflow in workflows:
        for one in (*_others(run, workflow), *_pulls(run, workflow), *_pushes(run, workflow)):
            if one.name not in known and (one.event == "push" or one.event not in own):
                known.add(one.name)
                yield one


def _by_files(run: PipelineRun, workflows: Sequence[Workflow]) -> Iterator[PipelineRun]:
    """Yield a run for each group of files that filters of paths treat alike, but for those that start everything."""
    events = triggers.PULL_REQUESTS if run.trigger == "pull_request" else (run.trigger,)
    filters = [triggers.declared(one.value.get("on"), event) or {} for one in workflows for event in events]
    patterns = [text for one in filters for key in ("paths", "paths-ignore") for text in triggers.texts(one.get(key))]

    def started(*changed: str) -> frozenset[tuple[str, str]]:
        files = changed or None
        return frozenset(
            (one.file, event)
            for one in workflows
            for event in events
            if triggers.starts(one.value.get("on"), event, MAIN, files, run.action)
        )

    known = {started()}
    for file in (*map(_instance, patterns), *PLACES) if patterns else ():
        if started(file) not in known:
            known.add(started(file))
            yield replace(run, name=f"{run.name} {file}", changed=(file,))


def _by_words(run: PipelineRun, workflows: Sequence[Workflow]) -> Iterator[PipelineRun]:
    """Yield a run for each word that workflows compare with what an author chooses: branch and title, or a commit's message."""
    texts = [text for workflow in workflows for text in _texts(workflow.value)]
    if run.trigger == "push":
        for word in _literals(texts, WRITTEN):
            yield replace(run, name=f"{run.name} {word}", message=f"{word} and more")
        return
    chosen = [text for text in texts if CHOSEN.search(text)]
    asked = any("head_ref" in text.lower() for text in chosen)  # a script's own words are not always quoted
    opened = [text for workflow in workflows for text in _opened(workflow)] if asked else []
    for word in dict.fromkeys([*opened, *_literals(chosen, CHOSEN)]):
        branch = f"{word}one" if word.endswith("/") else word
        if BRANCH.fullmatch(branch):
            yield replace(run, name=f"{run.name} {word}", branch=branch, title=word)


def _opened(workflow: Workflow) -> Iterator[str]:
    """Yield the branches of the pull requests that steps open."""
    for _, job in workflow.jobs():
        for step in job.get("steps") or ():
            given = step.get("with") if isinstance(step, dict) else None
            if isinstance(given, dict) and "create-pull-request" in str(step.get("uses")):
                yield str(given.get("branch", ""))


def _literals(texts: Sequence[str], beside: re.Pattern[str]) -> list[str]:
    """Return the quoted words of lines in which something stands that a pattern finds, the nearest to it first, but for GitHub's own."""
    found: list[tuple[int, str]] = []
    for line in (line for text in texts for line in text.splitlines()):
        if places := [match.start() for match in beside.finditer(line)]:
            found += [
                (min(abs(word.start() - place) for place in places), word[1] or word[2] or "")
                for word in LITERALS.finditer(line)
            ]
    words = dict.fromkeys(word for _, word in sorted(found, key=lambda one: one[0]))
    return [word for word in words if word and word not in GITHUBS and not word.startswith("refs/")]


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML
    """Yield every text in a workflow."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


def _others(run: PipelineRun, workflow: Workflow) -> Iterator[PipelineRun]:
    """Yield a run for each event that is neither a push nor a pull request."""
    on = workflow.value.get("on")
    for event in triggers.events(on):
        if event in {"push", *triggers.PULL_REQUESTS, *FOLLOWERS}:
            continue
        setting = triggers.declared(on, event)
        sent = _sent(event, on, workflow)
        yield replace(run, name=event, event=event, sent=sent)
        if event == "workflow_dispatch":
            for inputs in islice(_fillings(setting, workflow), FEW):
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
    """Yield a push to each branch beside main, and of each tag, that the filters or conditions speak of; and of one called main."""
    on = workflow.value.get("on")
    written = str(workflow.value)
    found = {kind: [name for which, name in LITERAL.findall(written) if which == kind] for kind in ("heads", "tags")}
    filters = triggers.declared(on, "push") or {}
    branches = [*map(_instance, triggers.texts(filters.get("branches"))), NEAR, *_fuller(found["heads"])]
    tags = [*map(_instance, triggers.texts(filters.get("tags"))), TAG, MAIN, *_fuller(found["tags"])]
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


def _fillings(setting: Mapping[str, Any] | None, workflow: Workflow) -> Iterator[dict[str, str]]:
    """Yield inputs with all that can be switched on switched on, each choice, and texts that conditions look for.

    A text's are the words that stand quoted beside its name; where there are none its default, or any.
    """
    inputs = (setting or {}).get("inputs")
    found: dict[str, list[str]] = {}
    for name, spec in inputs.items() if isinstance(inputs, dict) else ():
        spec = spec if isinstance(spec, dict) else {}  # noqa: PLW2901 - a missing specification is an empty one
        options = triggers.texts(spec.get("options"))[::-1]
        usual = str(spec.get("default", "production"))
        said = _literals(list(_texts(workflow.value.get("jobs"))), re.compile(rf"inputs\W+{re.escape(str(name))}\b"))
        found[str(name)] = ["true"] if spec.get("type") == "boolean" else options or [*said, usual]
    for number in range(max(map(len, found.values()), default=0)):
        yield {name: values[min(number, len(values) - 1)] for name, values in found.items()}


def _told(inputs: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in inputs.items())


def _sent(event: str, on: Any, workflow: Workflow) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """Return what workflows make of an event: its activity, a comment's words, the time; GitHub's part is added later."""
    said = " ".join(["/deploy", *COMMAND.findall(str(workflow.value))])
    sent: dict[str, dict[str, Any]] = {
        "schedule": {"schedule": _cron(on)},
        "repository_dispatch": {"branch": MAIN, "client_payload": {}},
        "release": {"release": {"tag_name": TAG}},
        "issue_comment": {"comment": {"body": said}},
    }
    action = next(iter(triggers.types(on, event)), USUALLY.get(event, "created"))
    named = {} if event in {"workflow_dispatch", "schedule"} else {"action": action}
    return {**named, **sent.get(event, {})}


def _cron(on: Any) -> str:  # noqa: ANN401 - YAML
    listed = on.get("schedule") if isinstance(on, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else {}
    return str(first.get("cron", "0 3 * * *")) if isinstance(first, dict) else "0 3 * * *"
