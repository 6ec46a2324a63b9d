"""Images of packs: found by folder, tagged by one file, built again when an input changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness import imagebuild, images, packimages
from harness.engine import Engine
from harness.errors import InputError

KIT_BASE = "ARG BASE=docker.io/breakfix/runtime:1.0\nFROM ${BASE}\n"


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack with one image on the kit's runtime and one on a foreign base."""
    (tmp_path / "exercises").mkdir()
    for name, text in (("ranker", KIT_BASE), ("store", "FROM docker.io/library/debian:bookworm-slim\n")):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        (folder / "Containerfile").write_text(text)
        (folder / "VERSION").write_text("1.2\n")
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path))
    return tmp_path


def test_a_packs_images_are_found(pack: Path) -> None:
    """Their names come from the folder and VERSION; those on an image of the kit wait for it."""
    found = imagebuild.recipes()
    assert {name: found[name].base for name in found.keys() - imagebuild.RECIPES.keys()} == {
        "breakfix-pack/ranker:1.2": imagebuild.RUNTIME,
        "breakfix-pack/store:1.2": None,
    }
    assert found["breakfix-pack/store:1.2"].folder == pack / "images" / "store"
    assert images.names() == [name for name, one in imagebuild.RECIPES.items() if one.base == imagebuild.RUNTIME]


def test_a_changed_file_rebuilds_a_packs_image_alone(pack: Path) -> None:
    before = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    (pack / "images" / "ranker" / "server.py").write_text("print()")
    changed = {name for name in before if imagebuild.inputs(name) != before[name]}
    assert changed == {"breakfix-pack/ranker:1.2"}


def test_the_runtime_rebuilds_what_stands_on_it(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pack.is_dir()
    before = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    runtime = replace(imagebuild.RECIPES[imagebuild.RUNTIME], packages=("python3", "more"))
    monkeypatch.setitem(imagebuild.RECIPES, imagebuild.RUNTIME, runtime)
    changed = {name for name in before if imagebuild.inputs(name) != before[name]}
    alone = {imagebuild.KWOK, imagebuild.GPU_NODE, imagebuild.PIPELINE_BASE, imagebuild.PIPELINE}
    assert changed == set(before) - {"breakfix-pack/store:1.2", *alone}


def test_all_that_is_wrong_with_images_is_told_at_once(pack: Path) -> None:
    (pack / "images" / "ranker" / "VERSION").write_text("latest")
    (pack / "images" / "store" / "Containerfile").unlink()
    (pack / "images" / "Bad_Name").mkdir()
    with pytest.raises(InputError) as caught:
        packimages.found()
    said = str(caught.value)
    assert "Bad_Name: an image is called by lower-case words" in said
    assert "VERSION: a tag such as 1.0 is expected (never latest), not 'latest'" in said
    assert "store: there is no Containerfile" in said


def test_two_packs_cannot_bring_the_same_image(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    (other / "exercises").mkdir(parents=True)
    (other / "images" / "store").mkdir(parents=True)
    for name in ("Containerfile", "VERSION"):
        (other / "images" / "store" / name).write_bytes((pack / "images" / "store" / name).read_bytes())
    monkeypatch.setenv("BREAKFIX_PACKS", f"{pack}:{other}")
    with pytest.raises(InputError, match="store has the same name; rename one of them"):
        packimages.found()


def test_an_unknown_image_of_the_kit_is_told(pack: Path) -> None:
    (pack / "images" / "ranker" / "Containerfile").write_text("FROM docker.io/breakfix/runtime:9\n")
    with pytest.raises(InputError, match=r"the kit has no breakfix/runtime:9; it has breakfix/runtime:1\.0"):
        images.ensure(Engine("docker", "unix:///nowhere", "0"), ["breakfix-pack/ranker:1.2"], lambda _: None)
