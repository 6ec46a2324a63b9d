"""Tell which checkpoints are left in a folder of this node's storage, and what else: `python3 -m gpu_node.kept FOLDER`.

What stands there was written by strangers. So no link is followed, nothing but plain files is opened, and a bounded part is read.
"""

import hashlib
import json
import math
import os
import stat
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The storage class's own folder, and that of the class that kind's published node image brings.
ROOTS = (Path("/opt/local-path-provisioner"), Path("/var/local-path-provisioner"))
ENTRIES = 2000  # of a claim that are looked at, those of the upper folders first
BYTES = 64 * 1024  # of a file that may be a checkpoint; the trainer's have some hundred
FEATURES = 64  # weights that a checkpoint may have; the trainer's have 8
CHECKPOINTS, OTHERS = 50, 20  # that are told
NAME = 100  # characters of a path


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder and below it, links as links; of a lower folder that cannot be listed, itself alone.

    Raises: OSError where the folder itself cannot be listed.
    """
    left = deque([str(folder)])
    while left:
        path = left.popleft()
        try:
            found = os.scandir(path)
        except OSError:
            if path == str(folder):
                raise
            continue
        with found:
            for entry in found:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)


def checkpoint(path: str) -> dict[str, Any] | None:
    """Return what a plain file holds of a training: its dataset's SHA-256, its epoch and weights; None where it holds none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode) or about.st_size > BYTES:
                return None
            value = json.loads(file.read(BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not {"dataset", "epoch", "weights"} <= value.keys():
        return None
    dataset, epoch, weights = value["dataset"], value["epoch"], value["weights"]
    plain = isinstance(dataset, str) and isinstance(epoch, int) and not isinstance(epoch, bool) and abs(epoch) < 10**9
    if not plain or not isinstance(weights, list) or len(weights) > FEATURES or not all(map(_is_weight, weights)):
        return None
    digest = hashlib.sha256(dataset.encode(errors="replace")).hexdigest()
    return {"dataset": digest, "epoch": epoch, "weights": weights, "bytes": about.st_size, "t": about.st_mtime}


def _is_weight(value: object) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) < 10**9 and math.isfinite(value)  # type: ignore[arg-type] # it is a number


def _told(text: str) -> str:
    """Return a stranger's path as text that can be printed."""
    text = os.fsencode(text).decode(errors="replace")[:NAME]
    return "".join(char if char.isprintable() else "?" for char in text)


def _other(entry: os.DirEntry[str], path: str) -> str:
    if entry.is_symlink():
        try:
            return f"{path}, a link to {_told(str(Path(entry.path).readlink()))}"
        except OSError:
            return f"{path}, a link"
    if entry.is_dir(follow_symlinks=False):
        return f"{path}/"
    return path


def look(folder: Path) -> dict[str, Any]:
    """Return the checkpoints in a folder and below it, and some of what else is there.

    Raises: OSError where it is no folder, or none that can be listed.
    """
    checkpoints: list[dict[str, Any]] = []
    others: list[str] = []
    for number, entry in enumerate(entries(folder)):
        if number == ENTRIES or len(checkpoints) == CHECKPOINTS:
            break
        path = _told(os.path.relpath(entry.path, folder))
        found = checkpoint(entry.path) if entry.is_file(follow_symlinks=False) else None
        if found is not None:
            checkpoints.append({"path": path, **found})
        elif len(others) < OTHERS:
            others.append(_other(entry, path))
    return {"checkpoints": checkpoints, "others": others}


def main(folder: str, roots: tuple[Path, ...] = ROOTS) -> None:
    """Write it as one line of JSON."""
    path = Path(folder)
    if ".." in path.parts or not any(path.is_relative_to(root) and path != root for root in roots) or path.is_symlink():
        raise SystemExit(f"{folder} is no folder of a claim; they are in {', '.join(map(str, roots))}")
    sys.stdout.write(json.dumps(look(path)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
