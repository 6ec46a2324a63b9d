"""breakfix's commands, options and exit codes; what they do stands in the modules beside this one.

Those modules are imported inside the commands, so that `--help` answers at once.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from breakfix import hiring
from breakfix.arguments import FOLDER, ROUND, with_cluster, with_outputs, with_pack, with_seed, workspace
from breakfix.options import Options
from harness import versions

USAGE, BROKEN, INTERRUPTED = 2, 3, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(versions.KIT, prog_name="breakfix")
@click.option("-v", "--verbose", is_flag=True, help="Show the traceback of an error.")
@click.option("--plain", is_flag=True, help="No colour and no live lines (NO_COLOR does the former).")
@with_pack
@click.pass_context
def cli(context: click.Context, *, verbose: bool, plain: bool) -> None:
    """Practise, hand out and grade broken ML deployments on a real local Kubernetes cluster.

    \b
    Start here:  breakfix list
                 breakfix start serving-never-ready
    Exit codes:  0 passed · 1 the submission did not pass · 2 usage · 3 environment broken · 130 interrupted
    """
    context.obj = Options(verbose=verbose, plain=plain)


@cli.command("list")
@with_pack
@click.pass_obj
def list_exercises(options: Options) -> None:
    """List the exercises."""
    from breakfix import catalogue

    catalogue.list_all(options)


@cli.command()
@click.argument("slug")
@with_pack
@click.pass_obj
def show(options: Options, slug: str) -> None:
    """Show one exercise: its ticket, topics and time. Spoiler-free."""
    from breakfix import catalogue

    catalogue.show(options, slug)


@cli.command()
@with_cluster
@click.pass_obj
def doctor(options: Options, *, engine: str | None, yes: bool) -> None:
    """Say what this machine has, what it lacks, and the remedy; exit 3 if exercises could not run."""
    from breakfix import machine

    sys.exit(machine.doctor(replace(options, engine=engine, yes=yes)))


@cli.command()
@click.argument("slug")
@click.option("--dir", "folder", type=FOLDER, help="Make the workspace here (default: ./SLUG, or ./SLUG-N for seed N).")
@with_seed
@with_cluster
@with_pack
@click.pass_obj
def start(options: Options, slug: str, *, folder: Path | None, seed: int | None, engine: str | None, yes: bool) -> None:
    """Make a workspace, bring the cluster up, apply the broken state, and say what is broken now."""
    from breakfix import practice

    place = folder or Path(slug if seed is None else f"{slug}-{seed}")
    practice.start(replace(options, engine=engine, yes=yes), slug, seed, place)


@cli.command()
@click.pass_obj
def env(options: Options) -> None:
    """Print the line that points kubectl at the kit's cluster: eval "$(breakfix env)"."""
    from breakfix import machine

    machine.env(options)


@cli.command()
@workspace
@with_cluster
@with_pack
@click.pass_obj
def apply(options: Options, workspace: Path, *, engine: str | None, yes: bool) -> None:
    """Apply the files of WORKSPACE to the cluster, removing what they no longer hold."""
    from breakfix import practice

    sys.exit(practice.apply(replace(options, engine=engine, yes=yes), workspace))


@cli.command()
@workspace
@with_cluster
@with_pack
@click.pass_obj
def status(options: Options, workspace: Path, *, engine: str | None, yes: bool) -> None:
    """Say what the cluster says: pods, Services, warnings."""
    from breakfix import practice

    practice.status(replace(options, engine=engine, yes=yes), workspace)


@cli.command()
@workspace
@click.option("--stage", type=click.Choice(["policy", "live", "all"]), default="all", show_default=True)
@with_cluster
@with_pack
@click.pass_obj
def check(options: Options, workspace: Path, *, stage: str, engine: str | None, yes: bool) -> None:
    """Grade the files of WORKSPACE in fresh namespaces as `grade` does, with the public checks only."""
    from breakfix import grading

    sys.exit(grading.grade(replace(options, engine=engine, yes=yes), workspace, stage=stage, hidden=False))


@cli.command()
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
    help="Play what failed again, alone: a failure that does not come again is undecided.  [default: with --round]",
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
    from breakfix import grading, publishing

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


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_outputs
@click.pass_obj
def report(options: Options, file: Path, *, forms: tuple[str, ...], paths: tuple[Path, ...], audience: str) -> None:
    """Show the report in FILE, which `grade --format json` wrote, in other forms or for the candidate."""
    from breakfix import publishing

    publishing.show(options, file, publishing.paired(forms, paths), audience)


