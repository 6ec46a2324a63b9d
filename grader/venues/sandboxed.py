"""What venues have in common that play in a container without a network."""

import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

from grader.plays.place import Place, Terms
from harness.exercises.exercise import Exercise


class Sandboxed:
    """One sandbox for all exercises, with the runner's image; its processors and memory are bounded."""

    on_cluster = False

    def inputs(self, exercise: Exercise) -> tuple[str, ...]:  # noqa: ARG002 - as in Venue
        """Return the digest of the runner's image, in which everything is played."""
        from harness.containers import imagebuild  # noqa: PLC0415 - the engine's client

        return (imagebuild.inputs(imagebuild.PIPELINE),)

    def shares(self, exercise: Exercise) -> Hashable:  # noqa: ARG002 - as in Venue
        """Return nothing: all share the sandbox."""
        return None

    @contextmanager
    def open(self, chosen: Sequence[Exercise], terms: Terms) -> Iterator[Place]:  # noqa: ARG002 - as in Venue
        """Give a sandbox with the runner's image."""
        from harness.containers.sandbox import open_sandbox  # noqa: PLC0415 - the engine's client

        with open_sandbox(terms.tell, force=terms.force) as sandbox:
            yield Place(None, {sandbox.image.name: sandbox.image.id}, sandbox)

    def unsteady(self, exercise: Exercise, place: Place, stop: threading.Event) -> str:  # noqa: ARG002 - as in Venue
        """Return that nobody looked."""
        return "not looked at"
