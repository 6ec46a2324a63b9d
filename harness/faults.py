"""Faults as data: anchored text edits that turn an exercise's reference into its broken workspace."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.exercise import Exercise
from harness.schemas import load_valid


@dataclass(frozen=True)
class Edit:
    """Replace the one place in a file where `find` stands by `replace`."""

    file: str
    find: str
    replace: str


@dataclass(frozen=True)
class Fault:
    """One injected fault: what it is, the checks that must catch it, and how it is put in."""

    id: str
    catalogue: str
    claim: str
    caught_by: tuple[str, ...]
    edits: tuple[Edit, ...]
    excludes: tuple[str, ...] = ()


def load(exercise: Exercise) -> tuple[Fault, ...]:
    """Return the exercise's faults.

    Raises: InputError that names every problem, or where the solution is not here.
    """
    if exercise.solution is None:
        raise InputError(f"the solution of {exercise.slug} is not on this machine")
    path = exercise.solution / "faults.yaml"
    found = []
    for entry in load_valid(path, "faults")["faults"]:
        edits = tuple(Edit(**edit) for edit in entry["edits"])
        rest: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key != "edits"
        }
        found.append(Fault(edits=edits, **rest))
    if len({fault.id for fault in found}) != len(found):
        raise InputError(f"{path}: two faults share an id")
    return tuple(found)


def reference_files(exercise: Exercise) -> dict[str, str]:
    """Return the reference laid over the workspace's protected files: text by path."""
    if exercise.solution is None:
        raise InputError(f"the solution of {exercise.slug} is not on this machine")
    return {
        **_texts(exercise.workspace, skip=exercise.solution / "reference"),
        **_texts(exercise.solution / "reference"),
    }


def _texts(folder: Path, skip: Path | None = None) -> dict[str, str]:
    """Return the text files below a folder, without those in folders that `skip` has too."""
    covered = {path.name for path in skip.iterdir()} if skip else set()
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in paths
        if path.relative_to(folder).parts[0] not in covered
    }


def inject(files: Mapping[str, str], faults: Iterable[Fault]) -> dict[str, str]:
    """Return the files with the faults in them, in whatever order the faults come.

    Raises: InputError where an anchor does not stand exactly once, or two edits overlap.
    """
    spans: dict[str, list[tuple[int, int, str, str]]] = {}
    for fault in faults:
        for edit in fault.edits:
            text = files.get(edit.file, "")
            if text.count(edit.find) != 1:
                raise InputError(
                    f"fault {fault.id}: its anchor stands {text.count(edit.find)} times in {edit.file}, not once: {edit.find!r}"
                )
            start = text.index(edit.find)
            spans.setdefault(edit.file, []).append((start, start + len(edit.find), edit.replace, fault.id))
    broken = dict(files)
    for file, edits in spans.items():
        edits.sort()
        for (_, end, _, one), (start, _, _, other) in itertools.pairwise(edits):
            if start < end:
                raise InputError(f"faults {one} and {other} change the same place in {file}")
        for start, end, replace, _ in reversed(edits):
            broken[file] = broken[file][:start] + replace + broken[file][end:]
    return broken
