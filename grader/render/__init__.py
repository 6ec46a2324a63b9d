"""Renderers: each reads a Report and returns text; none decides anything."""

from collections.abc import Callable
from importlib import import_module

from grader.report import Report

FORMS = {"json": "data", "junit": "junit", "sarif": "sarif", "markdown": "markdown", "html": "html"}


def renderer(form: str) -> Callable[[Report], str]:
    """Return the function that renders a report in a form; its module is loaded only now."""
    render: Callable[[Report], str] = import_module(f"grader.render.{FORMS[form]}").render
    return render
