"""Infrastructure as code: a candidate's files, planned and applied by tofu against a Kubernetes API in a container without a network."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from grader.plays.place import Place, Tell, Terms
from grader.venues.sandboxed import Sandboxed
from harness.core import paths
from harness.exercises.exercise import Exercise
from harness.exercises.infrastructure import Infrastructure
from harness.intake.submission import Submission

IMAGE = "breakfix/tofu:1.0"
OPENTOFU = "1.12.6"  # as the image's image.yaml has it
MEMORY = 1536 << 20  # bytes: etcd and an API server take 400 MB of it
FOLDERS = {"/work": "16m", "/home/runner": "64m", "/store": "400m", "/tmp": "128m", "/var/tmp": "1m", "/run": "1m"}  # noqa: S108 - the sandbox's


def infrastructure_of(exercise: Exercise) -> Infrastructure:
    """Return what an exercise says of its infrastructure.

    Raises: AssertionError for an exercise of another venue.
    """
    if exercise.infrastructure is None:
        raise AssertionError(f"{exercise.slug} is no infrastructure as code")
    return exercise.infrastructure


class Tofu(Sandboxed):
    """A sandbox with a cluster's API of its own, in which tofu plans, applies and destroys layer after layer."""

    name = "tofu"
    standard = paths.KIT / "grader" / "checks" / "test_standard_tofu.py"
    engine = ("OpenTofu", OPENTOFU)
    loop = (
        "breakfix tofu plan LAYER workspace   # what tofu says, on a cluster as the ticket has it; --empty: on an empty one",
        "breakfix check workspace             # plans and applies your files in a container without a network",
    )

    def facts(self, exercise: Exercise, files: Mapping[str, bytes]) -> Mapping[str, Any]:  # noqa: ARG002 - as in Venue
        """Return what the files may take, and what they are given."""
        told = infrastructure_of(exercise)
        return {
            "layers": told.layers, "providers": told.providers, "backends": told.backends, "state": told.state,
            "variables": dict(told.variables), "planted": told.planted, "inputs": told.inputs, "applied": told.applied,
        }  # fmt: skip

    def scenarios(self, exercise: Exercise) -> tuple[str, ...]:
        """Return the names of the scenarios."""
        return tuple(scenario.name for scenario in infrastructure_of(exercise).scenarios)

    def inputs(self, exercise: Exercise) -> tuple[str, ...]:  # noqa: ARG002 - as in Venue
        """Return the digest of the image, and what runs in it."""
        from harness.containers import imagebuild  # noqa: PLC0415 - the engine's client

        return (imagebuild.inputs(IMAGE), paths.supervisor(self.name).read_text("utf-8"))

    @contextmanager
    def open(self, chosen: Sequence[Exercise], terms: Terms) -> Iterator[Place]:  # noqa: ARG002 - as in Venue
        """Give a sandbox with OpenTofu, its provider and the cluster's programs; the first time they are compiled."""
        from harness.containers.sandbox import Bounds, open_sandbox  # noqa: PLC0415 - the engine's client

        with open_sandbox(terms.tell, force=terms.force, image=IMAGE, bounds=Bounds(MEMORY, FOLDERS)) as sandbox:
            yield Place(None, {sandbox.image.name: sandbox.image.id}, sandbox)

    def observed(self, scenario: str, found: Mapping[str, Any], facts: Mapping[str, Any], *, public: bool) -> Any:  # noqa: ANN401 - as in Venue
        """Return the steps that were played, provided that the machine held."""
        from grader.checks.provisioned import Provisioned  # noqa: PLC0415 - for the checking process alone

        return Provisioned(scenario, found, facts, public=public).decided()

    def play(self, submission: Submission, scenario: str, place: Place, stop: threading.Event, tell: Tell) -> Any:  # noqa: ANN401 - as in Venue
        """Play a scenario's steps in a container of their own."""
        from grader.plays.tofu import play  # noqa: PLC0415 - the engine's client is not for the policy stage

        return play(submission, infrastructure_of(submission.exercise), scenario, place.sandbox, stop=stop, tell=tell)
