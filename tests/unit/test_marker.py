"""The marker in a workspace: data from a stranger."""

import json
from pathlib import Path

import pytest

from harness.core.errors import InputError
from harness.exercises import marker


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", "{}", '{"exercise": 3}',
        '{"exercise": "x", "seed": "7"}', '{"exercise": "x", "seed": -1}', '{"exercise": "x", "seed": true}',
        '{"exercise": "x", "version": []}', '{"exercise": "x", "seed": ' + "9" * 5000 + "}",
    ],
)  # fmt: skip
def test_a_bad_marker_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / marker.MARKER).write_text(text)
    with pytest.raises(InputError, match="--exercise"):
        marker.read(tmp_path)


def test_a_workspace_names_its_exercise(tmp_path: Path) -> None:
    (tmp_path / marker.MARKER).write_text(json.dumps({"exercise": "serving-never-ready"}))
    assert marker.read(tmp_path) == marker.Marker("serving-never-ready")
    with pytest.raises(InputError, match="is not a workspace"):
        marker.read(tmp_path / "elsewhere")
