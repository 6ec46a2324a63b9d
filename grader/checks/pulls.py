"""What a pull request gets of workflows: the check that it waits for, and comments."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.checks.played import PlayedRun
from grader.checks.submission import Submission
from grader.checks.view import View


@dataclass(frozen=True)
class Reported:
    """One report of a check at a pull request's commit: by which event's job or call, how, and whether it says anything.

    It does where the evaluation of that commit ran in that job, or in one that it waited for.
    """

    source: str
    result: str
    evaluated: bool

    def __str__(self) -> str:
        return f"{self.result} from {self.source}" + ("" if self.evaluated else ", where nothing of it was evaluated")


def jobs(submission: Submission) -> dict[tuple[str, str], tuple[View, View]]:
    """Return (workflow, job) by the names that the engine has for them."""
    return {
        (str(view.value.get("name") or view.manifest.name), name): (view, job)
        for view in submission.all()
        if isinstance(view.value, dict)
        for name, job in view.at("jobs").entries().items()
        if isinstance(job.value, dict)
    }


def reports(run: PlayedRun, submission: Submission, name: str, stages: str = "pull_request|push") -> list[Reported]:
    """Return what reported under a check's name at the commit of the pull request; `stages` are those that count.

    The commit is that of these stages, and of a pull request that the run opened itself.

    A job's check has its name. A leg of a matrix has its values besides, unless the name says where they go.
    Source: GitHub's documentation, "Workflow syntax" (jobs.<job_id>.name).
    """
    known, found = jobs(submission), []
    heard = {(one["stage"], one["workflow"], one["job"]) for one in run.heard if one["side"] == "head"}
    for one in run.data["jobs"]:
        workflow = next(
            (label for label, job in known if job == one["id"] and one["label"].startswith(f"{label}/")), None
        )
        if workflow is None or not re.match(stages, one["stage"]):
            continue
        called = one["label"].removeprefix(f"{workflow}/")
        declared = known[workflow, one["id"]][1].at("name").text() if one["matrix"] else ""
        if one["matrix"]:
            called = re.sub(r"-\d+$", "", called) if "matrix." in declared else ""
        if called == name:
            ran = {(one["stage"], workflow, job) for job in _before(known, workflow, one["id"])}
            found.append(Reported(f"a job on {one['event']}", one["result"], bool(ran & heard)))
    return found + list(_by_call(run, name, stages, bool(heard)))


def _before(known: Mapping[tuple[str, str], tuple[View, View]], workflow: str, job: str) -> set[str]:
    """Return a job and all that it waits for."""
    found, left = set(), [job]
    while left:
        name = left.pop()
        if name in found or (workflow, name) not in known:
            continue
        found.add(name)
        needs = known[workflow, name][1].at("needs").value
        left += [needs] if isinstance(needs, str) else [str(one) for one in needs or ()]
    return found


def _by_call(run: PlayedRun, name: str, stages: str, evaluated: bool) -> Iterator[Reported]:  # noqa: FBT001 - what a report has
    """Yield what was reported by the API, as a status or a check run at the commit."""
    commits = {one["sha"] for one in run.data["stages"] if re.match(stages, one["key"])}
    commits |= {one["about"]["sha"] for one in run.calls if "sha" in one.get("about", {})}
    ended: dict[str, str] = {}
    for one in run.calls:
        told = one["arguments"]
        if not one.get("done"):
            continue
        if one["call"] == "repos.createCommitStatus" and told.get("context") == name and told.get("sha") in commits:
            ended["the status"] = "success" if told.get("state") == "success" else "failure"
        if one["call"] == "checks.create" and told.get("name") == name and told.get("head_sha") in commits:
            ended[str(one["about"].get("number"))] = str(told.get("conclusion", ""))
        if one["call"] == "checks.update" and str(told.get("check_run_id")) in ended:
            ended[str(told["check_run_id"])] = str(told.get("conclusion", ""))
    yield from (Reported("a call of the API", result, evaluated) for result in ended.values() if result)


def comments(run: PlayedRun, number: int) -> list[str]:
    """Return the texts that were written to a pull request, in any way of commenting it."""
    found = []
    for one in run.calls:
        told, about = one["arguments"], one.get("about", {})
        at = told.get("issue_number") or told.get("pull_number") or about.get("issue_number")
        if one["call"] in {"issues.createComment", "issues.updateComment", "pulls.createReview"} and one.get("done"):
            found += [str(told.get("body"))] if str(at) == str(number) else []
    return found


def measured(run: PlayedRun) -> set[str]:
    """Return what evaluations of the pull request's own code measured: the number in the first line of their reports."""
    told = [str(one["report"]).strip().splitlines() for one in run.heard if one["side"] == "head"]
    return {number for lines in told if lines for number in re.findall(r"\d+\.\d{3,}", lines[0])[:1]}


def need_evaluated(run: PlayedRun, submission: Submission, name: str, whose: str) -> None:
    """Fail where a required check does not report, or reports without an evaluation of the pull request's own code.

    A push to the pull request's branch may leave the check out.
    """
    run.played_out()
    found = reports(run, submission, name)
    hollow = [one for one in found if one.result != "success" or not (one.evaluated or "push" in one.source)]
    if hollow or not any(one.evaluated for one in found):
        run.fail(
            f"{whose} is not evaluated by its required check",
            expected=f"every {name} at its commit a success, and an evaluation of its own code behind it",
            seen=f"{'; '.join(map(str, found)) or f'no {name} that ran'}; {run.story}",
        )


def need_commented(run: PlayedRun, number: int, whose: str) -> None:
    """Fail where what a pull request's own evaluation measured does not stand at it as a comment."""
    run.played_out()
    written = comments(run, number)
    if not any(line in text for line in measured(run) for text in written):
        tried = [one for one in run.calls if one["call"].endswith("Comment")]
        refused = sum(not one["allowed"] for one in tried)
        run.fail(
            f"{whose} has no comment with its report",
            expected=f"a comment at pull request {number} that holds what its own evaluation measured",
            seen=f"{len(tried)} comments tried, {refused} refused for want of a right, {len(written)} at {number}; {run.story}",
        )
