"""What stands in an archive, entry by entry, a tar and a zip alike: within bounds, and written nowhere."""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gzip import BadGzipFile, GzipFile
from typing import BinaryIO, cast

MAX_TOTAL = 32 * 1024 * 1024  # bytes unpacked, a tar's headers included
ZIP = b"PK\x03\x04"
UNREADABLE = (
    tarfile.TarError, BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, UnicodeError, ValueError, OverflowError,
)  # fmt: skip


class TooLargeError(Exception):
    """More bytes come out than are read."""


@dataclass(frozen=True)
class Member:
    """One entry: `size` is in bytes, as it says itself; `read` gives as many, or raises one of UNREADABLE."""

    name: str
    size: int
    folder: bool
    link: bool
    regular: bool
    read: Callable[[], bytes]


def members(file: BinaryIO) -> Iterator[Member]:
    """Yield the entries of a .tar.gz or a .zip; each has to be read before the next is asked for.

    Raises: TooLargeError, or one of UNREADABLE where it is damaged or neither.
    """
    start = file.read(len(ZIP))
    file.seek(0)
    yield from _of_zip(file) if start == ZIP else _of_tar(file)


class _Bounded:
    """A decompressed stream that ends in an error where too much comes out of it."""

    def __init__(self, stream: GzipFile) -> None:
        self._stream = stream
        self._left = MAX_TOTAL

    def read(self, size: int) -> bytes:
        """Return the next bytes.

        Raises: TooLargeError where there have been too many.
        """
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError
        return data


def _of_tar(file: BinaryIO) -> Iterator[Member]:
    with (
        GzipFile(fileobj=file) as stream,
        tarfile.open(fileobj=cast("BinaryIO", _Bounded(stream)), mode="r|") as archive,
    ):
        for entry in archive:

            def read(entry: tarfile.TarInfo = entry) -> bytes:
                source = archive.extractfile(entry)
                data = source.read() if source else b""
                if len(data) != entry.size:
                    raise EOFError
                return data

            link = entry.issym() or entry.islnk()
            yield Member(entry.name, entry.size, entry.isdir(), link, entry.isreg(), read)


def _of_zip(file: BinaryIO) -> Iterator[Member]:
    """Yield a zip's entries; what an entry says of its size is the most that comes out of it."""
    if file.seek(0, 2) > MAX_TOTAL:
        raise TooLargeError  # its list of entries alone could fill the memory
    left = MAX_TOTAL
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():

            def read(entry: zipfile.ZipInfo = entry) -> bytes:
                nonlocal left
                left -= entry.file_size
                if left < 0:
                    raise TooLargeError
                try:
                    return archive.read(entry)
                except RuntimeError as problem:  # encrypted, or packed in a way that is not known
                    raise zipfile.BadZipFile(str(problem)) from problem

            kind = stat.S_IFMT(entry.external_attr >> 16)
            plain = not entry.is_dir() and kind in {0, stat.S_IFREG}
            yield Member(entry.filename, entry.file_size, entry.is_dir(), kind == stat.S_IFLNK, plain, read)
