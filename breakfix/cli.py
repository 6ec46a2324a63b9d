"""breakfix's options and exit codes, and a candidate's commands; what they do stands in the modules beside this one.

The others' commands stand in breakfix.team. Those modules are imported inside the commands, so that `--help` answers at once.
"""

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click

from breakfix.arguments import FILE, FOLDER, with_cluster, with_json, with_pack, with_seed, workspace
from breakfix.options import Options
from breakfix.program import run_as_program
from harness.core import versions

ANYWHERE = ("-v", "--verbose", "--plain")
OF_TEAMS = find_spec("breakfix.team") is not None  # a candidate's wheel has nothing of theirs (harness.hiring.kitwheel)
START = (
    ("breakfix list", "breakfix start serving-never-ready")
    if OF_TEAMS
    else ("README.md, beside your workspace", "breakfix check workspace")
)
HELP = f"""Practise, hand out and grade broken ML deployments on a real local Kubernetes cluster.

\b
Start here:  {START[0]}
             {START[1]}
Exit codes:  0 passed · 1 the submission did not pass · 2 usage · 3 environment broken · 130 interrupted
"""


class Group(click.Group):
    """The commands; the options that belong to all of them may stand after a command's name, too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Bring those options to the front; what stands after a `--` is no option."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, sorted(args[:end], key=lambda word: word not in ANYWHERE) + args[end:])


@click.group(cls=Group, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(versions.KIT, prog_name="breakfix")
@click.option("-v", "--verbose", is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.option("--plain", is_flag=True, help="No colour and no live lines (NO_COLOR does the former).")
@with_pack
@click.pass_context
def cli(context: click.Context, *, plain: bool) -> None:
    """Keep what belongs to all commands."""
    context.obj = Options(plain=plain)


@cli.command("list")
@with_json
@with_pack
@click.pass_obj
def list_exercises(options: Options, *, form: str) -> None:
    """List the exercises, and the take-homes."""
    from breakfix.commands import catalogue

    catalogue.list_all(options, as_json=form == "json")


@cli.command()
@click.argument("slug")
@with_json
@with_pack
@click.pass_obj
def show(options: Options, slug: str, *, form: str) -> None:
    """Show one exercise: its ticket, topics and time; or a take-home. Spoiler-free."""
    from breakfix.commands import catalogue

    catalogue.show(options, slug, as_json=form == "json")


@cli.command()
@click.option(
    "--rehearse",
    "workspace",
    type=FOLDER,
    metavar="WORKSPACE",
    help="Then play a toy of a minute where WORKSPACE's exercise, or each part's, would be played, and print the code to send.",
)
@with_json
@with_cluster
@with_pack
@click.pass_obj
def doctor(options: Options, *, workspace: Path | None, form: str, engine: str | None, yes: bool) -> None:
    """Say what this machine has, what it lacks, and the remedy; exit 3 if exercises could not run."""
    from breakfix.commands import machine

    told = replace(options, engine=engine, yes=yes)
    if workspace is not None and form == "json":
        raise click.UsageError("--rehearse is for people; leave out --format json")
    code = machine.doctor(told, as_json=form == "json")
    if workspace is not None and not code:
        from breakfix.commands import trying

        code = trying.rehearse(told, workspace)
    sys.exit(code)


@cli.command()
@click.argument("slug")
@click.option("--dir", "folder", type=FOLDER, help="Make the workspace here (default: ./SLUG, or ./SLUG-N for seed N).")
@with_seed
@with_cluster
@with_pack
@click.pass_obj
def start(options: Options, slug: str, *, folder: Path | None, seed: int | None, engine: str | None, yes: bool) -> None:
    """Make a workspace, bring the cluster up, apply the broken state, and say what is broken now."""
    from breakfix.commands import practice

    place = folder or Path(slug if seed is None else f"{slug}-{seed}")
    practice.start(replace(options, engine=engine, yes=yes), slug, seed, place)


@cli.command()
@click.pass_obj
def env(options: Options) -> None:
    """Print the line that points kubectl at the kit's cluster: eval "$(breakfix env)"."""
    from breakfix.commands import machine

    machine.env(options)


