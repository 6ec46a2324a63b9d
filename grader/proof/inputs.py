"""What a proof depends on: where it changes, the proof is out of date."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from grader.checking import sources
from grader.checking.checking import CHECKS
from grader.proof.deviations import wild_folder
from grader.round.samples import FOLDER as SAMPLES
from grader.venues import venue_of
from harness.core import listing
from harness.exercises.exercise import Exercise

LIBRARY = "grader.checks"


def inputs_of(exercise: Exercise) -> str:
    """Return the SHA-256 of what a proof depends on.

    That is the exercise, its solution but for samples, outsiders' submissions, what its checks import of grader.checks, and what
    plays it: see Venue.inputs.
    """
    total = hashlib.sha256()
    wild = wild_folder(exercise) if exercise.solution else None
    for top in (exercise.folder, exercise.solution, wild):
        for name, path in listing.files(top).items() if top else ():
            if top == exercise.solution and name.startswith(f"{SAMPLES}/"):
                continue  # raters read them, no check does
            content = sources.told(path).encode() if path.suffix == ".py" else path.read_bytes()
            total.update(f"\0{name}\0".encode() + content)
    for path in sorted(_library(exercise)):
        total.update(f"\0{path.name}\0{sources.told(path)}".encode())
    for digest in venue_of(exercise).inputs(exercise):
        total.update(f"\0{digest}".encode())
    return total.hexdigest()


def _library(exercise: Exercise) -> set[Path]:
    """Return the modules of grader.checks that an exercise's checks import, in turn, and the standard checks of its venue."""
    found: set[Path] = set()
    folders = [folder / "checks" for folder in (exercise.folder, exercise.solution) if folder]
    standard = venue_of(exercise).standard
    left = [standard, *(path for folder in folders for path in folder.glob("*.py"))]
    while left:
        path = left.pop()
        left += _imports(path) - found
        found |= _imports(path)
    return found | {standard}


@cache
def _imports(path: Path) -> frozenset[Path]:
    """Return the modules of grader.checks that a file imports, also by a name that the package hands on."""
    return frozenset(CHECKS / f"{module}.py" for module in _modules(path))


def _modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes(), path.name)):
        if isinstance(node, ast.ImportFrom) and node.module == LIBRARY and path.name != "__init__.py":
            handed_on = _handed_on()
            yield from (handed_on.get(alias.name, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{LIBRARY}."):
            yield node.module.split(".")[2]
        elif isinstance(node, ast.Import):
            yield from (one.name.split(".")[2] for one in node.names if one.name.startswith(f"{LIBRARY}."))


@cache
def _handed_on() -> dict[str, str]:
    """Return which module each name comes from that grader.checks itself gives."""
    tree = ast.parse((CHECKS / "__init__.py").read_bytes())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.name: str(node.module).split(".")[2] for node in imports for alias in node.names}
