"""One sandbox for all tests, and a small exercise that any workflow can be graded by."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.grading.grade import Grading, grade
from grader.plays.place import Place, Terms
from grader.report.report import Report
from grader.venues import venue_of
from harness.containers.sandbox import Sandbox, open_sandbox
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.intake.submission import collect

FILE = ".github/workflows/ci.yml"
SECONDS = 25
ACTIONS = """\
actions/checkout: [v4]
actions/setup-python: [v5]
actions/cache: [v4]
actions/upload-artifact: [v4]
actions/download-artifact: [v4]
model-platform/register: [v1]
model-platform/deploy: [v1]
"""
EXERCISE = f"""\
id: tiny
version: 1
title: A small pipeline
venue: workflow
level: junior
minutes: {{from: 5, to: 10}}
topics: [pipelines]
summary: Something to play.
requirements: {{R1: The model is deployed., R2: The rules are kept.}}
slos: {{}}
editable: [".github/workflows/*.yml", ".github/actions/*/action.yml"]
ground_rules: R2
pipeline:
  workflow: {FILE}
  actions: platform/actions.yaml
  seconds: {SECONDS}
  scenarios:
    secret-scenario:
      title: two pushes
      concurrency: true
      runs:
        - {{name: secret-first, event: push, world: {{secret: hidden-truth}}}}
        - {{name: secret-second, event: push, world: {{secret: hidden-truth}}}}
pass_mark: 100
ai_policy: allowed
"""
WORLD = """
def make(*, secret):
    return {"files": {"data.txt": "data\\n", "model.txt": "a good model"}, "production": {"version": 0}, "truth": secret}


def judge(model, truth):
    return {"good": model.strip() == "a good model", "told": truth}
"""
CHECK = '''
"""The check of the small exercise."""

from grader.checks import check


@check("both-deployed", claim="Both pushes deploy the good model", requirement="R1", points=5, scenario="secret-scenario")
def test_both_are_deployed(observed):
    """Fail where a push does not deploy it."""
    for name in ("secret-first", "secret-second"):
        run = observed.run(name)
        run.played_out()
        if not run.deployed or not run.deployed[-1]["judged"].get("good"):
            run.fail("the good model is not in production", expected="a deployment", seen=run.story)
'''
GOOD = """\
name: ci
on: push
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: register
        uses: model-platform/register@v1
        with: {model: model.txt}
      - uses: model-platform/deploy@v1
        with: {version: "${{ steps.register.outputs.version }}"}
"""


@dataclass(frozen=True)
class Graded:
    """A report, and the runs that were played for it."""

    report: Report

    @property
    def runs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.report.observations["secret-scenario"]["runs"]
        return found

    @property
    def reasons(self) -> dict[str, str]:
        """What was said of each check that did not pass."""
        return {
            one.spec.id: f"{one.verdict}: {one.reason.message} {one.reason.seen}" if one.reason else str(one.verdict)
            for one in self.report.results
            if one.verdict != "PASS"
        }


Grader = Callable[..., Graded]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox(lambda _: None, force=None) as one:
        yield one


@pytest.fixture(scope="session")
def place_of() -> Iterator[Callable[[Exercise], Place]]:
    """Where an exercise is played: the place of its venue, opened once."""
    places: dict[str, Place] = {}
    with ExitStack() as stack:

        def of(exercise: Exercise) -> Place:
            venue = venue_of(exercise)
            if venue.name not in places:
                terms = Terms(lambda _: None, None, lambda _: True)
                places[venue.name] = stack.enter_context(venue.open([exercise], terms))
            return places[venue.name]

        yield of


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small exercise's folder."""
    folder = tmp_path_factory.mktemp("pack") / "exercises" / "tiny"
    for place, text in (
        ("exercise.yaml", EXERCISE),
        ("README.md", "# Tiny\n"),
        ("world.py", WORLD),
        ("checks/test_tiny.py", CHECK),
        ("workspace/platform/actions.yaml", ACTIONS),
        (f"workspace/{FILE}", GOOD),
    ):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture
def graded(sandbox: Sandbox, tiny: Path, tmp_path: Path) -> Grader:
    """Grade a workflow by the small exercise, with composite actions of its own by name."""

    def run(text: str, **actions: str) -> Graded:
        files = {FILE: text, **{f".github/actions/{name}/action.yml": told for name, told in actions.items()}}
        for name, told in files.items():
            path = tmp_path / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(told, "utf-8")
        submission = collect(exercises.read(tiny), tmp_path / "submission")
        return Graded(grade(submission, "all", Grading(lambda: Place(None, {}, sandbox)), hidden=True))

    return run


def script(*lines: str) -> str:
    """Return a workflow whose one job runs these lines in bash, after a checkout."""
    body = "".join(f"          {line}\n" for line in lines)
    head = GOOD.partition("      - id: register")[0]
    return f"{head}      - shell: bash\n        run: |\n{body}"
