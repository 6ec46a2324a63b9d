"""Where grades happen: which exercises share a place, and a place brought up for them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from breakfix.console import Terminal
from breakfix.options import Options
from grader.grade import Place
from harness import needs
from harness.exercise import Exercise


def groups(chosen: Sequence[Exercise]) -> list[list[Exercise]]:
    """Return the exercises that are graded side by side: those with the same needs share a cluster.

    Pipelines come last, alone: they take all cores, which would upset a cluster's timing.
    """
    keyed = [((exercise.pipeline is not None, needs.of(exercise)), exercise) for exercise in chosen]
    places = dict.fromkeys(sorted((key for key, _ in keyed), key=lambda key: key[0]))
    return [[exercise for key, exercise in keyed if key == place] for place in places]


@contextmanager
def opened(terminal: Terminal, options: Options, chosen: Sequence[Exercise]) -> Iterator[Place]:
    """Give what the exercises of one group need, a cluster or a sandbox; what runs there is gone afterwards.

    Raises: EnvironmentBrokenError with what failed and what to do about it.
    """
    # Loaded only here, since the policy stage needs neither.
    with ExitStack() as stack:
        if chosen[0].pipeline is not None:
            from harness.sandbox import open_sandbox  # noqa: PLC0415

            sandbox = stack.enter_context(open_sandbox(terminal.tell, force=options.engine))
            yield Place(None, {sandbox.image.name: sandbox.image.id}, sandbox)
            return
        from harness.session import open_session  # noqa: PLC0415

        first, *others = chosen
        opening = open_session(first, terminal.tell, force=options.engine, consent=terminal.consent, others=others)
        session = stack.enter_context(opening)
        place = Place(session.admin, session.digests)
        try:
            yield place
        finally:
            terminal.tell("removing what was made for the grade")
            place.close()
