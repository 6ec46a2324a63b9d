"""The commands of the hiring flow; what they do stands in modules of their own, imported when they are called."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from breakfix import deciding
from breakfix.arguments import FOLDER, ROUND, with_cluster, with_confirm, with_pack, with_seed
from breakfix.options import Options


@click.command()
@click.option("--round", "path", type=ROUND, help="The round.yaml that pins what all candidates get.")
@click.option("--candidate", help="Who it is for, in your own words; it stays in the ledger.")
@click.option(
    "--extra-minutes",
    "extra",
    type=click.IntRange(0, 10_000),
    metavar="N",
    help="Give this candidate N minutes beyond the round's time; kept in the ledger until another number is given.",
)
@click.option(
    "--takehome",
    metavar="NAME",
    help="Write a round.yaml and story.md of this take-home, pinned, in place of a bundle.",
)
@click.option("--output", type=FOLDER, help="Make the repository here (default: ./ROUND-ID, or ./NAME).")
@with_pack
@click.pass_obj
def bundle(
    options: Options,
    *,
    path: Path | None,
    candidate: str | None,
    extra: int | None,
    takehome: str | None,
    output: Path | None,
) -> None:
    """Hiring: make the git repository that one candidate of a round gets.

    With --takehome, before any bundle: write a round of your own of a take-home that is ready.
    """
    from breakfix.commands import bundling

    if takehome is not None and path is None and candidate is None and extra is None:
        bundling.pin(options, takehome, output or Path(takehome))
        return
    if path is None or candidate is None or takehome is not None:
        raise click.UsageError("give --round and --candidate for a bundle, or --takehome alone for a round of your own")
    bundling.bundle(options, path, candidate, output, extra)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--round", "path", type=ROUND, help="Take exercise, names and pass mark from this round.yaml's ledger.")
@click.option("--output", type=FOLDER, help="Write the reports here (default: FOLDER-reports).")
@click.option("--stage", type=click.Choice(["policy", "live", "all"]), default="all", show_default=True)
@with_confirm
@with_cluster
@with_pack
@click.pass_obj
def batch(
    options: Options,
    folder: Path,
    *,
    path: Path | None,
    output: Path | None,
    stage: str,
    confirm: bool,
    engine: str | None,
    yes: bool,
) -> None:
    """Hiring: grade every submission in FOLDER (archives and folders), side by side.

    Run it again to go on where it was stopped, and to grade again what was undecided. Exit codes: 0 each has a verdict,
    passed or failed · 1 one could not be read as a submission · 3 one is undecided.
    """
    from breakfix.commands import batching

    reports = output or folder.parent / f"{folder.resolve().name}-reports"
    told = replace(options, engine=engine, yes=yes)
    sys.exit(batching.batch(told, folder, reports, stage=stage, path=path, confirm=confirm))


@click.command()
@click.argument("code")
@click.option("--round", "path", type=ROUND, required=True, help="The round.yaml of the bundle that was rehearsed.")
@with_pack
@click.pass_obj
def rehearsed(options: Options, code: str, *, path: Path) -> None:
    """Hiring: say whose bundle CODE is of, which `breakfix doctor --rehearse` printed; exit 1 where it is nobody's."""
    from breakfix.commands import bundling

    sys.exit(bundling.rehearsed(options, path, code))


@click.command()
@click.argument("slug")
@click.option(
    "--agent", "command", required=True, metavar="COMMAND", help="What works on it, run by bash in the workspace."
)
@click.option("--runs", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option(
    "--minutes",
    type=click.FloatRange(0, 600, min_open=True),
    default=60,
    show_default=True,
    help="How long each may work.",
)
@click.option("--image", default="", help="The local image that it runs in, with bash.  [default: the kit's runner]")
@click.option("--network", is_flag=True, help="Let it reach the network; without this there is none.")
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME",
    help="Give it this variable, as it is set here; may be repeated.",
)
@with_seed
@click.option("--stage", type=click.Choice(["policy", "live", "all"]), default="all", show_default=True)
@click.option("--output", type=FOLDER, help="Keep everything here (default: ./SLUG-trial).")
@with_cluster
@with_pack
@click.pass_obj
def trial(
    options: Options,
    slug: str,
    *,
    command: str,
    runs: int,
    minutes: float,
    image: str,
    network: bool,
    variables: tuple[str, ...],
    seed: int | None,
    stage: str,
    output: Path | None,
    engine: str | None,
    yes: bool,
) -> None:
    """Hiring: have an AI agent, or any command, work on an exercise in a container, and grade what it leaves.

    It gets what a candidate gets: the workspace with its ticket, and nothing of the solution. What it does outside of the
    container you allow by --network alone. Exit codes: 0 each run has a verdict · 3 one is undecided.
    """
    from breakfix.commands import trial as trials

    agent = trials.Agent(command, image, minutes, network, variables)
    told = replace(options, engine=engine, yes=yes)
    sys.exit(trials.trial(told, slug, agent, runs=runs, seed=seed, stage=stage, output=output or Path(f"{slug}-trial")))


COMMANDS = (bundle, batch, rehearsed, trial, *deciding.COMMANDS)
