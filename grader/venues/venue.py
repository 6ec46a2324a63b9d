"""What every venue can be asked."""

import threading
from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from grader.plays.place import Place, Tell, Terms
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission


class Venue(Protocol):
    """Where exercises are played, and what that means for their checks, their proof and their candidates."""

    @property
    def name(self) -> str:
        """What exercise.yaml calls it under `venue`."""

    @property
    def standard(self) -> Path:
        """The file of the checks that every exercise has there; what is allowed at all stands in it."""

    @property
    def engine(self) -> tuple[str, str]:
        """What plays there, by its name, and its version: a report and a proof hold for no other."""

    @property
    def loop(self) -> tuple[str, ...]:
        """The commands by which a candidate practises, as a bundle's README tells them."""

    @property
    def on_cluster(self) -> bool:
        """Whether the candidate has a cluster, to which files are applied and whose state can be shown."""

    def facts(self, exercise: Exercise, files: Mapping[str, bytes]) -> Mapping[str, Any]:
        """Return what checks may know of an exercise, and of a submission's files by their paths, beside what they know anywhere."""

    def scenarios(self, exercise: Exercise) -> tuple[str, ...]:
        """Return the names of an exercise's scenarios, in order."""

    def inputs(self, exercise: Exercise) -> tuple[str, ...]:
        """Return digests of what an exercise's proof depends on beside its own files and its checks'."""

    def shares(self, exercise: Exercise) -> Hashable:
        """Return what must be alike in exercises that share a place."""

    def observed(self, scenario: str, found: Mapping[str, Any], facts: Mapping[str, Any], *, public: bool) -> Any:  # noqa: ANN401 - each venue has its own
        """Return a scenario's observation as checks ask it; `public` says that the one which asks is.

        Raises: EvidenceError where the machine did not hold, and no check could judge by what was seen.
        """

    def open(self, chosen: Sequence[Exercise], terms: Terms) -> AbstractContextManager[Place]:
        """Give what the exercises of one group need; what runs there is gone afterwards.

        Raises: EnvironmentBrokenError with what failed and what to do about it.
        """

    def play(self, submission: Submission, scenario: str, place: Place, stop: threading.Event, tell: Tell) -> Any:  # noqa: ANN401 - what was seen, as data
        """Play a scenario and return what was seen as data; the machine's failures stand in it as `evidence`.

        Raises: StoppedError on an interrupt, after the run was removed.
        """

    def unsteady(self, exercise: Exercise, place: Place, stop: threading.Event) -> str:
        """Return what is wrong with the machine while nothing of a submission runs; '' where it is steady and mostly idle."""
