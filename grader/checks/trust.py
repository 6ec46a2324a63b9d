"""What unreviewed code gets hold of in a pipeline, which rights were used, and where strangers' words become code."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from grader.checks.played import PlayedRun
from grader.checks.pulls import jobs
from grader.checks.submission import Submission
from grader.checks.view import View
from harness.workflows import apicalls
from harness.workflows.permissions import effective

SCRIPT = "actions/github-script"
# What the actions that call GitHub themselves need to write. Source: their READMEs.
NEEDS = {
    "peter-evans/create-pull-request": {"contents", "pull-requests"},
    "model-platform/publish": {"id-token"},
}
OWN_TOKEN = re.compile(r"\$\{\{\s*(github\.token|secrets\.GITHUB_TOKEN)\s*\}\}", re.IGNORECASE)
SECRET = re.compile(r"\$\{\{\s*secrets(?:\.([A-Za-z_]\w*)|\[\s*'(\w+)'\s*\])\s*\}\}")
EVERY_SECRET = re.compile(r"\$\{\{\s*toJSON\(\s*secrets\s*\)\s*\}\}", re.IGNORECASE)
# Words that strangers choose. Source: GitHub's documentation, "Script injections", and the payload of workflow_run.
STRANGERS = re.compile(
    r"github\.head_ref|github\.event\.(?:"
    r"(?:issue|pull_request|comment|review|review_comment|discussion)\.(?:title|body)"
    r"|pull_request\.head\.(?:ref|label|repo\.default_branch)"
    r"|workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|author\.\w+))"
    r"|head_commit\.(?:message|author\.\w+)|commits\b|pages\b)",
    re.IGNORECASE,
)
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def stolen(run: PlayedRun, submission: Submission) -> Iterator[str]:
    """Yield what unreviewed code got hold of: what it found, and what else the job holds in which it ran."""
    for one in run.heard:
        if one["side"] not in {"code", "head"}:
            continue
        where = f"in job {one['job'] or '?'} of {one['workflow'] or '?'} on {one['event']}"
        given = _given(run, submission, one) if one["trusted"] else set()
        for name in sorted({*one["found"], *given}):
            yield f"{name} {where}"
        if one["writes"]:
            yield f"a token that may write {', '.join(one['writes'])} {where}"


def _given(run: PlayedRun, submission: Submission, heard: Mapping[str, Any]) -> set[str]:
    """Return the secrets that the job gives to a step which ran, in any of which the code can look."""
    view, job = jobs(submission).get((heard["workflow"], heard["job"]), (None, None))
    if view is None or job is None:
        return set()
    played = [one for one in run.data["jobs"] if one["stage"] == heard["stage"] and one["id"] == heard["job"]]
    ran = {step["id"] for one in played for step in one["steps"] if step["outcome"] != "skipped"}
    steps = [step.value for number, step in enumerate(job.at("steps").items()) if _id(step, number) in ran]
    return set(_secrets([view.at("env").value, job.at("env").value, *steps])) - {"GITHUB_TOKEN"}


def _id(step: View, number: int) -> str:
    return step.at("id").text() or str(number)


def _secrets(value: Any) -> Iterator[str]:  # noqa: ANN401 - any YAML value
    text = json.dumps(value)
    yield from (first or second for first, second in SECRET.findall(text))
    if EVERY_SECRET.search(text):
        yield "every secret"


def unused(runs: list[PlayedRun], submission: Submission) -> Iterator[tuple[View, list[str]]]:
    """Yield the jobs that were played, with the rights to write of which nothing made use.

    A right counts where a call in any run needed it, and where a step that names such a call did not come to it.
    """
    used: dict[tuple[str, str], set[str]] = {}
    for run in runs:
        for one in run.calls:
            used.setdefault((one["workflow"], one["job"]), set()).update(one["uses"])
    for (workflow, name), (view, job) in jobs(submission).items():
        ran = [
            one
            for run in runs
            for one in run.data["jobs"]
            if one["id"] == name and one["label"].startswith(f"{workflow}/")
        ]
        steps = {step["id"] for one in ran for step in one["steps"] if step["outcome"] != "skipped"}
        granted = {scope for scope, level in effective(view.value, job.value).items() if level == "write"}
        surplus = granted - used.get((workflow, name), set()) - _could_use(job, steps)
        if ran and surplus:
            yield job, sorted(surplus)


def _could_use(job: View, ran: set[str]) -> set[str]:
    """Return the rights that the job's steps may come to use where the play did not lead them there."""
    found: set[str] = set()
    for number, step in enumerate(job.at("steps").items()):
        action = step.at("uses").text().partition("@")[0]
        token = step.at("with", "github-token").text() or step.at("with", "token").text()
        if token and not OWN_TOKEN.search(token):
            continue
        if action == SCRIPT:
            found |= apicalls.named(step.at("with", "script").text())
        elif _id(step, number) not in ran:
            found |= NEEDS.get(action, set())
    return found


def pasted(submission: Submission) -> Iterator[tuple[View, str]]:
    """Yield the scripts into which a job that has rights or secrets pastes words that strangers choose."""
    for view, job in jobs(submission).values():
        writes = "write" in effective(view.value, job.value).values()
        if not writes and not set(_secrets([view.at("env").value, job.value])) - {"GITHUB_TOKEN"}:
            continue
        for step in job.at("steps").items():
            for place in (step.at("run"), step.at("with", "script")):
                for expression in EXPRESSION.findall(place.text()):
                    quoted = "tojson(" in expression.replace(" ", "").lower() and place.path[-1] == "script"
                    if STRANGERS.search(expression) and not quoted:
                        yield place, expression.strip()
