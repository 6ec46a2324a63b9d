"""Workflows of a repository, played in a container without a network."""

import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from grader.place import Place, Tell, Terms
from harness import composites, paths, versions
from harness.exercise import Exercise
from harness.pipeline import Pipeline
from harness.submission import Submission


def pipeline_of(exercise: Exercise) -> Pipeline:
    """Return what an exercise says of its pipeline.

    Raises: AssertionError for an exercise of another venue.
    """
    if exercise.pipeline is None:
        raise AssertionError(f"{exercise.slug} is played in no sandbox")
    return exercise.pipeline


class Workflow:
    """A sandbox in which act plays a repository's workflows, run after run."""

    name = "workflow"
    standard = paths.KIT / "grader" / "checks" / "test_standard_pipeline.py"
    engine = ("act", versions.ACT)
    loop = ("breakfix check workspace       # plays the workflow in a container without a network",)
    on_cluster = False

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

    def inputs(self, exercise: Exercise) -> tuple[str, ...]:  # noqa: ARG002 - as in Venue
        """Return the digest of the runner's image, which stands in for GitHub."""
        from harness import imagebuild  # noqa: PLC0415 - the engine's client

        return (imagebuild.inputs(imagebuild.PIPELINE),)

    def shares(self, exercise: Exercise) -> Hashable:  # noqa: ARG002 - as in Venue
        """Return nothing: all share the sandbox."""
        return None

    def observed(self, scenario: str, found: Mapping[str, Any], facts: Mapping[str, Any], *, public: bool) -> Any:  # noqa: ANN401 - as in Venue
        """Return the runs that were played, provided that the machine held."""
        from grader.checks.played import Played  # noqa: PLC0415 - for the checking process alone

        return Played(scenario, found, facts["workflow"], public=public).decided()

    @contextmanager
    def open(self, chosen: Sequence[Exercise], terms: Terms) -> Iterator[Place]:  # noqa: ARG002 - as in Venue
        """Give a sandbox with the runner's image."""
        from harness.sandbox import open_sandbox  # noqa: PLC0415

        with open_sandbox(terms.tell, force=terms.force) as sandbox:
            yield Place(None, {sandbox.image.name: sandbox.image.id}, sandbox)

    def play(self, submission: Submission, scenario: str, place: Place, stop: threading.Event, tell: Tell) -> Any:  # noqa: ANN401 - as in Venue
        """Play a scenario's runs in a container of their own."""
        from grader.pipeline import play  # noqa: PLC0415 - the engine's client is not for the policy stage

        return play(submission, scenario, place.sandbox, stop, tell)

    def unsteady(self, exercise: Exercise, place: Place, stop: threading.Event) -> str:  # noqa: ARG002 - as in Venue
        """Return that nobody looked: a sandbox's processors and memory are bounded."""
        return "not looked at"
