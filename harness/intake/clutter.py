"""What lies beside files by accident: tools' own folders, caches, and what a system or an editor leaves. Nobody means it.

Sources: Finder's `__MACOSX/` and AppleDouble twins, Explorer's Thumbs.db and Zone.Identifier, npm, venv, git, Jupyter.
"""

from collections.abc import Iterable

FOLDERS = frozenset((
    "__macosx", ".appledouble", ".spotlight-v100", ".trashes", ".fseventsd", "$recycle.bin", "system volume information",
    ".git", ".hg", ".svn", ".idea", ".vscode", ".vs", "node_modules", ".venv", "venv", "site-packages", "__pycache__",
    ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".cache", ".tox", ".nox", ".direnv", ".terraform",
))  # fmt: skip
FILES = frozenset((".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"))
ENDS = ("~", ".swp", ".swo", ":zone.identifier")
TWIN = "._"  # of a file, with what macOS keeps beside its bytes
TWIN_STARTS = b"\x00\x05\x16\x07"  # RFC 1740, appendix B: AppleDouble


def is_clutter(parts: Iterable[str]) -> bool:
    """Whether a path with these parts is in such a folder, or such a file."""
    plain = [part.casefold() for part in parts]
    if not FOLDERS.isdisjoint(plain):
        return True
    name = plain[-1] if plain else ""
    return name in FILES or name.endswith(ENDS) or name.startswith(".#")


def is_twin(name: str, data: bytes) -> bool:
    """Whether a file holds what macOS keeps beside another one."""
    return name.startswith(TWIN) and data.startswith(TWIN_STARTS)
