"""GitHub Actions workflows as files declare them, each with the file and line it came from."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from harness.files.manifests import Manifest
from harness.files.yamlfile import WORKFLOW, Problem, read_documents
from harness.workflows import composites

FOLDER = PurePosixPath(".github/workflows")


class Workflow(Manifest):
    """One workflow file; its parts are read like those of a Kubernetes object."""

    @property
    def kind(self) -> str:
        """Always Workflow."""
        return "Workflow"

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.file).name

    @property
    def label_of_runs(self) -> str:
        """What the engine calls its runs: its `name`, else the file's own."""
        return str(self.value.get("name") or self.name)

    def jobs(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the jobs that have the shape of one, by name."""
        found = self.value.get("jobs")
        for name, job in found.items() if isinstance(found, dict) else ():
            if isinstance(job, dict):
                yield name, job

    def uses(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield every action that a step takes, with the path that leads to it."""
        for name, job in self.jobs():
            steps = job.get("steps")
            for index, step in enumerate(steps if isinstance(steps, list) else ()):
                if isinstance(step, dict) and isinstance(step.get("uses"), str):
                    yield ("jobs", name, "steps", index, "uses"), step["uses"]

    def concurrency(self) -> Iterator[tuple[str, str, str]]:
        """Yield (job's name or '', group, cancel-in-progress) of every concurrency setting, as written."""
        for place, holder in (("", self.value), *self.jobs()):
            setting = holder.get("concurrency")
            if isinstance(setting, str):
                yield place, setting, "false"
            elif isinstance(setting, dict):
                cancel = setting.get("cancel-in-progress", False)
                yield (
                    place,
                    str(setting.get("group", "")),
                    str(cancel).lower() if isinstance(cancel, bool) else str(cancel),
                )


def barren(file: str) -> tuple[str, str]:
    """Return why nothing comes of a YAML file that can be read, and what to do; nothing of one that is no workflow's.

    Source: GitHub's documentation, "Workflow syntax": workflows are stored in .github/workflows, subfolders do not count.
    """
    folder = PurePosixPath(file).parent
    if folder == FOLDER:
        return "holds nothing but comments, if anything", "remove the file"
    if folder.is_relative_to(FOLDER):
        return f"is no workflow, since GitHub reads only those directly in {FOLDER}/", "move it there if it is meant"
    return "", ""


def parse(file: str, data: bytes) -> tuple[list[Manifest], list[Problem]]:
    """Return the workflow in a file, and what is wrong with it; of an action only that, and nothing for other YAML."""
    if composites.is_action(file):
        return [], composites.problems(file, data)
    if PurePosixPath(file).parent != FOLDER:
        return [], []
    documents, problems = read_documents(data, file, WORKFLOW)
    if problems or not documents:
        return [], problems
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        return [], [Problem(file, 1, "is no workflow; it must hold one mapping, with `on` and `jobs`")]
    one = documents[0]
    return [Workflow(file, one.line, one.value, one.lines)], []
