"""What the command line was told, for every command."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Global options; `engine` is docker, podman or None for whichever answers."""

    plain: bool = False
    engine: str | None = None
    yes: bool = False
