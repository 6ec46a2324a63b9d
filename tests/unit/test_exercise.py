"""Exercises as data."""

import json
from pathlib import Path

import pytest

from harness import exercise as exercises
from harness.errors import InputError


def test_an_unknown_slug_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'serving-never-ready'"):
        exercises.load("serving-never-redy")


def test_every_problem_of_an_exercise_file_is_told_at_once(tmp_path: Path) -> None:
    """Each problem has its file and line."""
    folder = tmp_path / "exercises" / "demo"
    folder.mkdir(parents=True)
    text = (exercises.load("serving-never-ready").folder / "exercise.yaml").read_text("utf-8")
    text = text.replace("id: serving-never-ready", "id: demo").replace("level: mid", "level: wizard")
    (folder / "exercise.yaml").write_text(text.replace("pass_mark: 80", "pass_mark: 800\nsurprise: 1"))
    with pytest.raises(InputError) as caught:
        exercises.read(folder)
    message = str(caught.value)
    assert "exercise.yaml:5: level: 'wizard' is not one of" in message
    assert "pass_mark: 800 is greater than the maximum" in message
    assert "surprise" in message


def test_a_folder_under_another_name_is_refused(tmp_path: Path) -> None:
    """The id is the folder's name, so that it cannot be found under two."""
    source = exercises.load("serving-never-ready").folder / "exercise.yaml"
    folder = tmp_path / "exercises" / "other"
    folder.mkdir(parents=True)
    (folder / "exercise.yaml").write_bytes(source.read_bytes())
    with pytest.raises(InputError, match="the folder is called 'other'"):
        exercises.read(folder)


@pytest.mark.parametrize("marker", ["", "{", "[]", '{"exercise": 3}', "{}"])
def test_a_bad_marker_is_told(tmp_path: Path, marker: str) -> None:
    (tmp_path / exercises.MARKER).write_text(marker)
    with pytest.raises(InputError, match="--exercise"):
        exercises.of_workspace(tmp_path)


def test_a_workspace_names_its_exercise(tmp_path: Path) -> None:
    (tmp_path / exercises.MARKER).write_text(json.dumps({"exercise": "serving-never-ready"}))
    assert exercises.of_workspace(tmp_path) == "serving-never-ready"
    with pytest.raises(InputError, match="is not a workspace"):
        exercises.of_workspace(tmp_path / "elsewhere")


def test_packs_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exercise outside the kit is found by BREAKFIX_PACKS."""
    folder = tmp_path / "exercises" / "private-one"
    folder.mkdir(parents=True)
    text = (exercises.load("serving-never-ready").folder / "exercise.yaml").read_text("utf-8")
    (folder / "exercise.yaml").write_text(text.replace("id: serving-never-ready", "id: private-one"))
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path))
    assert exercises.load("private-one").folder == folder


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  dataset: dataset", "  dataset: none", "traffic.dataset names none, which is not under fresh"),
        ("namespace: feature-platform, key: dataset", "namespace: else-where, key: dataset", "fresh.dataset.0 names namespace else-where"),
        ("  feature-platform: {team", "  else-where: {team", "namespace_labels.else-where names namespace else-where"),
        ("name: scoring-runs, namespace: risk-scoring}", "name: scoring-runs, namespace: else-where}", "records names namespace else-where"),
        ("port: 80, allowed: true", "port: 80, allowed: false", "reach has no place that is allowed"),
    ],
)  # fmt: skip
def test_parts_that_name_nothing_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = tmp_path / "exercises" / "credentials-rotated"
    folder.mkdir(parents=True)
    text = (exercises.load(folder.name).folder / "exercise.yaml").read_text("utf-8")
    assert text.count(old) == 1
    (folder / "exercise.yaml").write_text(text.replace(old, new))
    with pytest.raises(InputError) as caught:
        exercises.read(folder)
    assert f"exercise.yaml: {message}" in str(caught.value)
