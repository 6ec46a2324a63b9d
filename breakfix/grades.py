"""The commands that grade, and that show what a grade came to."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from breakfix.arguments import FOLDER, ROUND, with_cluster, with_outputs, with_pack, with_seed
from breakfix.options import Options


@click.command()
@click.argument("path", type=FOLDER)
@click.option("--exercise", "slug", help="The exercise, in place of what .breakfix.json in PATH says.")
@click.option("--round", "ruled", type=ROUND, help="Take exercise, seed and pass mark from this round.yaml's ledger.")
@click.option(
    "--candidate", default="", help="With --round: whose it is (the opaque id), whatever .breakfix.json says."
)
@with_seed
@click.option("--stage", type=click.Choice(["policy", "live", "all"]), default="all", show_default=True)
@click.option(
    "--confirm/--no-confirm",
    default=None,
    help="Play what failed again, alone: a failure that does not come again is played a third time.  [default: with --round]",
)
@with_outputs
@with_cluster
@with_pack
@click.pass_obj
def grade(
    options: Options,
    path: Path,
    *,
    slug: str | None,
    ruled: Path | None,
    candidate: str,
    seed: int | None,
    stage: str,
    confirm: bool | None,
    forms: tuple[str, ...],
    paths: tuple[Path, ...],
    audience: str,
    engine: str | None,
    yes: bool,
) -> None:
    """Grade the submission PATH, a folder or an archive, with every check that is installed here."""
    from breakfix import publishing
    from breakfix.commands import grading

    if ruled is not None and (slug is not None or seed is not None):
        raise click.UsageError("--round says which exercise and seed it is; leave out --exercise and --seed")
    if candidate and ruled is None:
        raise click.UsageError("--candidate needs --round")
    told, outputs = replace(options, engine=engine, yes=yes), publishing.paired(forms, paths)
    sys.exit(
        grading.grade(
            told,
            path,
            slug=slug,
            seed=seed,
            stage=stage,
            outputs=outputs,
            audience=audience,
            hidden=True,
            path=ruled,
            candidate=candidate,
            confirm=ruled is not None if confirm is None else confirm,
        )
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_outputs
@click.pass_obj
def report(options: Options, file: Path, *, forms: tuple[str, ...], paths: tuple[Path, ...], audience: str) -> None:
    """Show the report in FILE, which `grade --format json` wrote, in other forms or for the candidate."""
    from breakfix import publishing

    publishing.show(options, file, publishing.paired(forms, paths), audience)


COMMANDS = (grade, report)
