"""Renderers: each reads a Report, or a TakeHome of several, and returns text; none decides anything."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from grader.report.report import Report
from grader.report.takehome import TakeHome

if TYPE_CHECKING:
    from rich.console import Console

FORMS = {"json": "data", "junit": "junit", "sarif": "sarif", "markdown": "markdown", "html": "html"}


def renderer(form: str) -> Callable[[Report | TakeHome], str]:
    """Return the function that renders a report in a form; its module is loaded only now."""

    def render(report: Report | TakeHome) -> str:
        if isinstance(report, TakeHome):
            text: str = import_module("grader.render.takehome").FORMS[form](report)
        else:
            text = import_module(f"grader.render.{FORMS[form]}").render(report)
        return text

    return render


def show(report: Report | TakeHome, console: "Console") -> None:
    """Print a report for a person at a terminal."""
    name = "takehome" if isinstance(report, TakeHome) else "terminal"
    import_module(f"grader.render.{name}").show(report, console)


def read(path: Path) -> Report | TakeHome:
    """Return the report that a file holds as JSON.

    Raises: InputError where it cannot be read, or is no report of this version.
    """
    data = import_module("grader.render.data")
    told = data.loaded(path)
    whole = isinstance(told, dict) and "parts" in told
    found: Report | TakeHome = (import_module("grader.render.takehome").read if whole else data.made)(told, path)
    return found
