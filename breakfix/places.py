"""Where grades happen, as the command line's options have it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from breakfix.console import Terminal
from breakfix.options import Options
from grader.grading.grade import Grading
from grader.plays.place import Terms
from grader.venues import venue_of
from harness.exercises.exercise import Exercise


@contextmanager
def grading(terminal: Terminal, options: Options, chosen: Sequence[Exercise]) -> Iterator[Grading]:
    """Give what grades the exercises of one group; a place that was asked for is cleared when this is left."""
    terms = Terms(terminal.tell, options.engine, terminal.consent)
    with ExitStack() as stack:
        yield Grading(lambda: stack.enter_context(venue_of(chosen[0]).open(chosen, terms)), tell=terminal.tell)
