"""Take what was handed in as hostile input: plain files with plain names, within bounds; nothing else is ever written.

What may count is read; what lies beside it, however much, is passed over unread and named.
"""

import io
import os
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from harness.core import process
from harness.core.errors import InputError
from harness.exercises.exercise import Exercise
from harness.exercises.marker import MARKER
from harness.files.yamlfile import Problem
from harness.intake import members as packed
from harness.intake import workplace
from harness.intake.clutter import TWIN, is_clutter
from harness.intake.folders import YAML
from harness.intake.members import OTHERS, UNREADABLE, ZIP, LockedError, Member, TooLargeError, members
from harness.intake.submission import OWN
from harness.intake.workplace import TOP, Corner

MAX_MEMBER = 1024 * 1024
MAX_MEMBERS = 2_000  # that are read
MAX_TOTAL = 32 * 1024 * 1024  # bytes of them together
MAX_ENTRIES = 200_000  # that are looked at
MAX_DEPTH = 12
MAX_MARKERS = 20
MAX_NOTES = 20
FOLDERS_FIRST = 20_000  # entries of a folder among which its workspace is looked for
LONGEST = 200  # bytes of one part of a name; file systems take 255
NESTED = (packed.GZIP, ZIP, packed.BZIP2, packed.XZ, *OTHERS)
Identify = Callable[[Sequence[Path]], Exercise]  # given the folders that have the likeliest markers


@dataclass(frozen=True)
class Unpacked:
    """What was handed in: the folder of its workspace, what is wrong with it, and what was left out.

    `beside` are the paths in the workspace that were not read; `exercise` is what it was found to be of.
    """

    folder: Path
    exercise: Exercise | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@contextmanager
def opened(path: Path, identify: Identify | None = None, corner: Corner | None = None) -> Iterator[Unpacked]:
    """Give a folder as it is, or what a tar, a .zip or a bare git repository holds, in a folder that is gone afterwards.

    `identify` says which exercise it is of, so that only what counts there is read; without it everything counts. `corner`
    says where in a take-home the part is that is wanted; one that was not handed in is an empty folder.

    Raises: InputError where there is nothing at `path`.
    """
    if path.is_dir() and not _is_bare(path):
        found = _of_folder(path, identify, corner)
        if corner is None or found.folder.is_dir():
            yield found
            return
        with tempfile.TemporaryDirectory(prefix="breakfix-submission-") as scratch:
            (Path(scratch) / corner.folder).mkdir()
            yield replace(found, folder=Path(scratch) / corner.folder)
        return
    if not path.exists():
        raise InputError(
            f"{path} is neither a folder nor an archive; give a workspace, or what `breakfix submit` wrote"
        )
    with tempfile.TemporaryDirectory(prefix="breakfix-submission-") as scratch:
        folder = Path(scratch) / "files"
        folder.mkdir()
        if not path.is_dir():
            with path.open("rb") as file:
                yield _of_archive(path.name, file, folder, identify, corner=corner)
            return
        archive = Path(scratch) / "commit.tar.gz"
        if problem := _pack_last_commit(path, archive):
            yield _unread(folder, problem, identify)
            return
        with archive.open("rb") as file:
            yield _of_archive(path.name, file, folder, identify, corner=corner)


def _unread(folder: Path, problem: Problem, identify: Identify | None) -> Unpacked:
    exercise = None if identify is None else _identified(identify, [], [problem])
    return Unpacked(folder, exercise, (problem,))


def is_archive(path: Path) -> bool:
    """Whether a file is called as an archive is, or begins as one does."""
    if not path.is_file() or path.is_symlink():
        return False
    if packed.stem(path.name) != path.name:
        return True
    with path.open("rb") as file:
        return packed.looks_packed(file)


def _is_bare(folder: Path) -> bool:
    """Whether a folder is a git repository without a working tree."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _pack_last_commit(repository: Path, archive: Path) -> Problem | None:
    """Pack the files of a bare repository's last commit, which a process of its own reads within bounds."""
    program = Path(__file__).with_name("gitrepository.py")
    try:
        process.run([sys.executable, "-I", program, repository, archive], timeout=60)
    except process.ProcessError as problem:
        said = " ".join(problem.output.split())[:200] or "its objects are too many or too large"
        return Problem(repository.name, 1, f"is a git repository of which no commit can be taken: {said}")
    return None


def _of_folder(path: Path, identify: Identify | None, corner: Corner | None) -> Unpacked:
    top, names = _in_corner(list(_names(path)), corner)
    likeliest = workplace.marked(names) if any(name.endswith(MARKER) for name in names) else ()
    if identify is None:
        return Unpacked(path / likeliest[0] if likeliest else path)
    exercise = _identified(identify, [path / top / place for place in likeliest], [])
    found = workplace.find(names, exercise).below(top)
    return Unpacked(path / found.place, exercise, _ambiguous(path.resolve().name, found), _beside(found))


