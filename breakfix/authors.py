"""The commands for authors of exercises."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from breakfix.arguments import FOLDER, with_cluster, with_pack, with_seed
from breakfix.options import Options


@click.command()
@click.argument("slug")
@click.option(
    "--dir", "folder", type=FOLDER, default=Path(), help="Make it here: a pack, or the kit itself (default: .)."
)
@click.pass_obj
def new(options: Options, slug: str, folder: Path) -> None:
    """For authors: begin a new exercise, with its solution. It is valid, and red until it is real."""
    from breakfix.commands import authoring

    authoring.new(options, slug, folder)


@click.command("break")
@click.argument("slug")
@with_pack
@click.pass_obj
def break_(options: Options, slug: str) -> None:
    """For authors: make the workspace of SLUG again, from its reference and its faults."""
    from breakfix.commands import authoring

    authoring.rebreak(options, slug)


@click.command()
@click.argument("slugs", metavar="[SLUG]...", nargs=-1)
@click.option(
    "--repeat",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Grade every case so often; cheats that their files give away once.",
)
@click.option("--stage", type=click.Choice(["policy", "all"]), default="all", show_default=True)
@click.option(
    "--profile",
    type=click.Choice(["public", "private"]),
    default="public",
    show_default=True,
    help="How many alternatives and cheats are asked for: private asks for one of each.",
)
@click.option("--resume", is_flag=True, help="Go on where an earlier run with the same files was stopped.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the grades in this folder, in place of the state folder: with --resume, another machine goes on with them.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the matrix here, as JSON.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the page here, in Markdown; of a page that is there, what it tells of other exercises stays.",
)
@click.option(
    "--changed",
    is_flag=True,
    help="Only exercises that changed since the page (--page, or docs/proof.md) tells of them.",
)
@with_seed
@with_pack
@with_cluster
@click.pass_obj
def verify(
    options: Options,
    slugs: tuple[str, ...],
    *,
    seed: int | None,
    repeat: int,
    stage: str,
    profile: str,
    resume: bool,
    journal: Path | None,
    output: Path | None,
    page: Path | None,
    changed: bool,
    engine: str | None,
    yes: bool,
) -> None:
    """Prove exercises: grade every fault, cheat and solution of theirs, and name what is not as they declare."""
    from breakfix.commands import verifying

    told = replace(options, engine=engine, yes=yes)
    sys.exit(
        verifying.verify(
            told,
            slugs,
            seed=seed,
            repeat=repeat,
            stage=stage,
            profile=profile,
            resume=resume,
            journals=journal,
            output=output,
            written=page,
            changed=changed,
        )
    )


COMMANDS = (new, break_, verify)
