"""Workflows of a repository, played in a container without a network."""

import threading
from collections.abc import Mapping
from typing import Any

from grader.plays.place import Place, Tell
from grader.venues.sandboxed import Sandboxed
from harness.core import paths, versions
from harness.exercises.exercise import Exercise
from harness.exercises.pipeline import Pipeline
from harness.intake.submission import Submission
from harness.workflows import composites


def pipeline_of(exercise: Exercise) -> Pipeline:
    """Return what an exercise says of its pipeline.

    Raises: AssertionError for an exercise of another venue.
    """
    if exercise.pipeline is None:
        raise AssertionError(f"{exercise.slug} is played in no sandbox")
    return exercise.pipeline


class Workflow(Sandboxed):
    """A sandbox in which act plays a repository's workflows, run after run."""

    name = "workflow"
    standard = paths.KIT / "grader" / "checks" / "test_standard_pipeline.py"
    engine = ("act", versions.ACT)
    loop = ("breakfix check workspace       # plays the workflow in a container without a network",)

    def facts(self, exercise: Exercise, files: Mapping[str, bytes]) -> Mapping[str, Any]:
        """Return the workflow, the accepted actions, composite ones of the submission's own among them, and the events that it must meet."""
        played = pipeline_of(exercise)
        own = composites.playable(files, played.references)
        return {
            "workflow": played.workflow,
            "actions": sorted({*played.references, *own, *(f"{name}/" for name in own)}),
            "triggers": sorted(played.triggers()),
        }

    def scenarios(self, exercise: Exercise) -> tuple[str, ...]:
        """Return the names of the scenarios."""
        return tuple(scenario.name for scenario in pipeline_of(exercise).scenarios)

    def observed(self, scenario: str, found: Mapping[str, Any], facts: Mapping[str, Any], *, public: bool) -> Any:  # noqa: ANN401 - as in Venue
        """Return the runs that were played, provided that the machine held."""
        from grader.checks.played import Played  # noqa: PLC0415 - for the checking process alone

        return Played(scenario, found, facts["workflow"], public=public).decided()

    def play(self, submission: Submission, scenario: str, place: Place, stop: threading.Event, tell: Tell) -> Any:  # noqa: ANN401 - as in Venue
        """Play a scenario's runs in a container of their own."""
        from grader.plays.pipeline import play  # noqa: PLC0415 - the engine's client is not for the policy stage

        return play(submission, pipeline_of(submission.exercise), scenario, place.sandbox, stop=stop, tell=tell)
