"""Walk a candidate's folder: what counts is read, never through a link; what lies beside it is named and not opened."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from harness.core.errors import InputError
from harness.exercises.exercise import Exercise
from harness.files import mishaps
from harness.files.yamlfile import Problem, decoded
from harness.intake.clutter import TWIN, is_clutter, is_twin

MAX_FILE = 1024 * 1024
MAX_FILES = 200  # that the candidate may edit
MAX_ENTRIES = 200_000  # in the folders that may hold such files
MAX_BESIDE = 20_000  # in the others
YAML = (".yaml", ".yml")


class UnfitError(InputError):
    """A file that is not graded for what it holds; `line` is where."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


@dataclass
class Walked:
    """What a folder holds: the bytes of the files that count, by path, and the paths of the others."""

    files: dict[str, bytes] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entries: int = 0


def walk(top: Path, exercise: Exercise, known: frozenset[str], passed_over: frozenset[str]) -> Walked:
    """Read the files that may be edited or are `known`; names that are `passed_over` are not even named.

    The folders that may hold editable files come first, so that no heap of others keeps them from being read.
    """
    walked = Walked()
    stack, later = [PurePosixPath()], list[PurePosixPath]()
    while stack or later:
        near = bool(stack)
        place = stack.pop() if near else later.pop()
        for entry in _entries(top, place, walked, near=near):
            path = place / entry.name
            if entry.name in passed_over or is_clutter(path.parts):
                continue
            walked.entries += 1
            if walked.entries > (MAX_ENTRIES if near else MAX_BESIDE) or len(walked.files) > MAX_FILES + len(known):
                _stop(walked, str(path), near=near)
                return walked
            if entry.is_dir(follow_symlinks=False):
                (stack if may_hold(exercise, path) else later).append(path)
            else:
                _take(entry, str(path), exercise, known, walked)
        if not stack:
            walked.entries = 0 if near else walked.entries
    return walked


def may_hold(exercise: Exercise, folder: PurePosixPath) -> bool:
    """Whether a file that the candidate may edit can stand in or below this folder."""
    for pattern in exercise.editable:
        parts = PurePosixPath(pattern).parts[:-1]
        plain = parts[: next((index for index, part in enumerate(parts) if set(part) & set("*?[")), len(parts))]
        shared = min(len(plain), len(folder.parts))
        if plain[:shared] == folder.parts[:shared]:
            return True
    return False


def _entries(top: Path, place: PurePosixPath, walked: Walked, *, near: bool) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(top / place), key=lambda entry: entry.name)
    except OSError as problem:
        if near:
            walked.problems.append(Problem(printable(str(place)), 1, f"cannot be read: {problem.strerror}"))
        return []


def _stop(walked: Walked, path: str, *, near: bool) -> None:
    if near:
        told = f"is one too many: at most {MAX_FILES} files are read; remove what does not belong"
        walked.problems.append(Problem(printable(path), 1, told))
    else:
        walked.notes.append(f"more than {MAX_BESIDE} files lie beside those that may be edited; none of them is read")


def _take(entry: os.DirEntry[str], path: str, exercise: Exercise, known: frozenset[str], walked: Walked) -> None:
    if not exercise.may_edit(path) and path not in known:
        if entry.is_symlink():
            walked.notes.append(f"{printable(path)} is a link, which is not followed; put the files themselves there")
        elif not entry.name.startswith(TWIN):
            walked.beside.append(printable(path))
        return
    try:
        data = _regular(entry, path)
        if not is_twin(entry.name, data):
            walked.files[path] = plain(path, data) if exercise.may_edit(path) else data
    except InputError as problem:
        if exercise.may_edit(path):
            line = problem.line if isinstance(problem, UnfitError) else 1
            walked.problems.append(Problem(printable(path), line, str(problem)))


def _regular(entry: os.DirEntry[str], path: str) -> bytes:
    """Return the bytes of a regular file, opened without following links.

    Raises: InputError that says what is wrong with it.
    """
    if path != printable(path):
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
        return file.read(MAX_FILE + 1)


def plain(path: str, data: bytes) -> bytes:
    """Return a text file as git would keep it: lines end in LF; YAML of another encoding, by its mark, is UTF-8.

    Raises: UnfitError where it is no text, or not the file itself.
    """
    if path.endswith(YAML):
        with suppress(UnicodeDecodeError):  # its parser tells on which line
            data = decoded(data).encode()
    if b"\0" in data:
        raise UnfitError(*mishaps.of_zeros(data))
    if data.startswith(mishaps.POINTER):
        raise UnfitError(1, mishaps.OF_POINTER)
    try:
        data.decode()
    except UnicodeDecodeError as problem:
        if not path.endswith(YAML):
            raise UnfitError(
                data.count(b"\n", 0, problem.start) + 1, "is not UTF-8 text; save it as UTF-8"
            ) from problem
    return data.replace(b"\r\n", b"\n")


def printable(path: str) -> str:
    """Return a path that can be shown."""
    return "".join(char if char.isprintable() else "?" for char in path.encode("utf-8", "replace").decode("utf-8"))
