"""What the pipeline runner's supervisor makes of act's output; its processes are tested in tests/sandbox."""

import importlib
from typing import Any

import pytest

from harness import paths


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(paths.KIT / "harness/images/pipeline-runner")
    return importlib.import_module("pipeline_runner.engine")


@pytest.mark.parametrize(
    ("line", "crash"),
    [
        (b"fatal error: concurrent map read and map write", "fatal error: concurrent map read and map write"),
        (b"fatal error: newosproc", ""),  # threads ran out: a candidate's doing
        (b'{"raw_output": true, "msg": "fatal error: concurrent map writes"}', ""),  # a step's own words
    ],
)
def test_acts_own_race_is_told_from_what_steps_do(engine: Any, line: bytes, crash: str) -> None:
    log = engine.Log()
    log.feed(line + b"\n")
    assert log.crash == crash
