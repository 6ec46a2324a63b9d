"""The commands of the hiring flow; what they do stands in modules of their own, imported when they are called."""

from pathlib import Path

import click

from breakfix.arguments import FOLDER, with_pack, workspace
from breakfix.options import Options

ROUND = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--round", "path", type=ROUND, required=True, help="The round.yaml that pins what all candidates get.")
@click.option("--candidate", required=True, help="Who it is for, in your own words; it stays in the ledger.")
@click.option("--output", type=FOLDER, help="Make the repository here (default: ./ROUND-ID).")
@with_pack
@click.pass_obj
def bundle(options: Options, path: Path, candidate: str, output: Path | None) -> None:
    """Hiring: make the git repository that one candidate of a round gets."""
    from breakfix import bundling

    bundling.bundle(options, path, candidate, output)


@click.command()
@workspace
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it here (default: ./submission.tar.gz)."
)
@with_pack
@click.pass_obj
def submit(options: Options, workspace: Path, *, output: Path | None) -> None:
    """Pack WORKSPACE into one archive: your files, NOTES.md, hashes, and the report of your last check."""
    from breakfix import submitting

    submitting.submit(options, workspace, output or Path("submission.tar.gz"))


COMMANDS = (bundle, submit)
