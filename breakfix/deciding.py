"""The commands that people decide with; what they do stands in modules of their own, imported when they are called."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from breakfix.arguments import FILE, FOLDER, ROUND, with_cluster, with_pack
from breakfix.options import Options


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
    from breakfix import publishing
    from breakfix.commands import comparing

    comparing.show(options, reports, path, publishing.paired(forms, paths))


@click.group()
def scorecard() -> None:
    """Hiring: two people rate on the exercise's rubric, apart and name-blind; then a person decides, with reasons."""


@scorecard.command("new")
@click.option("--round", "path", type=ROUND, required=True, help="The round.yaml of the candidate's round.")
@click.option(
    "--candidate", "candidates", multiple=True, required=True, help="The candidate's opaque id; may be repeated."
)
@click.option("--rater", required=True, help="Who fills in this form; each rater gets one of their own.")
@click.option("--output", type=FILE, help="Write it here, of one candidate (default: ./scorecard-ID-RATER.yaml).")
@with_pack
@click.pass_obj
def new_form(options: Options, path: Path, candidates: tuple[str, ...], rater: str, output: Path | None) -> None:
    """Write one rater's empty forms: the rubric's dimensions with their levels, and the opaque id alone.

    With several candidates it also says in which order to read them, which is another for each rater.
    """
    from breakfix.commands import rating

    if output is not None and len(candidates) > 1:
        raise click.UsageError("--output is for the form of one candidate")
    rating.new(options, path, candidates, rater, output)


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
    from breakfix.commands import rating
    from grader.round.decision import Told

    if decision is None and (by or reasons):
        raise click.UsageError("--by and --reasons need --decision")
    told = Told(decision, by, reasons, talked)
    rating.join(options, forms, told, path=path, report=report, output=output)


@scorecard.command("samples")
@click.argument("slug")
@click.option("--rater", required=True, help="Who practises; the samples' order is theirs.")
@click.option("--dir", "folder", type=FOLDER, help="Write them here (default: ./SLUG-samples).")
@with_pack
@click.pass_obj
def write_samples(options: Options, slug: str, rater: str, folder: Path | None) -> None:
    """Write an exercise's three sample submissions, under letters, and an empty form for each: to practise rating on."""
    from breakfix.commands import calibrating

    calibrating.write(options, slug, rater, folder or Path(f"{slug}-samples"))


@scorecard.command("calibrate")
@click.argument("forms", metavar="FORM...", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_pack
@click.pass_obj
def calibrate(options: Options, forms: tuple[Path, ...]) -> None:
    """Show your levels of the samples beside the kit's, and where they differ why ours is what it is."""
    from breakfix.commands import calibrating

    calibrating.compare(options, forms)


@click.command()
@click.argument("path", type=FOLDER)
@click.option("--round", "ruled", type=ROUND, help="The candidate's round; its ledger tells which faults they had.")
@click.option(
    "--candidate", default="", help="With --round: whose it is (the opaque id), whatever .breakfix.json says."
)
@click.option("--exercise", "slug", help="The exercise, in place of what .breakfix.json in PATH says.")
@click.option("--part", help="The part of a take-home to twist.")
@click.option("--fault", help="Put in this fault, and no other.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Try the faults in the order that this number draws.")
@click.option(
    "--stage",
    type=click.Choice(["policy", "all"]),
    default="all",
    show_default=True,
    help="How far to prove it: policy reads files only.",
)
@click.option("--output", type=FOLDER, help="Make the twisted workspace here (default: ./twist-ID).")
@with_cluster
@with_pack
@click.pass_obj
def twist(
    options: Options,
    path: Path,
    *,
    ruled: Path | None,
    candidate: str,
    slug: str | None,
    part: str | None,
    fault: str | None,
    seed: int | None,
    stage: str,
    output: Path | None,
    engine: str | None,
    yes: bool,
) -> None:
    """Hiring: put one proven fault that they have not seen into a copy of a candidate's workspace, for the interview.

    PATH, a folder or an archive, stays as it is. What was broken is told here, for the interviewer alone. Exit code 1:
    no fault can be put in.
    """
    from breakfix.commands import twisting

    if ruled is not None and slug is not None:
        raise click.UsageError("--round says which exercise it is; leave out --exercise")
    if candidate and ruled is None:
        raise click.UsageError("--candidate needs --round")
    wanted = twisting.Wanted(ruled, slug, candidate, fault, seed, stage, part)
    sys.exit(twisting.twist(replace(options, engine=engine, yes=yes), path, wanted, output))


COMMANDS = (compare, scorecard, twist)