def _in_corner(names: list[str], corner: Corner | None) -> tuple[PurePosixPath, list[str]]:
    return (TOP, names) if corner is None else corner.of(names)


def _names(top: Path) -> Iterator[str]:
    """Yield the files of a folder, the uppermost first, as deep as a workspace may stand in it; never through a link."""
    level, seen = [TOP], 0
    while level:
        below: list[PurePosixPath] = []
        for place in level:
            entries: list[os.DirEntry[str]] = []
            with suppress(OSError):
                entries = sorted(os.scandir(top / place), key=lambda entry: entry.name)
            for entry in entries:
                seen += 1
                if seen > FOLDERS_FIRST:
                    return
                inside = place / entry.name
                if is_clutter(inside.parts):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append(inside)
                elif entry.is_file(follow_symlinks=False):
                    yield str(inside)
        level = below if below and len(below[0].parts) <= workplace.DEEPEST + 2 else []


def _of_archive(
    name: str,
    file: BinaryIO,
    folder: Path,
    identify: Identify | None,
    *,
    innermost: str | None = None,
    corner: Corner | None,
) -> Unpacked:
    taking = _Taking(folder)
    if identify is None:
        taking.take(name, file)
        likeliest = workplace.marked(taking.taken)
        place = likeliest[0] if likeliest else TOP
        return Unpacked(folder / place, None, tuple(taking.problems), tuple(taking.notes))
    with tempfile.TemporaryDirectory(prefix="breakfix-markers-") as scratch:
        first = _Taking(Path(scratch))
        names = first.look(name, file)
        inner = _only_archive(names) if innermost is None else ""
        if inner and (data := first.bytes_of(name, file, inner)):
            inside = PurePosixPath(inner).name
            return _of_archive(inside, io.BytesIO(data), folder, identify, innermost=inner, corner=corner)
        top, names = _in_corner(names, corner)
        likeliest = workplace.marked(names)
        exercise = _identified(identify, [Path(scratch) / top / place for place in likeliest], first.problems)
    found = workplace.find(names, exercise).below(top)
    if not found.others:
        taking.choose(found.place, exercise)
        taking.take(name, file)
    problems = (*taking.problems, *_ambiguous(name, found))
    (folder / found.place).mkdir(parents=True, exist_ok=True)
    return Unpacked(folder / found.place, exercise, problems, (*_beside(found), *taking.notes), tuple(taking.beside))


def _only_archive(names: Sequence[str]) -> str:
    """Return the archive that was packed once more, as mailers and GitHub's artifacts do, where it is all that counts."""
    inside = [
        name for name in names if packed.stem(name) != name and len(PurePosixPath(name).parts) <= workplace.DEEPEST
    ]
    others = any(name.endswith((MARKER, *YAML)) for name in names)
    return inside[0] if len(inside) == 1 and not others else ""


def _identified(identify: Identify, folders: Sequence[Path], problems: Sequence[Problem]) -> Exercise:
    try:
        return identify(folders)
    except InputError as unknown:
        if folders or not problems:
            raise
        raise InputError(f"{problems[0].file} {problems[0].message}") from unknown


def _ambiguous(name: str, found: workplace.Found) -> tuple[Problem, ...]:
    told = f"holds {1 + len(found.others)} places that look like the workspace: {found.equals}; hand in one of them"
    return (Problem(name, 1, told),) if found.others else ()


def _beside(found: workplace.Found) -> tuple[str, ...]:
    told = f"{workplace.listed(found.beside)} holds files like the workspace's and was not read:"
    graded = f"what is graded is {workplace.listed([found.place])}"
    return (f"{told} {graded}",) if found.beside and not found.others else ()


class _TooManyError(Exception):
    """There are more entries than are read."""


class _FullError(Exception):
    """What is to be read is more than may be."""


