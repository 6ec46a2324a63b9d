"""The commands that need the team's solutions, or make what candidates get; no candidate's wheel holds them."""

from dataclasses import replace
from pathlib import Path

import click

from breakfix import authors, grades, hiring
from breakfix.arguments import with_pack, workspace
from breakfix.options import Options


@click.command()
@workspace
@with_pack
@click.pass_obj
def hint(options: Options, workspace: Path) -> None:
    """Self-study: the next hint for the first check that fails on WORKSPACE. Needs the solutions, but no cluster."""
    from breakfix.commands import selfstudy

    selfstudy.hint(options, workspace)


@click.command()
@workspace
@click.option("--yes", is_flag=True, help="Do not ask before telling everything.")
@with_pack
@click.pass_obj
def debrief(options: Options, workspace: Path, *, yes: bool) -> None:
    """Self-study: what was wrong with WORKSPACE and why, and how it differs from the reference. Spoils everything."""
    from breakfix.commands import selfstudy

    selfstudy.debrief(replace(options, yes=yes), workspace)


COMMANDS: tuple[click.Command, ...] = (hint, debrief, *grades.COMMANDS, *hiring.COMMANDS, *authors.COMMANDS)
