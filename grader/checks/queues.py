"""Which concurrency groups merges share, and which jobs stand in them.

GitHub keeps one run or job of a group in progress and one waiting; what waited before is dropped when another comes.
Source: GitHub's documentation, "Control the concurrency of workflows and jobs".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from grader.checks.played import Played, PlayedRun
from grader.checks.view import View

Place = tuple[str, str]  # a workflow's file, and a job's name or '' for the whole workflow


@dataclass(frozen=True)
class Group:
    """A concurrency setting as the engine evaluated it for one run; `varied` is the group with every leg its own."""

    place: Place
    group: str
    varied: str
    cancels: bool

    @property
    def where(self) -> str:
        """The place in words."""
        file, job = self.place
        return f"job {job}" if job else f"workflow {PurePosixPath(file).name}"


def groups(run: PlayedRun) -> dict[Place, Group]:
    """Return a run's groups by their places. Groups know no upper and lower case."""
    return {
        (str(one["workflow"]), str(one["place"])): Group(
            (str(one["workflow"]), str(one["place"])),
            str(one["group"]).lower(),
            str(one["varied"]).lower(),
            one["cancel"] == "true",
        )
        for one in run.concurrency
    }


def shared(first: PlayedRun, second: PlayedRun) -> Iterator[Group]:
    """Yield the groups in which two runs stand at the same place, so that one of them waits for the other or ends it."""
    earlier = groups(first)
    for place, group in groups(second).items():
        if group.group and place in earlier and group.group == earlier[place].group:
            yield group


def common(first: PlayedRun, second: PlayedRun) -> Iterator[Group]:
    """Yield the second run's groups that are the first's at the same place, whatever may vary between such runs."""
    earlier = groups(first)
    for place, group in groups(second).items():
        if group.varied and place in earlier and group.varied == earlier[place].varied:
            yield group


def jobs_with(workflows: Sequence[View], words: Sequence[str], scripts: Mapping[str, str]) -> set[Place]:
    """Return the jobs whose steps, or the scripts that they name, hold one of the words."""
    return {
        (view.manifest.file, name)
        for view in workflows
        for name, job in view.at("jobs").entries().items()
        if any(word in text for text in _texts(job, scripts) for word in words)
    }


def deploying(played: Played, workflows: Sequence[View], words: Sequence[str]) -> set[Place]:
    """Return the jobs that deployed in a run of the scenario, and those that are written to."""
    labels = {str(view.manifest.value.get("name") or view.manifest.name): view.manifest.file for view in workflows}
    did = {
        (labels.get(str(one["workflow"]), played.workflow), str(one["job"]))
        for run in played.runs
        for one in run.deployed
        if one.get("job")
    }
    return did | jobs_with(workflows, words, played.scripts)


def before(workflow: View, jobs: set[str]) -> set[str]:
    """Return these jobs of a workflow, and all that they wait for."""
    needs = {name: set(_names(job.at("needs").value)) for name, job in workflow.at("jobs").entries().items()}
    found, left = set(), set(jobs)
    while left:
        job = left.pop()
        found.add(job)
        left |= needs.get(job, set()) - found
    return found


def _texts(job: View, scripts: Mapping[str, str]) -> Iterator[str]:
    left = [f"{step.at('uses').text()} {step.at('run').text()}" for step in job.at("steps").items()]
    named: set[str] = set()
    while left:
        text = left.pop()
        yield text
        new = {path for path in scripts.keys() - named if PurePosixPath(path).name in text}
        named |= new
        left += [scripts[path] for path in sorted(new)]


def _names(value: Any) -> list[str]:  # noqa: ANN401 - any YAML value
    return (
        [value]
        if isinstance(value, str)
        else [one for one in value or () if isinstance(one, str)]
        if isinstance(value, list)
        else []
    )
