"""What each commit draws of what only the nightly run has time to play whole."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import TypeVar

from harness.core import paths

ALL = "BREAKFIX_TEST_ALL"  # where it is set, nothing is left out
T = TypeVar("T")


def drawn(values: Sequence[T], count: int, of: str) -> list[T]:
    """Return so many of some values, in their order: others for another commit, and for another `of`."""
    if os.environ.get(ALL):
        return list(values)
    git = shutil.which("git") or "git"
    commit = subprocess.run([git, "rev-parse", "HEAD"], cwd=paths.KIT, capture_output=True, check=False).stdout
    places = sorted(range(len(values)), key=lambda place: hashlib.sha256(commit + f"{of} {place}".encode()).digest())
    return [values[place] for place in sorted(places[:count])]
