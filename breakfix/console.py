"""Where things are printed: results on stdout, progress on stderr, plainly where nobody watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click
from rich.console import Console

from breakfix.options import Options

if TYPE_CHECKING:
    from rich.status import Status

WIDTH = 110


class Terminal:
    """The two streams of one command."""

    def __init__(self, options: Options) -> None:
        terminal = False if options.plain else None  # None: as the streams and the environment say
        self.yes = options.yes
        self.out = Console(force_terminal=terminal, highlight=False, width=None if sys.stdout.isatty() else WIDTH)
        self.err = Console(stderr=True, force_terminal=terminal, highlight=False, soft_wrap=True)
        self._live = self.err.is_terminal
        self._status: Status | None = None

    def into(self, file: TextIO) -> Console:
        """Return a console that writes plain text into a file."""
        return Console(file=file, no_color=True, highlight=False, width=WIDTH)

    def tell(self, text: str) -> None:
        """Show that work goes on: a live line on a terminal, a plain line elsewhere."""
        if self._status is not None:
            self._status.update(text)
        else:
            self.err.print(f"· {text}", style="dim", markup=False)

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Keep one live line while work goes on."""
        if not self._live or self._status is not None:
            yield
            return
        with self.err.status("…") as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    def consent(self, question: str, *, default: bool = True) -> bool:
        """Ask the person at the terminal; where there is none, or with --yes, go on."""
        if self.yes or not sys.stdin.isatty():
            self.tell(question)
            return True
        if self._status is not None:
            self._status.stop()
        answer = click.confirm(question, default=default, err=True)
        if self._status is not None:
            self._status.start()
        return answer
