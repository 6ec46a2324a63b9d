"""Take a candidate's folder as data: only editable files, nothing followed, nothing executed, nothing trusted."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness import manifests, workflows
from harness.errors import InputError
from harness.exercise import Exercise
from harness.manifests import Manifest
from harness.marker import MARKER
from harness.yamlfile import Problem

PARSERS = {"deployment": manifests.parse, "pipeline": workflows.parse}
MAX_FILE = 1024 * 1024
MAX_FILES = 200
MAX_ENTRIES = 5_000
NOTES = "NOTES.md"
REPORT = ".breakfix-report.json"  # of the last `check`
HASHES = "submission.json"  # in what `submit` packs
IGNORED = {".git", "__pycache__", ".DS_Store", MARKER, NOTES, HASHES, REPORT, ".vscode", ".idea", "README.md"}


@dataclass(frozen=True)
class SubmittedFile:
    """One file as graded: its path in the workspace, its bytes, and whether the candidate may edit it."""

    path: str
    data: bytes
    editable: bool


@dataclass(frozen=True)
class Submission:
    """What is graded: the editable files of the submission over the pristine rest, and all they contain."""

    exercise: Exercise
    files: tuple[SubmittedFile, ...]
    manifests: tuple[Manifest, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    def digest(self, *, editable: bool) -> str:
        """Return the SHA-256 over paths and bytes of the editable or the protected files."""
        total = hashlib.sha256()
        for file in self.files:
            if file.editable == editable:
                total.update(f"{file.path}\0{len(file.data)}\0".encode() + file.data)
        return total.hexdigest()


def collect(exercise: Exercise, folder: Path) -> Submission:
    """Return the submission in `folder`, laid over the pristine workspace.

    Raises: InputError where `folder` is no folder that can be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give the workspace that `breakfix start` made")
    pristine = {
        path: exercise.renaming.text(data.decode()).encode() if exercise.chosen else data
        for path, data, _ in _walk(exercise.workspace, exercise, [])
    }
    problems: list[Problem] = []
    notes: list[str] = []
    files = {
        path: SubmittedFile(path, data, editable=False)
        for path, data in pristine.items()
        if not exercise.may_edit(path)
    }
    for path, data, editable in _walk(folder, exercise, problems):
        if editable:
            files[path] = SubmittedFile(path, data, editable=True)
        elif pristine.get(path) != data:
            notes.append(
                f"{path} is not yours to edit: the original is graded in its place"
                if path in pristine
                else f"{path} is not part of the exercise and was left out"
            )
    ordered = tuple(files[path] for path in sorted(files))
    objects: list[Manifest] = []
    for file in ordered:
        if file.path.endswith((".yaml", ".yml")):
            found, wrong = PARSERS[exercise.kind](file.path, file.data)
            objects += found
            problems += wrong
            if file.editable and not found and not wrong:
                problems.append(Problem(file.path, 1, "is empty; it holds no Kubernetes object"))
    if not any(file.editable for file in ordered):
        problems.append(
            Problem(exercise.editable[0], 1, f"is missing: no file in {folder.name}/ matches what you may edit")
        )
    return Submission(exercise, ordered, tuple(objects), tuple(problems), tuple(notes))


def _walk(top: Path, exercise: Exercise, problems: list[Problem]) -> Iterator[tuple[str, bytes, bool]]:
    """Yield (path, bytes, editable) of the regular files below `top`, never through a link; note the rest."""
    seen = taken = 0
    stack = [PurePosixPath()]
    while stack:
        place = stack.pop()
        try:
            entries = sorted(os.scandir(top / place), key=lambda entry: entry.name)
        except OSError as problem:
            problems.append(Problem(str(place), 1, f"cannot be read: {problem.strerror}"))
            continue
        for entry in entries:
            if entry.name in IGNORED:
                continue
            path = str(place / entry.name)
            seen += 1
            if seen > MAX_ENTRIES or taken > MAX_FILES:
                problems.append(
                    Problem(
                        path,
                        1,
                        f"is one too many: at most {MAX_FILES} files are read; remove what does not belong",
                    )
                )
                return
            if entry.is_dir(follow_symlinks=False):
                stack.append(place / entry.name)
                continue
            editable = exercise.may_edit(path)
            try:
                data = _regular(entry, path)
            except InputError as problem:
                if editable:
                    problems.append(Problem(_printable(path), 1, str(problem)))
                continue
            taken += 1
            yield _printable(path), data, editable


def _regular(entry: os.DirEntry[str], path: str) -> bytes:
    """Return the bytes of a regular file, opened without following links.

    Raises: InputError that says what is wrong with it.
    """
    if path != _printable(path):
        raise InputError("has a name with characters that cannot be shown; rename it")
    if entry.is_symlink():
        raise InputError("is a symbolic link, which is not followed; put the file itself there")
    try:
        handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}") from problem
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise InputError("is not a regular file; remove it")
        if status.st_size > MAX_FILE:
            raise InputError(f"is {status.st_size / 1e6:.1f} MB large; at most {MAX_FILE / 1e6:.0f} MB is read")
        data = file.read(MAX_FILE + 1)
    if b"\0" in data:
        raise InputError("is a binary file; only text is graded")
    return data


def _printable(path: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in path.encode("utf-8", "replace").decode("utf-8"))
