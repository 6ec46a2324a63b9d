"""Images of packs: found by folder, described by one file, built again when an input changes."""

import shutil
from pathlib import Path

import pytest

from harness.build import imagefile
from harness.containers import imagebuild, images
from harness.core.errors import InputError
from harness.engine.engine import Engine

KIT_BASE = "ARG BASE=docker.io/breakfix/runtime:1.0\nFROM ${BASE}\n"


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack with one image on the kit's runtime and one on a foreign base."""
    (tmp_path / "exercises").mkdir()
    foreign = "FROM docker.io/library/debian:bookworm-slim\n"
    for name, text, base in (("ranker", KIT_BASE, "base: breakfix/runtime:1.0\n"), ("store", foreign, "")):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        (folder / "Containerfile").write_text(text)
        (folder / "image.yaml").write_text(f'tag: "1.2"\n{base}')
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path))
    return tmp_path


def test_a_packs_images_are_found(pack: Path) -> None:
    """Their names come from the folder and their tag; those on an image of the kit wait for it."""
    found = imagebuild.recipes()
    assert {name: found[name].base for name in found if name.startswith(imagefile.PACK)} == {
        "breakfix-pack/ranker:1.2": imagebuild.RUNTIME,
        "breakfix-pack/store:1.2": None,
    }
    assert found["breakfix-pack/store:1.2"].folder == pack / "images" / "store"
    assert not [name for name in images.names() if name.startswith(imagefile.PACK)]


def test_a_changed_file_rebuilds_a_packs_image_alone(pack: Path) -> None:
    before = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    (pack / "images" / "ranker" / "server.py").write_text("print()")
    changed = {name for name in before if imagebuild.inputs(name) != before[name]}
    assert changed == {"breakfix-pack/ranker:1.2"}


def test_the_runtime_rebuilds_what_stands_on_it(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kit"
    shutil.copytree(imagebuild.FOLDER, folder)
    monkeypatch.setattr(imagebuild, "FOLDER", folder)
    assert pack.is_dir()
    before = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    (folder / "runtime" / "prepare.sh").write_text("true\n")
    changed = {name for name in before if imagebuild.inputs(name) != before[name]}
    assert changed == {imagebuild.RUNTIME, *images.names(), "breakfix-pack/ranker:1.2"}


def test_an_image_file_is_no_part_of_the_image(pack: Path) -> None:
    """What it says is in the digest by what it does; a comment in it builds nothing anew."""
    before = imagebuild.inputs("breakfix-pack/store:1.2")
    with (pack / "images" / "store" / "image.yaml").open("a") as handle:
        handle.write("# said more\n")
    assert imagebuild.inputs("breakfix-pack/store:1.2") == before


def test_all_that_is_wrong_with_images_is_told_at_once(pack: Path) -> None:
    (pack / "images" / "ranker" / "image.yaml").write_text("# ours\ntag: latest\n")
    (pack / "images" / "store" / "Containerfile").unlink()
    (pack / "images" / "Bad_Name").mkdir()
    (pack / "images" / "older").mkdir()
    with pytest.raises(InputError) as caught:
        imagebuild.recipes()
    said = str(caught.value)
    assert "Bad_Name: an image is called by lower-case words" in said
    assert "ranker/image.yaml:2: tag: 'latest' should not be valid" in said
    assert "store/image.yaml:1: no Containerfile is among its files" in said
    assert "older: there is no image.yaml; write one that holds its tag" in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('tag: "1"\nfiles: [Containerfile, gone]\n', ":2: files names "),
        ('tag: "1"\nprograms:\n  bin/x: {source: gone}\n', ":3: there is no folder "),
        ('tag: "1"\nprograms:\n  bin/x: {module: a}\n', ":3: programs.bin/x: "),
        ('tag: "1"\nbase: breakfix/runtime:1.0\ndebian: {packages: [a], requirements: b}\n', ":1: document: "),
        ('tag: "1"\ndebian: {packages: [a], requirements: gone}\n', ":2: there is no "),
        ('tag: "1"\nbass: breakfix/runtime:1.0\n', ":1: document: "),
        ('tag: "1"\n', ":1: its Containerfile stands on breakfix/runtime:1.0; add `base: breakfix/runtime:1.0`"),
    ],
)  # fmt: skip
def test_a_wrong_image_file_is_told_with_its_line(pack: Path, text: str, told: str) -> None:
    (pack / "images" / "ranker" / "image.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        imagebuild.recipes()
    assert f"ranker/image.yaml{told}" in str(caught.value)


def test_two_packs_cannot_bring_the_same_image(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    (other / "exercises").mkdir(parents=True)
    (other / "images" / "store").mkdir(parents=True)
    for name in ("Containerfile", "image.yaml"):
        (other / "images" / "store" / name).write_bytes((pack / "images" / "store" / name).read_bytes())
    monkeypatch.setenv("BREAKFIX_PACKS", f"{pack}:{other}")
    with pytest.raises(InputError, match="store has the same name; rename one of them"):
        imagebuild.recipes()


def test_an_unknown_base_is_told(pack: Path) -> None:
    (pack / "images" / "ranker" / "image.yaml").write_text('tag: "1.2"\nbase: breakfix/runtime:9\n')
    with pytest.raises(
        InputError, match=r"image.yaml:2: there is no image breakfix/runtime:9; there are .*runtime:1\.0"
    ):
        images.ensure(Engine("docker", "unix:///nowhere", "0"), ["breakfix-pack/ranker:1.2"], lambda _: None)
