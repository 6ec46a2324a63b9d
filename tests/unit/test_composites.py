"""Composite actions that a submission brings: taken where all they take in turn is accepted."""

from pathlib import Path

import pytest

from harness.exercises import exercise
from harness.intake.submission import collect
from harness.workflows import composites

ACCEPTED = {"actions/checkout@v4"}
SLUG = "write-the-pipeline"


def action(*uses: str, using: str = "composite") -> bytes:
    steps = "".join(f"    - uses: {one}\n" for one in uses)
    return f"runs:\n  using: {using}\n  steps:\n    - {{run: 'true', shell: bash}}\n{steps}".encode()


def at(**found: bytes) -> dict[str, bytes]:
    return {f".github/actions/{name}/action.yml": data for name, data in found.items()}


def test_an_action_of_accepted_ones_is_playable_in_turn() -> None:
    files = at(outer=action("./.github/actions/inner/"), inner=action("actions/checkout@v4"))
    assert composites.playable(files, ACCEPTED) == {"./.github/actions/outer", "./.github/actions/inner"}


@pytest.mark.parametrize("used", ["somebody/else@v1", "./.github/actions/absent", "./.github/actions/one"])
def test_an_action_of_another_is_not(used: str) -> None:
    """A stranger's, one that is not there, and itself."""
    assert composites.playable(at(one=action(used)), ACCEPTED) == set()


@pytest.mark.parametrize(
    "data", [action(using="node20"), b"runs: [1]", b"- a", b"", b"runs: {using: composite}", b"a: ["]
)
def test_what_is_no_composite_action_is_told(data: bytes) -> None:
    found = composites.problems("action.yml", data)
    assert found
    assert composites.playable({"a/action.yml": data}, ACCEPTED) == set()


def test_a_submissions_own_actions_are_read_without_a_note(tmp_path: Path) -> None:
    """They are steps, and no workflow; a broken one is a problem."""
    known = exercise.load(SLUG)
    for name, data in {
        ".github/workflows/ci.yml": b"on: push\njobs: {}\n",
        ".github/actions/a/action.yml": action("actions/checkout@v4"),
        ".github/actions/b/action.yaml": action(using="docker"),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = collect(known, tmp_path)
    assert composites.playable({file.path: file.data for file in found.files}, ACCEPTED) == {"./.github/actions/a"}
    assert [(one.file, one.line) for one in found.problems] == [(".github/actions/b/action.yaml", 1)]
    assert found.notes == ()
