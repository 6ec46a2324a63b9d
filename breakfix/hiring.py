"""The commands of the hiring flow; what they do stands in modules of their own, imported when they are called."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from breakfix.arguments import FOLDER, with_cluster, with_confirm, with_pack, workspace
from breakfix.options import Options

ROUND = click.Path(path_type=Path, exists=True, dir_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


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
@click.option("--output", type=FILE, help="Write it here (default: ./submission.tar.gz).")
@with_pack
@click.pass_obj
def submit(options: Options, workspace: Path, *, output: Path | None) -> None:
    """Pack WORKSPACE into one archive: your files, NOTES.md, hashes, and the report of your last check."""
    from breakfix import submitting

    submitting.submit(options, workspace, output or Path("submission.tar.gz"))


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
    from breakfix import batching

    reports = output or folder.parent / f"{folder.resolve().name}-reports"
    told = replace(options, engine=engine, yes=yes)
    sys.exit(batching.batch(told, folder, reports, stage=stage, path=path, confirm=confirm))


@click.command()
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--round", "path", type=ROUND, help="Re-score by what this round.yaml voids, and name who has no report.")
@click.option(
    "--format",
    "forms",
    type=click.Choice(["terminal", "json", "csv", "html"]),
    multiple=True,
    help="The form of the table; may be repeated.  [default: terminal]",
)
@click.option(
    "--output",
    "paths",
    type=FILE,
    multiple=True,
    help="Write the table here instead of stdout; repeated, one for each --format.",
)
@with_pack
@click.pass_obj
def compare(
    options: Options, reports: tuple[Path, ...], *, path: Path | None, forms: tuple[str, ...], paths: tuple[Path, ...]
) -> None:
    """Hiring: a table over the candidates of one round, from the JSON reports of `grade --round`, or folders of them."""
    from breakfix import comparing, publishing

    comparing.show(options, reports, path, publishing.paired(forms, paths))


@click.group()
def scorecard() -> None:
    """Hiring: two people rate on the exercise's rubric, apart and name-blind; then a person decides, with reasons."""


@scorecard.command("new")
@click.option("--round", "path", type=ROUND, required=True, help="The round.yaml of the candidate's round.")
@click.option("--candidate", required=True, help="The candidate's opaque id.")
@click.option("--rater", required=True, help="Who fills in this form; each rater gets one of their own.")
@click.option("--output", type=FILE, help="Write it here (default: ./scorecard-ID-RATER.yaml).")
@with_pack
@click.pass_obj
def new_form(options: Options, path: Path, candidate: str, rater: str, output: Path | None) -> None:
    """Write one rater's empty form: the rubric's dimensions with their levels, and the opaque id alone."""
    from breakfix import rating

    rating.new(options, path, candidate, rater, output)


@scorecard.command("join")
@click.argument("forms", metavar="FORM FORM", nargs=2, type=click.Path(path_type=Path))
@click.option("--round", "path", type=ROUND, help="Also make sure that the forms are of this round, and name nobody.")
@click.option("--report", type=FILE, help="The JSON report on the submission: its score is shown, as advice.")
@click.option("--talked", metavar="DIMENSION=RESULT", multiple=True, help="What talking a difference over came to.")
@click.option("--decision", type=click.Choice(["advance", "decline", "hold"]), help="What a person decided.")
@click.option("--by", default="", help="With --decision: who decided.")
@click.option("--reasons", default="", help="With --decision: why.")
@click.option("--output", type=FILE, help="Record the decision here (default: ./decision-ID.yaml).")
@with_pack
@click.pass_obj
def join_forms(
    options: Options,
    forms: tuple[Path, Path],
    *,
    path: Path | None,
    report: Path | None,
    talked: tuple[str, ...],
    decision: str | None,
    by: str,
    reasons: str,
    output: Path | None,
) -> None:
    """Read two raters' forms together: where they agree and differ; then ask for the decision, or record it."""
    from breakfix import rating
    from grader.decision import Told

    if decision is None and (by or reasons):
        raise click.UsageError("--by and --reasons need --decision")
    told = Told(decision, by, reasons, talked)
    rating.join(options, forms, told, path=path, report=report, output=output)


COMMANDS = (bundle, submit, batch, compare, scorecard)