class _Taking:
    """One archive being read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, str] = {}
        self._left = MAX_TOTAL
        self._place = TOP
        self._counts: Callable[[str], bool] = lambda _: True
        self._must: Callable[[str], bool] = lambda _: True
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.taken: list[str] = []
        self.beside: list[str] = []

    def choose(self, place: PurePosixPath, exercise: Exercise) -> None:
        """Read what counts in a workspace at this place, and pass over the rest."""
        shipped = exercise.shipped_files
        self._place, self._must = place, exercise.may_edit
        self._counts = lambda path: exercise.may_edit(path) or path in OWN or path in shipped

    def look(self, name: str, file: BinaryIO) -> list[str]:
        """Return the names of the files, and write nothing but markers."""
        names: list[str] = []

        def note(member: Member) -> None:
            place = PurePosixPath(member.name)
            fault = "" if member.regular and packed.stem(place.name) != place.name else _fault(member, place)
            if member.folder or is_clutter(place.parts) or _leads_out(member.name, place) or fault:
                return
            if place.name == MARKER and len(self.taken) < MAX_MARKERS:
                self._write(member, place)
            names.append(str(place))

        self._each(name, file, note)
        return names

    def bytes_of(self, name: str, file: BinaryIO, wanted: str) -> bytes:
        """Return the bytes of one member, nothing where it is too large or cannot be read."""
        found: list[bytes] = []

        def read(member: Member) -> None:
            if str(PurePosixPath(member.name)) == wanted and member.regular and member.size <= MAX_TOTAL:
                found.append(member.read())

        self._each(name, file, read)
        return found[0] if len(found) == 1 else b""

    def take(self, name: str, file: BinaryIO) -> None:
        """Write what may be written; a member that breaks the rules is a problem, and the rest goes on."""
        self._each(name, file, self._member)

    def _each(self, name: str, file: BinaryIO, do: Callable[[Member], None]) -> None:
        try:
            for number, member in enumerate(members(file)):
                if number >= MAX_ENTRIES:
                    self._too_many(name, MAX_ENTRIES)
                    return
                do(member)
        except _TooManyError:
            self._too_many(name, MAX_MEMBERS)
        except _FullError:
            self.wrong(name, f"unpacks to more than {MAX_TOTAL // 1024**2} MiB; nothing beyond that was read")
        except TooLargeError:
            self.wrong(name, f"unpacks to more than {packed.MAX_STREAM // 1024**2} MiB; nothing beyond that was read")
        except LockedError:
            self.wrong(name, "is encrypted, so that nothing in it can be read; pack it again without a password")
        except UNREADABLE as problem:
            damaged = f"is damaged, cut off, or no .tar.gz, .tar or .zip ({type(problem).__name__}); ask for it again"
            self.wrong(name, packed.told_apart(name, file) or damaged)

    def _too_many(self, name: str, most: int) -> None:
        self.wrong(name, f"holds more than {most} entries; hand in what `breakfix submit` writes")

    def wrong(self, name: str, message: str) -> None:
        """Take down a problem of a file."""
        self.problems.append(Problem(_shown(name), 1, message))

    def _member(self, member: Member) -> None:
        place = PurePosixPath(member.name)
        if _leads_out(member.name, place):
            self.wrong(member.name, "has a name that leads out of the archive; it was not written")
            return
        if is_clutter(place.parts) or (place.name.startswith(TWIN) and member.size > MAX_MEMBER):
            return  # nothing in it is graded, and no git ever looks at it
        path = str(place.relative_to(self._place)) if place.is_relative_to(self._place) else ""
        fault = _fault(member, place)
        if not self._counts(path) or (fault and not self._must(path)):
            self._pass_over(member, path)
        elif fault:
            self.wrong(member.name, fault)
        elif not member.folder:
            self._write(member, place)

    def _pass_over(self, member: Member, path: str) -> None:
        if path and member.link and len(self.notes) < MAX_NOTES:
            self.notes.append(f"{_shown(path)} is a link, which is not followed; put the files themselves there")
        elif path and not member.folder and not PurePosixPath(path).name.startswith(TWIN):
            self.beside.append(path)

    def _write(self, member: Member, place: PurePosixPath) -> None:
        alike = unicodedata.normalize("NFC", str(place)).casefold()
        if alike in self._seen:
            self.wrong(member.name, f"has the same name as {self._seen[alike]} where case does not count; rename one")
            return
        if len(self._seen) >= MAX_MEMBERS:
            raise _TooManyError
        self._seen[alike] = str(place)
        self._left -= member.size
        if self._left < 0:
            raise _FullError
        data = member.read()
        if data.startswith(NESTED):
            self.notes.append(f"{place} is an archive in the archive, and was not opened")
            return
        target = self._folder / place
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError as problem:
            self.wrong(member.name, f"cannot be written beside the others: {problem.strerror}")
            return
        self.taken.append(str(place))


def _shown(name: str) -> str:
    """Return a name that can be printed."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else "?" for char in text)[:200]


def _leads_out(name: str, place: PurePosixPath) -> bool:
    """Whether a name is of a place outside: a Windows drive is one, too."""
    return place.is_absolute() or ".." in place.parts or (name[1:2] == ":" and name[:1].isalpha())


def _fault(member: Member, place: PurePosixPath) -> str:
    """Return what makes a member unfit, or nothing."""
    name = member.name
    long = len(place.parts) > MAX_DEPTH or any(len(part.encode("utf-8", "replace")) > LONGEST for part in place.parts)
    size = f"{member.size / 1e6:.1f} MB large; at most {MAX_MEMBER / 1e6:.0f} MB is read"
    faults = (
        (not name.isprintable(), "has a name with characters that cannot be shown; rename it"),
        (":" in name, "has a name with a colon; rename it"),
        (long, "has a name that is too deep or too long; rename it"),
        (member.link, "is a link, which is not followed; put the file itself there"),
        (not (member.regular or member.folder), "is not a regular file; remove it"),
        (member.size > MAX_MEMBER, f"is {size}"),
    )
    return next((told for wrong, told in faults if wrong), "")
