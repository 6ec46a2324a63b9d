"""Which files belong to an exercise: those that its list names or, where there is none, all but what tools leave behind.

A list stands in what is handed out, whose readers find more beside it: pip compiles every .py file that it installs.
"""

from pathlib import Path

from harness.core.errors import InputError

LIST = "files.txt"  # in the exercise's folder: one path a line, itself not among them
LEFT_BEHIND = frozenset({
    "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints", ".git", ".DS_Store", "Thumbs.db",
})  # fmt: skip
COMPILED = (".pyc", ".pyo")


def files(top: Path, below: str = "") -> dict[str, Path]:
    """Return the files of an exercise or a part of one, below a folder of it, in order: places by paths from there.

    Raises: InputError where one that the list names is not there.
    """
    prefix = f"{below}/" if below else ""
    listed = top / LIST
    if not listed.is_file():
        return {path.relative_to(top / below).as_posix(): path for path in _walked(top / below)}
    names = [name for name in listed.read_text("utf-8").splitlines() if name.startswith(prefix)]
    missing = [name for name in names if not (top / name).is_file()]
    if missing:
        raise InputError(f"{top} is not whole: {', '.join(missing)} is missing; install again what was handed out")
    return {name.removeprefix(prefix): top / name for name in sorted(names)}


def texts(found: dict[str, Path]) -> dict[str, str]:
    """Return what files hold, by the same paths.

    Raises: InputError for one that is no text.
    """
    return {name: _text(path) for name, path in found.items()}


def written(names: list[str]) -> str:
    """Return a list of these paths, as `files` reads it."""
    return "".join(f"{name}\n" for name in sorted(names))


def _walked(folder: Path) -> list[Path]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in COMPILED)
    return sorted(path for path in paths if not LEFT_BEHIND & set(path.relative_to(folder).parts))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as problem:
        raise InputError(f"{path} is no UTF-8 text, as all files of an exercise are; remove or mend it") from problem
