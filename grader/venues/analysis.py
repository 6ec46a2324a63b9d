"""Python on data: a candidate's programs, run in a container without a network, a turn at a time."""

import threading
from collections.abc import Mapping
from typing import Any

from grader.plays.place import Place, Tell
from grader.venues.sandboxed import Sandboxed
from harness.core import paths
from harness.exercises import analysis
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission

PYTHON = "3.11"  # of Debian bookworm, on which the sandbox's image stands


def analysis_of(exercise: Exercise) -> analysis.Analysis:
    """Return what an exercise says of its analysis.

    Raises: AssertionError for an exercise of another venue.
    """
    if exercise.analysis is None:
        raise AssertionError(f"{exercise.slug} is no analysis")
    return exercise.analysis


class Analysis(Sandboxed):
    """A sandbox in which programs answer what the exercise's world asks them."""

    name = "analysis"
    standard = paths.KIT / "grader" / "checks" / "test_standard_analysis.py"
    engine = ("Python", PYTHON)
    loop = ("breakfix check workspace       # runs your files in a container without a network",)

    def facts(self, exercise: Exercise, files: Mapping[str, bytes]) -> Mapping[str, Any]:  # noqa: ARG002 - as in Venue
        """Return the files that a submission must have."""
        return {"answers": analysis_of(exercise).answers}

    def scenarios(self, exercise: Exercise) -> tuple[str, ...]:
        """Return the names of the scenarios."""
        return tuple(scenario.name for scenario in analysis_of(exercise).scenarios)

    def inputs(self, exercise: Exercise) -> tuple[str, ...]:
        """Return the digest of the sandbox's image, and what runs in it."""
        return (*super().inputs(exercise), paths.supervisor(self.name).read_text("utf-8"))

    def observed(self, scenario: str, found: Mapping[str, Any], facts: Mapping[str, Any], *, public: bool) -> Any:  # noqa: ANN401, ARG002 - as in Venue
        """Return what the programs answered, provided that the machine held."""
        from grader.checks.analysed import Analysed  # noqa: PLC0415 - for the checking process alone

        return Analysed(scenario, found, public=public).decided()

    def play(self, submission: Submission, scenario: str, place: Place, stop: threading.Event, tell: Tell) -> Any:  # noqa: ANN401 - as in Venue
        """Run a scenario's programs in a container of their own."""
        from grader.plays.analysis import play  # noqa: PLC0415 - the engine's client is not for the policy stage

        return play(submission, analysis_of(submission.exercise), scenario, place.sandbox, stop=stop, tell=tell)
