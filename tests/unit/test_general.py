"""The kit's modules know kinds of exercises, and no exercise: the next one is an addition."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core import paths
from harness.exercises import exercise as exercises

OWN_PLACES = ("grader/live/steps/", "grader/venues/", "harness/components/", "harness/images/")
SHOWS_ONE = {"breakfix/commands/demo.py", "breakfix/cli.py"}  # the demo plays one; the first help names it
MODULES = [
    path
    for part in ("breakfix", "grader", "harness")
    for path in sorted((paths.KIT / part).rglob("*.py"))
    if not str(path.relative_to(paths.KIT)).startswith(OWN_PLACES) and "template" not in path.parts
]
# What exercises call their things, and the programs of their images.
NAMES = {
    *exercises.slugs(),
    *(name for slug in exercises.slugs() for name in exercises.load(slug).names),
    *(image.rpartition("/")[2].partition(":")[0].replace("-", "_") for slug in exercises.slugs() for image in exercises.load(slug).images),
} - {"trainer"}  # fmt: skip # a word as any other


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(paths.KIT)))
def test_no_module_names_what_one_exercise_has(path: Path) -> None:
    if str(path.relative_to(paths.KIT)) not in SHOWS_ONE:
        assert not [text for text in texts(path) for name in NAMES if name in text]


def texts(path: Path) -> Iterator[str]:
    """Yield the strings of a module, but for its docstrings."""
    tree = ast.parse(path.read_bytes())
    told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told
    )
