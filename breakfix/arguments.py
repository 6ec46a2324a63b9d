"""Options and arguments that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
ROUND = click.Path(path_type=Path, exists=True, dir_okay=False)
Command = Callable[..., None]


def with_cluster(command: Command) -> Command:
    """Add the options of every command that may need a cluster."""
    command = click.option("--yes", is_flag=True, help="Answer yes to every question.")(command)
    return click.option(
        "--engine", type=click.Choice(["docker", "podman"]), help="Use this container engine and no other."
    )(command)


def _add_packs(_context: click.Context, _parameter: click.Parameter, packs: tuple[Path, ...]) -> None:
    """Add to BREAKFIX_PACKS, which is what the harness reads."""
    folders = [os.environ.get("BREAKFIX_PACKS", ""), *(str(pack.resolve()) for pack in packs)]
    os.environ["BREAKFIX_PACKS"] = os.pathsep.join(folder for folder in folders if folder)


def with_pack(command: Command) -> Command:
    """Add the option that names packs; it stands before the command's name or after it."""
    return click.option(
        "--pack", type=FOLDER, multiple=True, callback=_add_packs, expose_value=False, is_eager=True,
        help="Also look for exercises in this folder (or those of BREAKFIX_PACKS).",
    )(command)  # fmt: skip


def with_seed(command: Command) -> Command:
    """Add the option that names a variant."""
    return click.option(
        "--seed", type=click.IntRange(0), metavar="N", help="The variant of this number, in place of the shipped one."
    )(command)


def with_json(command: Command) -> Command:
    """Add the option that has a command write JSON for programs."""
    return click.option(
        "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True,
        help="json: for programs, of a stable shape.",
    )(command)  # fmt: skip


def workspace(command: Command) -> Command:
    """Add the workspace argument: the current folder unless it is named."""
    return click.argument("workspace", type=FOLDER, default=Path())(command)


def with_outputs(command: Command) -> Command:
    """Add the options that say in which forms a report goes where, and for whom."""
    command = click.option(
        "--audience", type=click.Choice(["team", "candidate"]), default="team", show_default=True,
        help="candidate: results per requirement, and nothing of the hidden checks.",
    )(command)  # fmt: skip
    command = click.option(
        "--output", "paths", type=click.Path(path_type=Path, dir_okay=False), multiple=True,
        help="Write the report here instead of stdout; repeated, one for each --format.",
    )(command)  # fmt: skip
    return click.option(
        "--format", "forms", type=click.Choice(["terminal", "json", "junit", "sarif", "markdown", "html"]),
        multiple=True, help="The form of the report; may be repeated.  [default: terminal]",
    )(command)  # fmt: skip


def with_confirm(command: Command) -> Command:
    """Add the option that has failures seen twice."""
    return click.option(
        "--confirm/--no-confirm", default=True, show_default=True,
        help="Play what failed again, alone: a failure that does not come again is played a third time.",
    )(command)  # fmt: skip
