"""Renderers: each reads a Report and returns text; none decides anything."""

from collections.abc import Callable

from grader.render import data, junit
from grader.report import Report

RENDERERS: dict[str, Callable[[Report], str]] = {"json": data.render, "junit": junit.render}
