"""What an exercise of the venue analysis declares, and its answers: YAML of the candidate's that says what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.files.manifests import Manifest
from harness.files.yamlfile import WORKFLOW, Problem, read_documents


@dataclass(frozen=True)
class AnalysisScenario:
    """Programs that are played in one sandbox, one after the other."""

    name: str
    title: str


@dataclass(frozen=True)
class Analysis:
    """An analysis exercise's own part.

    `answers` are the files that a submission must have; `data` is the folder of the tables, which the exercise's world
    makes. `seconds` is what one call of a program may take.
    """

    answers: tuple[str, ...]
    data: str
    seconds: float
    scenarios: tuple[AnalysisScenario, ...]


class Answer(Manifest):
    """One YAML file of a candidate's; its parts are read like those of a Kubernetes object."""

    @property
    def kind(self) -> str:
        """Always Answer."""
        return "Answer"

    @property
    def name(self) -> str:
        """The file's path."""
        return self.file

    @property
    def label(self) -> str:
        """The file's path, which is all the name it has."""
        return self.file


def read(data: Mapping[str, Any]) -> Analysis:
    """Return the analysis part of an exercise.yaml."""
    scenarios = tuple(AnalysisScenario(name, spec["title"]) for name, spec in data["scenarios"].items())
    return Analysis(tuple(data["answers"]), data["data"], data["seconds"], scenarios)


def parse(file: str, data: bytes) -> tuple[list[Manifest], list[Problem]]:
    """Return the answer in a file, and what is wrong with it."""
    documents, problems = read_documents(data, file, WORKFLOW)
    if problems:
        return [], problems
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        return [], [Problem(file, 1, "holds no answer; it must hold one mapping")]
    document = documents[0]
    return [Answer(file, document.line, document.value, document.lines)], []
