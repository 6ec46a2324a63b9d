"""Where the kit keeps things on this machine, and where its own files are."""

import os
from pathlib import Path

KIT = Path(__file__).resolve().parents[2]


def supervisor(venue: str) -> Path:
    """Return the program that plays in a venue's sandbox."""
    return KIT / "harness" / "supervisors" / f"{venue}.py"


def cache() -> Path:
    """Return the folder of what can be made again: binaries, images, downloads (made if absent)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return _made(Path(base) / "breakfix")


def state() -> Path:
    """Return the folder of what is running or recorded: kubeconfigs, locks, diagnostics (made if absent)."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return _made(Path(base) / "breakfix")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
