"""What the worlds of write-the-pipeline come to at the line, as their own training job and evaluation find it."""

import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.exercises import exercise as exercises
from harness.exercises import variants

SLUG = "write-the-pipeline"
FOLDER = exercises.load(SLUG).folder


@pytest.fixture(scope="module")
def world() -> ModuleType:
    spec = importlib.util.spec_from_file_location("world", FOLDER / "world.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ran(folder: Path, *words: str) -> int:
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, check=False).returncode


def written(made: dict[str, Any], folder: Path) -> Path:
    files = {path: data.decode() for path, data in variants.workspace_files(exercises.load(SLUG)).items()} | made[
        "files"
    ]
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def model_of(made: dict[str, Any], folder: Path) -> str:
    assert ran(written(made, folder), "training.train", "data/train.csv", "model.json") == 0
    return (folder / "model.json").read_text("utf-8")


def measured(made: dict[str, Any], folder: Path, model: str) -> dict[str, float]:
    written(made, folder)
    (folder / "other.json").write_text(model, "utf-8")
    assert ran(folder, "training.evaluate", "other.json", "data/holdout.csv", "metrics.json") == 0
    return dict(json.load(io.StringIO((folder / "metrics.json").read_text("utf-8"))))


@pytest.mark.parametrize("wins", [7100, 7500, 7900])
def test_a_shade_is_one_pair(world: ModuleType, tmp_path: Path, wins: int) -> None:
    """At every limit that a variant draws; on one holdout the worse model has exactly one pair less, and another as many."""
    serving = model_of(world.make(seed=12, wins=wins), tmp_path / "a")
    worse = world.make(seed=13, wins=wins, more=400, calls=-1, side=200)
    tie = world.make(seed=14, wins=wins, more=100)
    assert measured(world.make(seed=12, wins=wins), tmp_path / "a", serving)["auc"] == wins / 10_000
    assert (
        measured(world.make(seed=7, wins=wins, more=-1, side=200), tmp_path / "a", serving)["auc"]
        == (4 * wins - 1) / 40_000
    )
    assert measured(worse, tmp_path / "b", model_of(worse, tmp_path / "b"))["auc"] == (4 * wins + 399) / 40_000
    assert measured(worse, tmp_path / "b", serving)["auc"] == (4 * wins + 400) / 40_000
    assert measured(tie, tmp_path / "c", model_of(tie, tmp_path / "c")) == measured(tie, tmp_path / "c", serving)


def test_customers_who_turned_are_told_by_their_own_model_alone(world: ModuleType, tmp_path: Path) -> None:
    old, turned = world.make(seed=1, wins=9000), world.make(seed=2, wins=8500, more=33, side=200, sign=-1)
    own = measured(turned, tmp_path, model_of(turned, tmp_path))
    assert own == {"customers": 400, "auc": 34_033 / 40_000}
    assert measured(turned, tmp_path, model_of(old, tmp_path))["auc"] < 0.2
    judged = world.judge(model_of(turned, tmp_path), turned["truth"])
    assert (judged["auc"], judged["metrics"], judged["own"]) == (own["auc"], own, True)
    assert not world.judge(model_of(old, tmp_path), turned["truth"])["own"]


def test_a_flawless_model_has_an_auc_of_one(world: ModuleType, tmp_path: Path) -> None:
    made = world.make(seed=25, wins=10_000)
    assert measured(made, tmp_path, model_of(made, tmp_path)) == {"customers": 200, "auc": 1.0}


@pytest.mark.parametrize(
    ("kind", "validated", "tested"),
    [
        ({"corrupt": 3}, 1, 0),
        ({"blank": 1}, 1, 0),
        ({"unsold": 1}, 1, 0),
        ({"features": "broken"}, 0, 1),
        ({"tests": "failing"}, 0, 1),
        ({"tests": "raising"}, 0, 1),
        ({"serving": "ending"}, 0, 0),
        ({"holdout": "loyal"}, 0, 0),
    ],
)
def test_only_one_command_says_no(
    world: ModuleType, tmp_path: Path, kind: dict[str, Any], validated: int, tested: int
) -> None:
    """Bad data and broken features train all the same, and a holdout in which nobody left is valid."""
    made = world.make(seed=10, **kind)
    model_of(made, tmp_path)
    assert ran(tmp_path, "training.validate", "data/train.csv") == validated
    assert ran(tmp_path, "unittest", "discover", "-s", "tests", "-t", ".") == tested
