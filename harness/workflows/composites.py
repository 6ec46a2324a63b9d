"""Composite actions that a submission brings: steps that its workflows share, in the repository itself.

Source: GitHub's documentation, "Metadata syntax for GitHub Actions" (runs for composite actions).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from harness.files.yamlfile import WORKFLOW, Problem, read_documents

FILES = ("action.yml", "action.yaml")
LOCAL = "./"
COMPOSITE = "composite"


def is_action(path: str) -> bool:
    """Tell whether a file declares an action."""
    return PurePosixPath(path).name in FILES


def problems(file: str, data: bytes) -> list[Problem]:
    """Return why an action that was handed in cannot be played."""
    documents, found = read_documents(data, file, WORKFLOW)
    if found:
        return found
    value = documents[0].value if len(documents) == 1 else None
    runs = value.get("runs") if isinstance(value, dict) else None
    if not isinstance(runs, dict) or runs.get("using") != COMPOSITE or not isinstance(runs.get("steps"), list):
        line = documents[0].line_of(("runs",)) if documents and isinstance(value, dict) else 1
        return [
            Problem(file, line, f"is no composite action; it must say runs.using: {COMPOSITE}, and list runs.steps")
        ]
    return []


def uses(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return the actions that each composite action takes, by the reference with which a step takes it."""
    return {
        LOCAL + str(PurePosixPath(path).parent): list(_taken(path, data))
        for path, data in files.items()
        if is_action(path) and not problems(path, data)
    }


def playable(files: Mapping[str, bytes], accepted: Collection[str]) -> set[str]:
    """Return the references of the composite actions that take, in turn, accepted actions alone."""
    known = uses(files)
    found: set[str] = set()
    while more := {
        name for name, taken in known.items() if name not in found and {*map(plain, taken)} <= {*accepted, *found}
    }:
        found |= more
    return found


def plain(reference: str) -> str:
    """Return a reference as it is known: a local one without a slash at its end."""
    return reference.rstrip("/") if reference.startswith(LOCAL) else reference


def _taken(path: str, data: bytes) -> Iterator[str]:
    for document in read_documents(data, path, WORKFLOW)[0]:
        yield from _used(document.value["runs"]["steps"])


def _used(steps: Iterable[Any]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, dict) and isinstance(step.get("uses"), str):
            yield step["uses"]
