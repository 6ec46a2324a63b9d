"""Tests that measure have the machine for themselves: the other workers finish what they are at, and wait."""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold the machine with others, or, where the test is marked `alone`, without them."""
    run = getattr(request.config, "workerinput", {}).get("testrunuid")
    if run is None:  # one process runs all tests, one after the other
        yield
        return
    folder = Path(tempfile.gettempdir())
    alone = request.node.get_closest_marker("alone") is not None
    with ExitStack() as held:
        with _locked(folder / f"{run}.gate", fcntl.LOCK_EX):  # who waits to be alone is overtaken by nobody
            held.enter_context(_locked(folder / f"{run}.machine", fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, how)
        yield
