"""Files made once from known inputs and kept in the cache: binaries, archives, root file systems."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.core import paths

_SHARED: set[Path] = set()  # the locks that this process holds together with others


def digest(inputs: Sequence[str]) -> str:
    """Return 16 hexadecimal digits that stand for these inputs, in this order."""
    return hashlib.sha256(json.dumps(list(inputs)).encode()).hexdigest()[:16]


def place(name: str, inputs: Sequence[str]) -> Path:
    """Return where the cached file or folder for these inputs is, or will be."""
    return paths.cache() / "artifacts" / f"{name}-{digest(inputs)}"


def made(name: str, inputs: Sequence[str], make: Callable[[Path], None]) -> Path:
    """Return the cached file or folder for these inputs; where there is none, have `make` write it.

    `make` gets a path of its own in the cache; only what it finished takes the final name, so that an
    interrupted or failed step leaves nothing behind. Two processes that want the same one take turns.
    """
    final = place(name, inputs)
    if final.exists():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with locked(final.with_name(final.name + ".lock")):
        if not final.exists():
            _make(final, make)
    return final


def _make(final: Path, make: Callable[[Path], None]) -> None:
    part = final.with_name(f"{final.name}.part")
    remove(part)
    try:
        make(part)
        part.rename(final)
    finally:
        remove(part)


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Give an empty folder that is gone afterwards; what a killed process left in it goes first.

    The caller holds a lock that keeps others from the same folder.
    """
    remove(folder)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        remove(folder)


def remove(path: Path) -> None:
    """Delete a file or a whole folder; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock that the kernel drops when this process ends; call `waiting` once if it is taken."""
    with _lockable(path) as handle:
        if not _taken(handle):
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_if_free(path: Path, *, together: bool = False) -> Iterator[bool]:
    """Hold such a lock if nobody else does, or with others who hold it `together`; give whether it is held."""
    with _lockable(path) as handle:
        yield _taken(handle, fcntl.LOCK_SH if together else fcntl.LOCK_EX)


@contextmanager
def shared(path: Path, value: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold such a lock together with all who hold it for the same value; call `waiting` once while others hold it for another.

    A process that holds it has it for what it does inside, too, whatever the value.
    """
    if path in _SHARED:
        yield
        return
    with _lockable(path) as handle:
        told = False
        while True:
            fcntl.flock(handle, fcntl.LOCK_SH)
            if os.pread(handle, len(value) + 1, 0) == value.encode():
                break
            if not _taken(handle):
                if not told:
                    waiting()
                told = True
                fcntl.flock(handle, fcntl.LOCK_EX)
            os.ftruncate(handle, 0)
            os.pwrite(handle, value.encode(), 0)
        _SHARED.add(path)
        try:
            yield
        finally:
            _SHARED.discard(path)


@contextmanager
def _lockable(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _taken(handle: int, how: int = fcntl.LOCK_EX) -> bool:
    """Take a lock if it is free; return whether it was."""
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