@cli.command()
@workspace
@with_cluster
@with_pack
@click.pass_obj
def apply(options: Options, workspace: Path, *, engine: str | None, yes: bool) -> None:
    """Apply the files of WORKSPACE to the cluster, removing what they no longer hold."""
    from breakfix.commands import practice

    sys.exit(practice.apply(replace(options, engine=engine, yes=yes), workspace))


@cli.command()
@workspace
@with_cluster
@with_pack
@click.pass_obj
def status(options: Options, workspace: Path, *, engine: str | None, yes: bool) -> None:
    """Say what the cluster says: pods, Services, warnings."""
    from breakfix.commands import practice

    practice.status(replace(options, engine=engine, yes=yes), workspace)


@cli.command()
@click.argument("scenario")
@workspace
@with_cluster
@with_pack
@click.pass_obj
def play(options: Options, scenario: str, workspace: Path, *, engine: str | None, yes: bool) -> None:
    """Play SCENARIO on the files of WORKSPACE: its callers and disturbances, in your own namespaces, without a verdict.

    What scenarios an exercise has says `breakfix show SLUG`.
    """
    from breakfix.commands import rehearsing

    sys.exit(rehearsing.play(replace(options, engine=engine, yes=yes), scenario, workspace))


@cli.command()
@click.argument("verb", type=click.Choice(["plan", "apply", "destroy", "test"]))
@click.argument("layer")
@workspace
@click.option("--empty", is_flag=True, help="On an empty cluster, in place of the one that stands.")
@with_cluster
@with_pack
@click.pass_obj
def tofu(
    options: Options, verb: str, layer: str, workspace: Path, *, empty: bool, engine: str | None, yes: bool
) -> None:
    """Run tofu in a LAYER of the infrastructure code of WORKSPACE, on a cluster of its own that is gone afterwards."""
    from breakfix.commands import provisioning

    sys.exit(provisioning.tofu(replace(options, engine=engine, yes=yes), verb, layer, workspace, empty=empty))


@cli.command()
@workspace
@click.option("--stage", type=click.Choice(["policy", "live", "all"]), default="all", show_default=True)
@with_cluster
@with_pack
@click.pass_obj
def check(options: Options, workspace: Path, *, stage: str, engine: str | None, yes: bool) -> None:
    """Grade the files of WORKSPACE in fresh namespaces as `grade` does, with the public checks only."""
    from breakfix.commands import grading

    sys.exit(grading.grade(replace(options, engine=engine, yes=yes), workspace, stage=stage, hidden=False))


@cli.command()
@workspace
@click.option("--output", type=FILE, help="Write it here (default: ./submission.tar.gz).")
@with_pack
@click.pass_obj
def submit(options: Options, workspace: Path, *, output: Path | None) -> None:
    """Pack WORKSPACE into one archive: your files, NOTES.md, hashes, and the report of your last check."""
    from breakfix.commands import submitting

    submitting.submit(options, workspace, output or Path("submission.tar.gz"))


@cli.command()
@click.option("--keep-cluster", is_flag=True, help="Remove only what runs in the exercises' namespaces.")
@with_cluster
@click.pass_obj
def stop(options: Options, *, keep_cluster: bool, engine: str | None, yes: bool) -> None:
    """Stop everything that runs: delete the kit's clusters. Workspaces stay."""
    from breakfix.commands import machine

    machine.stop(replace(options, engine=engine, yes=yes), keep_cluster=keep_cluster)


@cli.command()
@workspace
@with_cluster
@with_pack
@click.pass_obj
def reset(options: Options, workspace: Path, *, engine: str | None, yes: bool) -> None:
    """Put WORKSPACE and the cluster back to the broken state; your files are moved aside, not deleted."""
    from breakfix.commands import practice

    practice.reset(replace(options, engine=engine, yes=yes), workspace)


def _team_commands() -> tuple[click.Command, ...]:
    """Return the commands of those who hand out and grade."""
    if not OF_TEAMS:
        return ()
    from breakfix import team

    return team.COMMANDS


for command in _team_commands():
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    run_as_program(lambda: cli.main(standalone_mode=False))
