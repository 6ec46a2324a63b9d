"""Take a candidate's folder as data: only editable files, nothing followed, nothing executed, nothing trusted."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.core import listing
from harness.core.errors import InputError
from harness.exercises import component
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.exercises.marker import MARKER
from harness.files.manifests import Manifest
from harness.files.yamlfile import Problem
from harness.intake import customresources, foreigners
from harness.intake.folders import plain, printable, walk
from harness.intake.reading import Reading, reading_of
from harness.intake.unread import Unread
from harness.workflows import composites

NOTES = "NOTES.md"
MOST = 12  # objects that are named as declared twice, and places of each
REPORT = ".breakfix-report.json"  # of the last `check`
TIMES = ".breakfix-times.json"  # see harness.intake.times
HASHES = "submission.json"  # in what `submit` packs
OWN = frozenset((MARKER, NOTES, HASHES, REPORT, TIMES))
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


def collect(
    exercise: Exercise, folder: Path, beside: Iterable[str] = (), unpacking: Iterable[Problem] = ()
) -> Submission:
    """Return the submission in `folder`, laid over the pristine workspace.

    `beside` names files that were left out where it was unpacked, `unpacking` what was wrong with that.

    Raises: InputError where `folder` is no folder that can be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give the workspace that `breakfix start` made")
    pristine = _pristine(exercise)
    protected = frozenset(path for path in pristine if not exercise.may_edit(path))
    made = {exercise.analysis.data} if exercise.analysis else set()  # as they were handed out, whatever lies there now
    walked = walk(folder, exercise, protected, IGNORED | made)
    problems, notes = [*unpacking, *walked.problems], walked.notes
    flawed = bool(problems)
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
            found, wrong = _parsed(reading, file, notes, _wanted(exercise, file.path, files))
            objects += found
            problems += wrong
    if exercise.components:
        there = component.known(exercises.roots())
        problems += customresources.problems(objects, [component.read(there[name]) for name in exercise.components])
    left = [*walked.beside, *(printable(path) for path in beside if PurePosixPath(path).name not in IGNORED)]
    unread = Unread(exercise, left, _handed_out(exercise, pristine), objects)
    editable = {file.path for file in ordered if file.editable}
    problems += unread.problems(editable)
    if not editable and not flawed:
        named = f"; {', '.join(unread.meant[:5])} was not read" if unread.meant else ""
        told = f"is missing: no file in {folder.name}/ matches what you may edit{named}"
        told += _left_out(exercise.editable[0], editable)
        problems.append(Problem(exercise.editable[0], 1, told))
    elif not problems and not any(one.file in editable for one in objects):
        problems.append(_nothing_left(exercise.needed, editable))
    notes += [*_misspelt(exercise.needed, files), *_twice(exercise, objects), *unread.notes(editable)]
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


def _parsed(
    reading: Reading, file: SubmittedFile, notes: list[str], wanted: str
) -> tuple[list[Manifest], list[Problem]]:
    """Return the objects of a file and what is wrong with it; what holds none is noted, unless it is `wanted`."""
    if reading.objects and file.editable:
        foreign = foreigners.of(file.path, file.data)
        if foreign is not None:
            notes += foreign.notes
            return [], list(foreign.problems)
    found, wrong = reading.parse(file.path, file.data)
    if file.editable and not found and not wrong and not composites.is_action(file.path):
        why, remedy = reading.barren(file.path)
        if wanted and why:
            return [], [Problem(file.path, 1, f"{why}; the exercise needs {wanted}")]
        notes += [f"{file.path} {why}; {remedy}"] if why else []
    return found, wrong


def _wanted(exercise: Exercise, path: str, files: Collection[str]) -> str:
    """Return the file that the exercise needs where this is it, or one of its name in another place while it is missing."""
    needed = exercise.needed
    elsewhere = needed not in files and PurePosixPath(path).name == PurePosixPath(needed).name
    return needed if path == needed or elsewhere else ""


def _nothing_left(needed: str, editable: Collection[str]) -> Problem:
    if needed and needed not in editable:
        return Problem(needed, 1, f"is missing, as is every other file of its kind{_left_out(needed, editable)}")
    told = "is empty, and so is every other file that you may edit: no object is left"
    return Problem(min(editable), 1, told)


def _left_out(path: str, editable: Iterable[str]) -> str:
    """Return what to look at where a hidden folder is missing as a whole."""
    top = PurePosixPath(path).parts[0]
    if not top.startswith(".") or any(other.startswith(f"{top}/") for other in editable):
        return ""
    return f"; nothing of {top}/ was handed in: what packs files often leaves out folders whose names begin with a dot"


def _misspelt(needed: str, files: Collection[str]) -> Iterator[str]:
    """Yield a line for a file that differs from the needed one, which is missing, only by case."""
    for path in sorted(files) if needed not in files else ():
        if path.casefold() == needed.casefold():
            yield f"{path} differs only by case from {needed}, which the exercise needs and which is missing; rename it"


def _twice(exercise: Exercise, objects: Iterable[Manifest]) -> list[str]:
    """Return a line for each object that is declared more than once: the checks name one place of it alone."""
    home = exercise.workloads[0].namespace if exercise.workloads else ""
    places: dict[tuple[str, str, str], list[str]] = {}
    for manifest in objects:
        name = (manifest.kind, manifest.name, manifest.namespace or home)
        places.setdefault(name, []).append(f"{manifest.file}:{manifest.line}")
    several = {name: found for name, found in places.items() if len(found) > 1}
    return [
        f"{kind}/{name} is declared more than once, in {', '.join(found[:MOST])}; keep one"
        for (kind, name, _), found in several.items()
    ][:MOST]


def _as_text(path: str, data: bytes) -> bytes:
    with suppress(InputError):
        return plain(path, data)
    return data
