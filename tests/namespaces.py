"""Namespaces of a test's own on a cluster that tests share."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.files import tokens
from harness.kube.kube import Kube
from harness.runs import run as runs


@contextmanager
def fresh(kube: Kube, exercise: str, *prefixes: str) -> Iterator[tuple[str, ...]]:
    """Make a namespace for each prefix, with its account, and remove all of them at the end."""
    token = tokens.fresh()
    names = tuple(f"{prefix}-{token}" for prefix in prefixes)
    try:
        for name in names:
            kube.create(runs.namespace(name, exercise))
            runs.wait_account(kube, name)
        yield names
    finally:
        runs.remove(kube, names)
