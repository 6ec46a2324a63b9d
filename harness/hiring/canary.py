"""Canaries: words that stand in solutions and hidden checks alone. Who hands one in had such a text, or a tool that had read one."""

import re
from collections.abc import Mapping

# The shape, not a word: what is handed out names none. Each text, and each team's pack, may have one of its own.
CANARY = re.compile(rb"breakfix-canary-[0-9a-f]{32}")


def found(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the canary that stands first in each of these files, by path; files without one are left out."""
    hits = {path: CANARY.search(data) for path, data in files.items()}
    return {path: hit[0].decode() for path, hit in hits.items() if hit}