@cli.command()
@workspace
@with_pack
@click.pass_obj
def hint(options: Options, workspace: Path) -> None:
    """Self-study: the next hint for the first check that fails on WORKSPACE. Needs the solutions, but no cluster."""
    from breakfix import selfstudy

    selfstudy.hint(options, workspace)


@cli.command()
@workspace
@click.option("--yes", is_flag=True, help="Do not ask before telling everything.")
@with_pack
@click.pass_obj
def debrief(options: Options, workspace: Path, *, yes: bool) -> None:
    """Self-study: what was wrong with WORKSPACE and why, and how it differs from the reference. Spoils everything."""
    from breakfix import selfstudy

    selfstudy.debrief(replace(options, yes=yes), workspace)


@cli.command()
@click.argument("slug")
@click.option(
    "--dir", "folder", type=FOLDER, default=Path(), help="Make it here: a pack, or the kit itself (default: .)."
)
@click.pass_obj
def new(options: Options, slug: str, folder: Path) -> None:
    """For authors: begin a new exercise, with its solution. It is valid, and red until it is real."""
    from breakfix import authoring

    authoring.new(options, slug, folder)


@cli.command("break")
@click.argument("slug")
@with_pack
@click.pass_obj
def break_(options: Options, slug: str) -> None:
    """For authors: make the workspace of SLUG again, from its reference and its faults."""
    from breakfix import authoring

    authoring.rebreak(options, slug)


@cli.command()
@click.option("--keep-cluster", is_flag=True, help="Remove only what runs in the exercises' namespaces.")
@with_cluster
@click.pass_obj
def stop(options: Options, *, keep_cluster: bool, engine: str | None, yes: bool) -> None:
    """Stop everything that runs: delete the kit's clusters. Workspaces stay."""
    from breakfix import machine

    machine.stop(replace(options, engine=engine, yes=yes), keep_cluster=keep_cluster)


@cli.command()
@workspace
@with_cluster
@with_pack
@click.pass_obj
def reset(options: Options, workspace: Path, *, engine: str | None, yes: bool) -> None:
    """Put WORKSPACE and the cluster back to the broken state; your files are moved aside, not deleted."""
    from breakfix import practice

    practice.reset(replace(options, engine=engine, yes=yes), workspace)


@cli.command()
@click.argument("slugs", metavar="[SLUG]...", nargs=-1)
@click.option("--repeat", type=click.IntRange(1, 100), default=1, show_default=True, help="Grade every case so often.")
@click.option("--stage", type=click.Choice(["policy", "all"]), default="all", show_default=True)
@click.option(
    "--profile",
    type=click.Choice(["public", "private"]),
    default="public",
    show_default=True,
    help="How many alternatives and cheats are asked for: private asks for one of each.",
)
@click.option("--resume", is_flag=True, help="Go on where an earlier run with the same files was stopped.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the matrix here, as JSON.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the page here, in Markdown; of a page that is there, what it tells of other exercises stays.",
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
    output: Path | None,
    page: Path | None,
    engine: str | None,
    yes: bool,
) -> None:
    """Prove exercises: grade every fault, cheat and solution of theirs, and name what is not as they declare."""
    from breakfix import verifying

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
            output=output,
            written=page,
        )
    )


for command in hiring.COMMANDS:
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    run_as_program(lambda: cli.main(standalone_mode=False))


def run_as_program(body: Callable[[], object]) -> NoReturn:
    """Run a program's body and exit with the right code: the only place that prints errors."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        body()
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; what had been started was removed")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as problem:
        if "-v" in sys.argv or "--verbose" in sys.argv:
            raise
        sys.exit(_explained(problem))
    sys.exit(0)


def _explained(problem: Exception) -> int:
    """Print an error and return its exit code: 2 for what was asked for, 3 for what broke."""
    from grader.errors import GraderError
    from harness.errors import HarnessError, InputError

    if isinstance(problem, InputError):
        _say(str(problem))
        return USAGE
    if isinstance(problem, (HarnessError, GraderError)):
        _say(str(problem))
        return BROKEN
    if isinstance(problem, OSError):
        _say(
            f"{problem.filename or 'this machine'}: {problem.strerror or problem}; free space or fix the path, then try again"
        )
        return BROKEN
    _say(f"breakfix itself failed: {type(problem).__name__}: {problem}; run the same with -v and report what it shows")
    return BROKEN


def _say(text: str) -> None:
    click.echo(f"breakfix: {text}", err=True)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
