"""What stands in an archive, entry by entry, a tar and a zip alike: within bounds, and written nowhere."""

import bz2
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gzip import BadGzipFile, GzipFile
from typing import Any, BinaryIO, Protocol, cast

MAX_STREAM = 512 * 1024 * 1024  # bytes that a tar may unpack to, with headers and all that is not read
MAX_HEADER = 64 * 1024  # bytes of a tar's header that says more of an entry: a long name and the like
MAX_LIST = 16 * 1024 * 1024  # bytes of a zip's list of entries
MAX_MEMORY = 128 * 1024 * 1024  # bytes that unpacking an .xz may take; `xz -9` needs 65 MiB
ENCRYPTED = 0x1  # of a zip entry's flags: ZIP specification 4.4.4
CHUNK = 64 * 1024
BLOCK = 512  # bytes; a tar is made of them
ZIP, GZIP, BZIP2, XZ = b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"
OTHERS = {b"7z\xbc\xaf": ".7z", b"Rar!": ".rar", b"\x28\xb5\x2f\xfd": ".zst"}  # of which no entry is read
BUNDLES = (b"# v2 git bundle\n", b"# v3 git bundle\n")  # source: git, gitformat-bundle(5)
READ = (".tar.gz", ".tgz", ".zip", ".tar", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
NAMES = (*READ, *OTHERS.values(), ".gz", ".xz", ".bz2")
UNREADABLE = (
    tarfile.TarError, BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, UnicodeError, ValueError,
    OverflowError, OSError, RecursionError,
)  # fmt: skip


class LockedError(Exception):
    """An entry is encrypted."""


class TooLargeError(Exception):
    """More bytes come out than are read."""


@dataclass(frozen=True)
class Member:
    """One entry: `size` is in bytes, as it says itself; `read` gives as many, or raises LockedError or one of UNREADABLE.

    `name` has slashes, whichever the archive has: tools of old .NET write backslashes (ZIP specification 4.4.17).
    """

    name: str
    size: int
    folder: bool
    link: bool
    regular: bool
    read: Callable[[], bytes]


class _Reader(Protocol):
    """What gives the next bytes of a file."""

    def read(self, size: int, /) -> bytes: ...


def stem(name: str) -> str:
    """Return an archive's name without what says how it was packed; another file's name as it is."""
    return next((name[: -len(end)] for end in NAMES if name.casefold().endswith(end)), name)


def looks_packed(file: BinaryIO) -> bool:
    """Whether a file begins as an archive does, whatever it is called."""
    start = file.read(BLOCK)
    file.seek(0)
    return start.startswith((ZIP, GZIP, BZIP2, XZ, *OTHERS)) or start[257:262] == b"ustar"


def told_apart(name: str, file: BinaryIO) -> str:
    """Return what a file is of which no entry can be read, and what to hand in."""
    file.seek(0)
    start = file.read(BLOCK)
    file.seek(0)
    kind = next((kind for mark, kind in OTHERS.items() if start.startswith(mark)), "")
    if kind:
        return f"is a {kind}, which is not read; hand in a .tar.gz or .zip"
    if start.startswith(BUNDLES):
        return "is a git bundle, which is not read; hand in the folder itself, or a .tar.gz or .zip of it"
    if stem(name) == name and not looks_packed(file):
        return "is a single file and no archive; hand in the folder that it belongs to, or a .tar.gz or .zip of that"
    return ""


def members(file: BinaryIO) -> Iterator[Member]:
    """Yield the entries of a .zip or a tar, plain or packed; each has to be read before the next is asked for.

    Raises: TooLargeError, LockedError, or one of UNREADABLE where it is damaged or neither.
    """
    file.seek(0)
    start = file.read(len(XZ))
    file.seek(0)
    yield from _of_zip(file) if start.startswith(ZIP) else _of_tar(_unpacked(file, start))


def _unpacked(file: BinaryIO, start: bytes) -> _Reader:
    if start.startswith(GZIP):
        return cast("_Reader", GzipFile(fileobj=file))
    if start.startswith(BZIP2):
        return _Unpacking(file, bz2.BZ2Decompressor)
    if start.startswith(XZ):
        return _Unpacking(file, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_MEMORY))
    size = file.seek(0, 2)
    file.seek(max(0, size - BLOCK))
    if size % BLOCK or any(file.read(BLOCK)):
        raise EOFError  # a tar ends in zeros; of a plain one nothing else tells that it was cut
    file.seek(0)
    return file


