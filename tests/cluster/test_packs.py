"""A private pack, from `breakfix new` to a proven exercise on an image of its own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import yaml
from docker.errors import NotFound

from harness.engine.engine import Engine

pytestmark = pytest.mark.cluster
SLUG = "quiet-scorer"
IMAGE = "breakfix-pack/house-server:3.1"
CONTAINERFILE = """ARG BASE=docker.io/breakfix/model-server:1.0
FROM ${BASE}
COPY house-rules.txt /etc/house-rules.txt
"""


def breakfix(*args: str, pack: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "100", "BREAKFIX_PACKS": str(pack)}
    return subprocess.run(
        [sys.executable, "-m", "breakfix", *args], env=env, capture_output=True, text=True, timeout=550, check=False
    )


def edit(path: Path, pattern: str, replacement: str) -> None:
    text = path.read_text("utf-8")
    changed = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    assert changed != text, pattern
    path.write_text(changed, "utf-8")


@pytest.fixture
def pack(tmp_path: Path, engine: Engine) -> Iterator[Path]:
    """A new pack, and in it what its author would do to the new exercise at the least."""
    (tmp_path / "exercises").mkdir()
    assert breakfix("new", SLUG, "--dir", str(tmp_path), pack=tmp_path).returncode == 0
    image = tmp_path / "images" / "house-server"
    image.mkdir(parents=True)
    written = 'tag: "3.1"\nbase: breakfix/model-server:1.0\n'
    for name, text in (("Containerfile", CONTAINERFILE), ("image.yaml", written), ("house-rules.txt", "be kind\n")):
        (image / name).write_text(text)
    exercise, solution = tmp_path / "exercises" / SLUG, tmp_path / "solutions" / SLUG
    for path in (exercise / "exercise.yaml", exercise / "README.md", solution / "reference/manifests/deployment.yaml"):
        edit(path, r"breakfix/model-server:1\.0", IMAGE)
    edit(exercise / "exercise.yaml", r"^  R2: .*\n", "")
    other = solution / "alternatives" / "label-added"
    shutil.copytree(solution / "reference", other)
    edit(other / "manifests/service.yaml", "app.kubernetes.io/name: scorer", "app: scorer")
    edit(other / "manifests/deployment.yaml", r"^(      labels:\n)", r"\1        app: scorer\n")
    for path in (*exercise.glob("*.*"), *solution.glob("*.*")):
        path.write_text(path.read_text().replace("TODO", "Said"))
    service = (solution / "reference/manifests/service.yaml").read_text()
    without = re.sub(r"^  selector:\n.*\n", "", service, flags=re.MULTILINE)
    cheat = {
        "claim": "Nobody is selected",
        "rejected_by": "predictions-right",
        "files": {"manifests/service.yaml": without},
    }
    (solution / "cheats").mkdir()
    (solution / "cheats" / "service-without-selector.yaml").write_text(yaml.safe_dump(cheat))
    yield tmp_path
    with closing(engine.client()) as client, suppress(NotFound):
        client.images.remove(f"docker.io/{IMAGE}", force=True)


def test_a_pack_with_its_own_image_is_proven(pack: Path) -> None:
    """`break` takes the change over, `verify` builds and loads the image, and every case is as declared."""
    assert "manifests/deployment.yaml" in breakfix("break", SLUG, pack=pack).stdout
    ran = breakfix("verify", SLUG, "--profile", "private", pack=pack)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"building {IMAGE}" in ran.stderr
    assert "PROVEN" in ran.stdout
    assert "NOT PROVEN" not in ran.stdout


def test_an_image_that_cannot_be_built_says_why(pack: Path) -> None:
    """With the last that the engine said; the machine is not to blame, but neither is any submission: exit 3."""
    (pack / "images" / "house-server" / "Containerfile").write_text(CONTAINERFILE + "RUN ls /nowhere\n")
    ran = breakfix("grade", str(pack / "solutions" / SLUG / "reference"), "--exercise", SLUG, pack=pack)
    assert ran.returncode == 3
    assert f"image {IMAGE} could not be built" in ran.stderr
    assert "/nowhere" in ran.stderr
