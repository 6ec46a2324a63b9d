"""Take a candidate's folder as data: only editable files, nothing followed, nothing executed, nothing trusted."""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness import foreigners, listing
from harness.errors import InputError
from harness.exercise import Exercise
from harness.folders import plain, printable, walk
from harness.manifests import Manifest
from harness.marker import MARKER
from harness.reading import Reading, reading_of
from harness.unread import Unread
from harness.yamlfile import Problem

NOTES = "NOTES.md"
REPORT = ".breakfix-report.json"  # of the last `check`
HASHES = "submission.json"  # in what `submit` packs
OWN = frozenset((MARKER, NOTES, HASHES, REPORT))
IGNORED = OWN | {"README.md"}


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


def collect(exercise: Exercise, folder: Path, beside: Iterable[str] = ()) -> Submission:
    """Return the submission in `folder`, laid over the pristine workspace; `beside` names files that were left out.

    Raises: InputError where `folder` is no folder that can be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give the workspace that `breakfix start` made")
    pristine = _pristine(exercise)
    protected = frozenset(path for path in pristine if not exercise.may_edit(path))
    made = {exercise.analysis.data} if exercise.analysis else set()  # as they were handed out, whatever lies there now
    walked = walk(folder, exercise, protected, IGNORED | made)
    problems, notes = walked.problems, walked.notes
    files = {path: SubmittedFile(path, pristine[path], editable=False) for path in protected}
    for path, data in walked.files.items():
        if path not in protected:
            files[path] = SubmittedFile(path, data, editable=True)
        elif plain(path, pristine[path]) != _as_text(path, data):
            notes.append(f"{path} is not yours to edit: the original is graded in its place")
    ordered = tuple(files[path] for path in sorted(files))
    objects: list[Manifest] = []
    reading = reading_of(exercise.venue)
    for file in ordered:
        if file.path.endswith(reading.endings):
            found, wrong = _parsed(reading, file, notes)
            objects += found
            problems += wrong
    left = [*walked.beside, *(printable(path) for path in beside if PurePosixPath(path).name not in IGNORED)]
    unread = Unread(exercise, left, _handed_out(exercise, pristine), objects)
    editable = {file.path for file in ordered if file.editable}
    problems += unread.problems(editable)
    if not editable:
        named = f"; {', '.join(unread.meant[:5])} was not read" if unread.meant else ""
        told = f"is missing: no file in {folder.name}/ matches what you may edit{named}"
        problems.append(Problem(exercise.editable[0], 1, told))
    elif not problems and not any(one.file in editable for one in objects):
        told = "is empty, and so is every other file that you may edit: no object is left"
        problems.append(Problem(min(editable), 1, told))
    notes += unread.notes(editable)
    return Submission(exercise, ordered, tuple(objects), tuple(problems), tuple(notes))


def _pristine(exercise: Exercise) -> dict[str, bytes]:
    """Return the workspace's own files, under the variant's names."""
    shipped = listing.texts(exercise.shipped_files)
    made = f"{exercise.analysis.data}/" if exercise.analysis else "\0"  # they go to nobody but as rows
    return {
        path: exercise.renaming.text(text).encode()
        for path, text in shipped.items()
        if path not in IGNORED and not path.startswith(made)
    }


def _handed_out(exercise: Exercise, pristine: Mapping[str, bytes]) -> dict[str, list[Manifest]]:
    """Return the objects of each file that was handed out to be edited."""
    paths = (path for path in pristine if exercise.may_edit(path))
    reading = reading_of(exercise.venue)
    return {path: reading.parse(path, pristine[path])[0] if path.endswith(reading.endings) else [] for path in paths}


def _parsed(reading: Reading, file: SubmittedFile, notes: list[str]) -> tuple[list[Manifest], list[Problem]]:
    """Return the objects of a file and what is wrong with it; what holds none is noted."""
    if reading.objects and file.editable:
        foreign = foreigners.of(file.path, file.data)
        if foreign is not None:
            notes += foreign.notes
            return [], list(foreign.problems)
    found, wrong = reading.parse(file.path, file.data)
    if file.editable and not found and not wrong:
        notes.append(f"{file.path} holds nothing but comments, if anything: no object comes from it")
    return found, wrong


def _as_text(path: str, data: bytes) -> bytes:
    with suppress(InputError):
        return plain(path, data)
    return data