class _Unpacking:
    """A file of one packed stream or several behind each other, as tools that use all cores write it."""

    def __init__(self, file: BinaryIO, new: Callable[[], Any]) -> None:
        self._file = file
        self._new = new
        self._stream = new()
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer at the end.

        Raises: EOFError where the file was cut.
        """
        while True:
            if self._stream.eof:
                self._rest = self._stream.unused_data or self._file.read(CHUNK)
                if not self._rest.strip(b"\0"):
                    return b""
                self._stream = self._new()
            elif self._stream.needs_input and not self._rest:
                self._rest = self._file.read(CHUNK)
                if not self._rest:
                    raise EOFError
            given, self._rest = self._rest, b""
            if data := cast("bytes", self._stream.decompress(given, size)):
                return data


class _Bounded:
    """A stream that ends in an error where too much comes out of it."""

    def __init__(self, stream: _Reader) -> None:
        self._stream = stream
        self._left = MAX_STREAM

    def read(self, size: int) -> bytes:
        """Return the next bytes.

        Raises: TooLargeError where there have been too many.
        """
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError
        return data


class _Header(tarfile.TarInfo):
    """A tar's header, of which none fills the memory: no endless name, no map of a file with holes."""

    @classmethod
    def frombuf(cls, *args: Any, **kwargs: Any) -> "_Header":  # noqa: ANN401 - whatever tarfile hands on
        """Return the header in a block."""
        told = super().frombuf(*args, **kwargs)
        if told.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("a file with holes")
        if told.type not in tarfile.REGULAR_TYPES and told.size > MAX_HEADER:
            raise TooLargeError
        return told

    def _proc_gnusparse_10(self, *_: object) -> None:
        """Refuse the map that stands in a file's own bytes, as long as it likes."""
        raise tarfile.ReadError("a file with holes")


def _of_tar(stream: _Reader) -> Iterator[Member]:
    source = cast("BinaryIO", _Bounded(stream))
    with tarfile.open(fileobj=source, mode="r|", tarinfo=_Header) as archive:
        for entry in archive:

            def read(entry: tarfile.TarInfo = entry) -> bytes:
                source = archive.extractfile(entry)
                data = source.read() if source else b""
                if len(data) != entry.size:
                    raise EOFError
                return data

            link = entry.issym() or entry.islnk()
            yield Member(_slashed(entry.name), entry.size, entry.isdir(), link, entry.isreg(), read)
            kept = cast("Any", archive)  # whose type names neither
            kept.members.clear()  # all that were read so far, otherwise
            kept.pax_headers.clear()


class _Listed:
    """A zip's file, of which no more is read at once than a list of entries may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the rest is the file's own
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes.

        Raises: TooLargeError where more are asked for.
        """
        if size > MAX_LIST:
            raise TooLargeError
        return self._file.read(size)


def _of_zip(file: BinaryIO) -> Iterator[Member]:
    """Yield a zip's entries; what an entry says of its size is the most that comes out of it."""
    with zipfile.ZipFile(cast("BinaryIO", _Listed(file))) as archive:
        for entry in archive.infolist():

            def read(entry: zipfile.ZipInfo = entry) -> bytes:
                if entry.flag_bits & ENCRYPTED:
                    raise LockedError
                if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    raise zipfile.BadZipFile("packed in a way whose result has no bound")
                try:
                    with archive.open(entry) as source:
                        return source.read(entry.file_size + 1)  # a bound for what is unpacked, too
                except RuntimeError as problem:  # patched, or encrypted in a way of its own
                    raise zipfile.BadZipFile(str(problem)) from problem

            name = _slashed(entry.filename)
            kind = stat.S_IFMT(entry.external_attr >> 16)
            plain = not name.endswith("/") and kind in {0, stat.S_IFREG}
            yield Member(name, entry.file_size, name.endswith("/"), kind == stat.S_IFLNK, plain, read)


def _slashed(name: str) -> str:
    return name.replace("\\", "/")
