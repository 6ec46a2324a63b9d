"""`breakfix new`: what it writes is valid and can be graded, and is told to be unfinished by the proofs that exercises pass."""

import re
from pathlib import Path

import pytest

from breakfix.commands import authoring
from breakfix.options import Options
from grader.checking.checking import catalogue, run_checks
from grader.report import score
from grader.report.report import Verdict
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.intake.submission import collect
from harness.schemas import load_valid


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """A new exercise in a new pack."""
    authoring.new(Options(plain=True), "drifting-ranker", tmp_path)
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path))
    return exercises.load("drifting-ranker")


def failing(exercise: Exercise, folder: Path) -> set[str]:
    results = score.block(run_checks(collect(exercise, folder), "policy", hidden=True).results)
    assert {one.verdict for one in results} <= {Verdict.PASS, Verdict.FAIL}
    return {one.spec.id for one in results if one.verdict is Verdict.FAIL}


def test_it_is_valid_and_can_be_graded(made: Exercise) -> None:
    """Every file passes its schema, the reference passes, the broken workspace fails as its fault declares."""
    solution = faults.solution_of(made)
    hints = load_valid(solution / "hints.yaml", "hints")["hints"]
    assert set(hints) == {fault.id for fault in faults.load(made)}
    assert load_valid(solution / "rubric.yaml", "rubric")
    assert failing(made, solution / "reference") == set()
    assert failing(made, made.workspace) == {"service-selects-pods"}
    assert variants.workspace_files(variants.drawn(made, 1)).keys() == variants.workspace_files(made).keys()


def test_it_is_red_until_it_is_real(made: Exercise) -> None:
    """A requirement has no check, there are no alternatives and no cheats, and the texts say TODO."""
    solution = faults.solution_of(made)
    assert set(made.requirements) - {spec.requirement for spec in catalogue(made)} == {"R2"}
    assert not (solution / "alternatives").exists()
    assert not (solution / "cheats").exists()
    for path in (made.folder / "exercise.yaml", made.folder / "README.md", solution / "DEBRIEF.md"):
        assert "TODO" in path.read_text("utf-8")


def test_no_placeholder_is_left(made: Exercise) -> None:
    for folder in (made.folder, faults.solution_of(made)):
        for path in folder.rglob("*.[ympt]*"):
            assert not re.search(r"new-exercise", path.read_text("utf-8") + str(path)), path


@pytest.mark.parametrize("slug", ["Bad", "two__words", "-x", "x" * 37, "../up"])
def test_what_cannot_be_a_slug_is_refused(slug: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be a slug"):
        authoring.new(Options(), slug, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(made: Exercise, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exists; choose another slug"):
        authoring.new(Options(), made.slug, tmp_path)
    with pytest.raises(InputError, match="exists; choose another slug"):
        authoring.new(Options(), "serving-never-ready", tmp_path)


def test_the_workspace_is_broken_again_after_a_change(made: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    """What the reference gained comes in, broken; what nobody needs goes; protected files stay."""
    deployment = faults.solution_of(made) / "reference" / "manifests" / "deployment.yaml"
    deployment.write_text(deployment.read_text("utf-8").replace("replicas: 1", "replicas: 2"))
    (made.workspace / "manifests" / "stray.yaml").write_text("a: 1\n")
    (made.workspace / "platform").mkdir()
    (made.workspace / "platform" / "kept.yaml").write_text("a: 1\n")
    capsys.readouterr()
    authoring.rebreak(Options(plain=True), made.slug)
    assert capsys.readouterr().out.splitlines() == [
        "manifests/deployment.yaml", "manifests/stray.yaml", "2 files changed",
    ]  # fmt: skip
    assert "replicas: 2" in (made.workspace / "manifests" / "deployment.yaml").read_text("utf-8")
    assert (made.workspace / "platform" / "kept.yaml").is_file()
    authoring.rebreak(Options(plain=True), made.slug)
    assert "nothing changed" in capsys.readouterr().out
