"""How long work says where it is."""

from collections.abc import Callable

Progress = Callable[[str], None]
"""Takes one line without a line end: what is being done now. Called from the thread that does it."""
