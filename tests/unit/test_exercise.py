"""Exercises as data."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core import listing, paths
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.intake.submission import collect


def test_an_unknown_slug_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'serving-never-ready'"):
        exercises.load("serving-never-redy")


@pytest.mark.parametrize("slug", exercises.slugs())
def test_the_ticket_plans_the_time_that_the_exercise_declares(slug: str) -> None:
    """A bundle's rules take theirs from there: the two never differ."""
    exercise = exercises.load(slug)
    assert re.findall(r"\bPlan [^.]*?(?:hours?|minutes)\b", exercise.ticket) == [f"Plan {exercise.time}"]


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [(60, 120, "one to two hours"), (60, 60, "one hour"), (120, 120, "two hours"), (30, 60, "30 to 60 minutes")],
)
def test_a_time_reads_as_people_say_it(least: int, most: int, told: str) -> None:
    assert replace(exercises.load("serving-never-ready"), minutes={"from": least, "to": most}).time == told


@pytest.mark.parametrize("slug", ["serving-never-ready", "fork-safe-ci"])
def test_what_tools_leave_in_an_exercise_is_not_of_it(tmp_path: Path, slug: str) -> None:
    """Compiled modules and caches change neither the workspace nor the protected files; a stray text that no list names does not, either."""
    shipped = exercises.load(slug)
    folder = tmp_path / "exercises" / slug
    shutil.copytree(shipped.folder, folder)
    compiled = folder / "workspace" / "training" / "__pycache__" / "refresh.cpython-311.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"\xa7\r\r\n")
    (folder / "workspace" / "old.pyc").write_bytes(b"\xa7\r\r\n")
    exercise = exercises.read(folder)
    wanted = variants.workspace_files(shipped)
    assert variants.workspace_files(exercise) == wanted
    (folder / listing.LIST).write_text(listing.written([*listing.files(folder)]))
    (folder / "workspace" / "platform" / "stray.yaml").write_text("kind: Stray\n")
    assert variants.workspace_files(exercise) == wanted
    assert collect(exercise, shipped.workspace).digest(editable=False) == collect(shipped, shipped.workspace).digest(
        editable=False
    )


def test_a_file_that_the_list_names_and_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / listing.LIST).write_text("workspace/gone.yaml\n")
    with pytest.raises(InputError, match=r"is not whole: workspace/gone\.yaml is missing"):
        listing.files(tmp_path, "workspace")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "photo.yaml").write_bytes(b"\xa7\xff")
    with pytest.raises(InputError, match=r"photo\.yaml is no UTF-8 text"):
        listing.texts(listing.files(tmp_path))


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


def test_packs_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exercise outside the kit is found by BREAKFIX_PACKS."""
    folder = tmp_path / "exercises" / "private-one"
    folder.mkdir(parents=True)
    text = (exercises.load("serving-never-ready").folder / "exercise.yaml").read_text("utf-8")
    (folder / "exercise.yaml").write_text(text.replace("id: serving-never-ready", "id: private-one"))
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path))
    assert exercises.load("private-one").folder == folder


def test_a_pack_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped folder does not silently hold nothing."""
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="nowhere is no pack: it has no folder exercises/"):
        exercises.slugs()


def test_a_pack_takes_the_place_of_the_kits_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one of a name counts, wherever its folder sorts."""
    folder = tmp_path / "exercises" / "serving-never-ready"
    folder.mkdir(parents=True)
    (folder / "exercise.yaml").write_bytes((exercises.load(folder.name).folder / "exercise.yaml").read_bytes())
    for packs in (f"{tmp_path}", f"{paths.KIT}:{tmp_path}"):
        monkeypatch.setenv("BREAKFIX_PACKS", packs)
        assert exercises.load("serving-never-ready").folder == folder


def names_table(tmp_path: Path, old: str, new: str) -> Path:
    """Return the folder of an exercise whose exercise.yaml has one text replaced."""
    folder = tmp_path / "exercises" / "serving-never-ready"
    folder.mkdir(parents=True)
    text = (exercises.load("serving-never-ready").folder / "exercise.yaml").read_text("utf-8")
    assert old in text
    (folder / "exercise.yaml").write_text(text.replace(old, new))
    return folder


def test_a_name_that_stands_twice_is_told(tmp_path: Path) -> None:
    """Two objects could end up under one name."""
    folder = names_table(tmp_path, "to: [scorer-access,", "to: [risk-scorer,")
    with pytest.raises(
        InputError, match=r"(?s)exercise\.yaml:\d+: names\.fraud-scorer: 'risk-scorer' .*names\.scoring-cred"
    ):
        exercises.read(folder)


def test_a_table_that_renames_an_image_is_told(tmp_path: Path) -> None:
    folder = names_table(tmp_path, "  api-token:\n", "  model-server:\n")
    with pytest.raises(InputError, match="the table of names changes images"):
        exercises.read(folder, seed=1, chosen={"model-server": "caller-token"})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  dataset: dataset", "  dataset: none", "traffic.dataset names none, which is not under fresh"),
        ("namespace: feature-platform, key: dataset", "namespace: else-where, key: dataset", "fresh names namespace else-where"),
        ("  feature-platform: {team", "  else-where: {team", "namespace_labels names namespace else-where"),
        ("ConfigMap, name: scoring-runs, namespace: risk-scoring}", "ConfigMap, name: scoring-runs, namespace: else-where}", "records names namespace else-where"),
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
    assert re.search(rf"exercise\.yaml:\d+: {re.escape(message)}", str(caught.value))
