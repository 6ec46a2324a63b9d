"""Toys: right as they are, and played where the exercise would be."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from breakfix.commands import trying
from breakfix.console import Terminal
from breakfix.options import Options
from grader.checking.checking import catalogue, run_checks
from grader.report.report import Outcome, Report, Verdict
from grader.venues import venue_of
from harness import toys
from harness.exercises import exercise as exercises
from harness.exercises import marker, variants
from harness.exercises.exercise import Exercise
from harness.exercises.needs import Needs
from harness.exercises.needs import of as needs_of
from harness.hiring import kitwheel
from harness.intake.submission import collect
from tests.unit import comparisons


def toy_of(exercise: Exercise) -> Exercise:
    return toys.of(exercise, on_cluster=venue_of(exercise).on_cluster)


@pytest.mark.parametrize("slug", exercises.slugs())
def test_a_toy_needs_what_its_exercise_needs(slug: str) -> None:
    """It is played on the same sort of cluster, with the same images, or in the same sandbox; of simulated nodes it needs none."""
    exercise = exercises.load(slug)
    toy = toy_of(exercise)
    assert venue_of(toy).on_cluster is venue_of(exercise).on_cluster
    assert set(exercise.images) <= set(toy.images)
    assert needs_of(toy) == (Needs() if exercise.simulated else needs_of(exercise))
    assert toy.solution is None
    assert toy.slug not in exercises.slugs()


def test_what_runs_on_simulated_nodes_asks_nothing_of_the_toy() -> None:
    exercise = exercises.load("nothing-schedules")
    simulated = replace(exercise, gpus=tuple(replace(pool, simulated=True) for pool in exercise.gpus))
    assert toys.of(simulated, on_cluster=True).gpus == ()


@pytest.mark.parametrize("slug", ["serving-never-ready", "fork-safe-ci"])
def test_a_toy_is_right_by_its_files_and_has_a_check_that_is_played(slug: str) -> None:
    toy = toy_of(exercises.load(slug))
    results = run_checks(collect(toy, toy.workspace), "policy", hidden=False).results
    assert results
    assert {one.verdict for one in results} == {Verdict.PASS}
    assert [spec.must for spec in catalogue(toy) if spec.stage == "live"] == [True]


def test_a_code_is_of_one_bundle() -> None:
    one, other = (exercises.load(slug) for slug in ("serving-never-ready", "fork-safe-ci"))
    codes = {
        toys.code(name, exercise)
        for name in ("aaaaaaaaaa", "bbbbbbbbbb")
        for exercise in (one, other, replace(one, version=99))
    }
    assert len(codes) == 6
    assert toys.code("aaaaaaaaaa", one) == toys.code("aaaaaaaaaa", one)
    assert all(len(code) == 9 and code[4] == "-" for code in codes)


def test_a_take_home_is_rehearsed_part_by_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Toys that are the same are played once; each part has its code; one that fails ends it without any."""
    known = [
        variants.drawn(exercises.load(slug), 3) for slug in ("fork-safe-ci", "serving-never-ready", "green-but-wrong")
    ]
    for exercise in known:
        (tmp_path / exercise.slug).mkdir()
        marker.write(exercise, tmp_path / exercise.slug, "aaaaaaaaaa")
    marker.write_parts(tmp_path, [one.slug for one in known], "All")
    played: list[str] = []

    def play(_terminal: Terminal, _options: Options, toy: Exercise) -> Report:
        played.append(toy.slug)
        outcome = Outcome.FAILED if played.count(toy.slug) > 1 else Outcome.PASSED
        return replace(comparisons.of("broken", "aaaa"), outcome=outcome)

    monkeypatch.setattr(trying, "_played", play)
    assert trying.rehearse(Options(plain=True), tmp_path) == 0
    assert played == [toys.WORKFLOW, toys.SERVICE]
    out = capsys.readouterr().out
    assert "can run all parts" in out
    for one in known:
        assert (
            f"{one.slug}: The code to send to whoever gave you the exercise: {toys.code('aaaaaaaaaa', one)}"
            in " ".join(out.split())
        )
    assert trying.rehearse(Options(plain=True), tmp_path) == trying.BROKEN
    assert "The code to send" not in capsys.readouterr().out


def test_a_candidates_wheel_has_the_toys(tmp_path: Path) -> None:
    kitwheel.write(tmp_path / "kit.whl", {})
    with zipfile.ZipFile(tmp_path / "kit.whl") as wheel:
        names = set(wheel.namelist())
    for name in (toys.SERVICE, toys.WORKFLOW):
        assert {f"harness/toys/{name}/exercise.yaml", f"harness/toys/{name}/checks/test_toy.py"} <= names
    assert "harness/toys/toy-workflow/workspace/.github/workflows/toy.yml" in names
    assert "breakfix/commands/trying.py" in names
