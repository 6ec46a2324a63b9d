"""Imports point one way: breakfix → grader → harness; no module branches on an exercise's slug."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core import paths
from harness.exercises import exercise as exercises

ALLOWED = {
    "harness": {"harness"},
    "grader": {"harness", "grader"},
    "breakfix": {"harness", "grader", "breakfix"},
}
# The packages of the harness, each above those before it.
LAYERS = (
    "core", "files", "schemas", "build", "exercises", "workflows", "intake", "hiring", "engine", "nodeimage", "containers",
    "kube", "cluster", "runs", "toys",
)  # fmt: skip
MODULES = [
    path
    for package in ALLOWED
    for path in sorted((paths.KIT / package).rglob("*.py"))
    if not {"images", "supervisors"} & set(path.parts)  # what runs in a container
    and "toys" not in path.parts[:-2]  # small exercises
]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(paths.KIT).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    package = path.relative_to(paths.KIT).parts[0]
    assert set(imported(path)) & set(ALLOWED) <= ALLOWED[package]


HARNESS = [
    path
    for path in MODULES
    if path.relative_to(paths.KIT).parts[0] == "harness" and path.parent.parent == paths.KIT / "harness"
]


@pytest.mark.parametrize("path", HARNESS, ids=lambda path: path.relative_to(paths.KIT).as_posix())
def test_the_harness_has_layers(path: Path) -> None:
    """Each package imports from those below it, and from itself."""
    own, found = LAYERS.index(path.parent.name), set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("harness"):
            parts = str(node.module).split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    assert {one for one in found if LAYERS.index(one) > own} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(paths.KIT).as_posix())
def test_no_module_knows_an_exercise(path: Path) -> None:
    """What varies between exercises is data; only the demonstration names one, once, as its subject."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    compared = [node for node in ast.walk(tree) if isinstance(node, (ast.Compare, ast.Match))]
    words = {value.value for node in compared for value in ast.walk(node) if isinstance(value, ast.Constant)}
    assert not words & set(exercises.slugs())


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name != "process.py"],
    ids=lambda path: path.relative_to(paths.KIT).as_posix(),
)
def test_one_module_runs_programs(path: Path) -> None:
    assert "subprocess" not in set(imported(path))


CHECKS = [
    f"grader.checks.{path.stem}"
    for path in sorted((paths.KIT / "grader" / "checks").glob("*.py"))
    if not path.name.startswith(("test_", "__"))
]


@pytest.mark.parametrize("modules", ["breakfix.commands.grading", ", ".join(["grader.checking.plugin", *CHECKS])])
def test_grading_files_loads_nothing_that_only_a_cluster_needs(modules: str) -> None:
    """The policy stage answers in well under a second, and Kubernetes' client alone takes most of one to load."""
    told = f"import sys, {modules}; print('kubernetes' in sys.modules, 'docker' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == ["False", "False"]


def test_each_package_states_its_idea() -> None:
    for package in ALLOWED:
        assert ast.get_docstring(ast.parse((paths.KIT / package / "__init__.py").read_text("utf-8")))
