"""A place is brought up when something is played, once; a check is run when something can be judged by it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.checking.checking import Checked, catalogue, run_checks
from grader.errors import GraderError
from grader.grading import grade as module
from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.report.report import Outcome, Verdict
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission, collect

EXERCISE = exercises.load("serving-never-ready")


def nowhere() -> Place:
    raise AssertionError("a place was asked for")


def test_a_place_is_brought_up_once_whoever_asks_first() -> None:
    """Also by grades side by side, and by those that tell somebody else."""
    opened = list[Place]()
    together = threading.Barrier(8)

    def opening() -> Place:
        opened.append(Place(None, {}))
        return opened[-1]

    def ask(_: int) -> Place:
        together.wait(5)
        return grading.telling(None).place()

    grading = Grading(opening)
    assert opened == []
    with ThreadPoolExecutor(8) as pool:
        assert all(place is opened[0] for place in pool.map(ask, range(8)))
    assert len(opened) == 1


def test_the_policy_stage_asks_for_no_place() -> None:
    report = grade(collect(EXERCISE, EXERCISE.workspace), "policy", Grading(nowhere), hidden=True)
    assert report.outcome is Outcome.FAILED


def test_what_may_not_be_applied_blocks_live_checks_without_running_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = list[str]()

    def run(submission: Submission, stage: str, *, hidden: bool) -> Checked:
        stages.append(stage)
        return run_checks(submission, stage, hidden=hidden)

    monkeypatch.setattr(module, "run_checks", run)
    report = grade(collect(EXERCISE, tmp_path), "all", Grading(nowhere), hidden=True)
    assert stages == ["policy"]
    live = [result for result in report.results if result.spec.stage == "live"]
    assert [result.spec for result in live] == [spec for spec in catalogue(EXERCISE) if spec.stage == "live"]
    assert {result.verdict for result in live} == {Verdict.BLOCKED}
    assert all("files-readable" in result.blocked_by for result in live)


@pytest.fixture
def with_checks(tmp_path: Path) -> Callable[[str], Exercise]:
    """An exercise like a shipped one, whose public checks are these."""

    def of(text: str) -> Exercise:
        folder = tmp_path / EXERCISE.slug
        (folder / "checks").mkdir(parents=True)
        (folder / "exercise.yaml").symlink_to(EXERCISE.folder / "exercise.yaml")
        (folder / "workspace").symlink_to(EXERCISE.workspace)
        (folder / "checks" / "test_own.py").write_text(text, "utf-8")
        return exercises.read(folder)

    return of


LIVE = Path(__file__).parent.parent / "live"
HEAD = "from pathlib import Path\nfrom grader.checks import check\n\n"
OWN = (
    '@check("{id}", claim="a claim", points=3, requirement="{requirement}")\ndef test_{name}(submission):\n    {body}\n'
)


def test_listing_checks_runs_none(with_checks: Callable[[str], Exercise], tmp_path: Path) -> None:
    """In the order in which a grade runs them; the same that a grade reports. A conftest.py above them has no say."""
    (tmp_path / "conftest.py").write_text('collect_ignore_glob = ["*"]\n', "utf-8")
    ran = tmp_path / "ran"
    exercise = with_checks(
        HEAD + OWN.format(id="own", requirement="R1", name="own", body=f"Path({str(ran)!r}).touch()")
    )
    found = catalogue(exercise)
    assert not ran.exists()
    assert (found[-1].id, found[-1].points, found[-1].visibility) == ("own", 3, "public")
    checked = run_checks(collect(exercise, exercise.workspace), "policy", hidden=True)
    assert ran.exists()
    assert [result.spec for result in checked.results] == [spec for spec in checked.specs if spec.stage == "policy"]
    assert set(checked.specs) == set(found)


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in LIVE.glob("*/exercise.yaml")), ids=lambda one: one.name
)
def test_the_tiny_exercises_of_the_cluster_tests_have_checks(folder: Path) -> None:
    assert any(spec.stage == "live" and spec.scenario for spec in catalogue(exercises.read(folder)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OWN.format(id="own", requirement="R77", name="own", body="pass"), "own proves R77"),
        ("def test_nothing():\n    pass\n", "has no @check"),
        ("import nothing_of_the_sort\n", "could not be loaded"),
        ("", "holds no check"),
    ],
)
def test_checks_that_break_the_rules_are_named(text: str, told: str, with_checks: Callable[[str], Exercise]) -> None:
    with pytest.raises(GraderError, match=told):
        catalogue(with_checks(HEAD + text))
