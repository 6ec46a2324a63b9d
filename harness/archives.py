"""Take a submitted archive as hostile input: plain files with plain names, within bounds; nothing else is ever written."""

import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from harness import process
from harness.errors import InputError
from harness.marker import MARKER
from harness.members import MAX_TOTAL, UNREADABLE, ZIP, Member, TooLargeError, members
from harness.yamlfile import Problem

MAX_MEMBER = 1024 * 1024
MAX_MEMBERS = 2_000
MAX_DEPTH = 12
LONGEST = 200  # bytes of one part of a name; file systems take 255
NESTED = (b"\x1f\x8b", ZIP, b"BZh", b"\xfd7zXZ")


@dataclass(frozen=True)
class Unpacked:
    """What an archive held: the folder of its workspace, what is wrong with it, and what was left out."""

    folder: Path
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@contextmanager
def opened(path: Path) -> Iterator[Unpacked]:
    """Give a folder as it is, or what a .tar.gz, a .zip or a bare git repository holds, in a folder that is gone afterwards.

    Raises: InputError where there is nothing at `path`.
    """
    if path.is_dir() and not _is_bare(path):
        yield Unpacked(_root(path))
        return
    if not path.exists():
        raise InputError(
            f"{path} is neither a folder nor an archive; give a workspace, or what `breakfix submit` wrote"
        )
    with tempfile.TemporaryDirectory(prefix="breakfix-submission-") as scratch:
        taking = _Taking(Path(scratch))
        if path.is_dir():
            _take_last_commit(taking, path)
        else:
            with path.open("rb") as file:
                taking.take(path.name, file)
        yield Unpacked(_root(Path(scratch)), tuple(taking.problems), tuple(taking.notes))


def _is_bare(folder: Path) -> bool:
    """Whether a folder is a git repository without a working tree."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _take_last_commit(taking: "_Taking", repository: Path) -> None:
    """Take the files of a bare repository's last commit, which a process of its own reads within bounds."""
    with tempfile.TemporaryDirectory(prefix="breakfix-repository-") as scratch:
        archive = Path(scratch) / "commit.tar.gz"
        program = Path(__file__).with_name("gitrepository.py")
        try:
            process.run([sys.executable, "-I", program, repository, archive], timeout=60)
        except process.ProcessError as problem:
            said = " ".join(problem.output.split())[:200] or "its objects are too many or too large"
            taking.wrong(repository.name, f"is a git repository of which no commit can be taken: {said}")
            return
        with archive.open("rb") as file:
            taking.take(repository.name, file)


def _root(folder: Path) -> Path:
    """Return where in a folder the workspace is: there, in its `workspace/`, or in its only folder."""
    inside = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink()]
    only = inside[:1] if len(inside) == 1 else []
    for place in (folder, folder / "workspace", *only, *(one / "workspace" for one in only)):
        if (place / MARKER).is_file() and not place.is_symlink():
            return place
    return folder


class _Taking:
    """One archive being read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.notes: list[str] = []

    def take(self, name: str, file: BinaryIO) -> None:
        """Write what may be written; a member that breaks the rules is a problem, and the rest goes on."""
        try:
            for number, member in enumerate(members(file)):
                if number >= MAX_MEMBERS:
                    self.wrong(name, f"holds more than {MAX_MEMBERS} entries; hand in what `breakfix submit` writes")
                    return
                self._member(member)
        except TooLargeError:
            self.wrong(name, f"unpacks to more than {MAX_TOTAL // 1024 // 1024} MiB; nothing beyond that was read")
        except UNREADABLE as problem:
            self.wrong(name, f"is damaged, cut off, or no .tar.gz or .zip ({type(problem).__name__}); ask for it again")

    def wrong(self, name: str, message: str) -> None:
        """Take down a problem of a file."""
        shown = "".join(char if char.isprintable() else "?" for char in name.encode("utf-8", "replace").decode())
        self.problems.append(Problem(shown[:200], 1, message))

    def _member(self, member: Member) -> None:
        place = PurePosixPath(member.name)
        if ".git" in {part.casefold() for part in place.parts}:
            return  # nothing in it is graded, and no git ever looks at it
        if fault := _fault(member, place):
            self.wrong(member.name, fault)
            return
        if member.folder:
            return
        alike = unicodedata.normalize("NFC", str(place)).casefold()
        if alike in self._seen:
            self.wrong(member.name, f"has the same name as {self._seen[alike]} where case does not count; rename one")
            return
        self._seen[alike] = str(place)
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


def _fault(member: Member, place: PurePosixPath) -> str:
    """Return what makes a member unfit, or nothing."""
    name = member.name
    outside = place.is_absolute() or ".." in place.parts or "\\" in name or ":" in name
    long = len(place.parts) > MAX_DEPTH or any(len(part.encode("utf-8", "replace")) > LONGEST for part in place.parts)
    size = f"{member.size / 1e6:.1f} MB large; at most {MAX_MEMBER / 1e6:.0f} MB is read"
    faults = (
        (not name.isprintable(), "has a name with characters that cannot be shown; rename it"),
        (outside, "has a name that leads out of the archive; it was not written"),
        (long, "has a name that is too deep or too long; rename it"),
        (member.link, "is a link, which is not followed; put the file itself there"),
        (not (member.regular or member.folder), "is not a regular file; remove it"),
        (member.size > MAX_MEMBER, f"is {size}"),
    )
    return next((told for wrong, told in faults if wrong), "")
