"""Where caches are kept: by branch, by paths and by key; never changed once they are there."""

import hashlib
import os
import sys
from pathlib import Path

sys.path.insert(0, "/opt/actions")
import toolkit


def scope(ref: str) -> Path:
    """Return the folder of a branch's caches for the paths of this step."""
    paths = "\n".join(toolkit.lines("path"))
    name = hashlib.sha256(f"{ref}\n{paths}".encode()).hexdigest()
    return toolkit.STORE / "cache" / name


def own() -> Path:
    """Return the folder that this run saves into."""
    return scope(os.environ.get("GITHUB_REF", ""))


def entry(folder: Path, key: str) -> Path:
    """Return the folder of one cache."""
    return folder / hashlib.sha256(key.encode()).hexdigest()


def find(key: str, prefixes: list[str]) -> Path | None:
    """Return the cache of the key, else the newest that begins like one of the prefixes; own branch first, then main."""
    scopes = [own(), scope("refs/heads/main")]
    for folder in scopes:
        if (entry(folder, key) / "key").is_file():
            return entry(folder, key)
    for folder in scopes:
        for prefix in prefixes:
            known = [one for one in folder.glob("*") if (one / "key").is_file()]
            hits = [one for one in known if (one / "key").read_text().startswith(prefix)]
            if hits:
                return max(hits, key=lambda one: (one / "key").stat().st_mtime_ns)
    return None
