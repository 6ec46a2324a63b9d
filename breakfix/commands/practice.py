"""The candidate's own loop at the command line: start, apply, status, reset."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from breakfix import record
from breakfix.console import Terminal
from breakfix.options import Options
from grader.render.text import harmless
from grader.venues import venue_of
from harness.cluster import simulation
from harness.core.errors import InputError
from harness.exercises import marker, variants
from harness.exercises.exercise import Exercise
from harness.intake import times
from harness.intake.submission import Submission, collect
from harness.kube import containerlog
from harness.kube import status as cluster_status
from harness.kube.kube import Kube
from harness.runs import difference, practice
from harness.runs.session import Session, open_session


@contextmanager
def opened(terminal: Terminal, options: Options, exercise: Exercise) -> Iterator[Session]:
    """Give a cluster that is ready for the exercise, showing progress meanwhile."""
    with (
        terminal.progress(),
        open_session(exercise, terminal.tell, force=options.engine, consent=terminal.consent) as session,
    ):
        yield session


def start(options: Options, slug: str, seed: int | None, folder: Path) -> None:
    """Bring an exercise up, from files to a broken cluster, and print the ticket and the state."""
    terminal = Terminal(options)
    exercise = variants.load(slug, seed)
    if not practice.make_workspace(exercise, folder):
        there = marker.read(folder)
        if (there.slug, there.seed) != (slug, seed):
            held = there.slug if there.seed is None else f"{there.slug} --seed {there.seed}"
            raise InputError(f"{folder} is a workspace of {held}; name another place with --dir")
        terminal.tell(
            f"{folder} is there already: your files are used as they are (`breakfix reset` brings back those that were handed out)"
        )
    with record.best_effort(terminal.tell):
        record.begun(exercise)
    if not venue_of(exercise).on_cluster:
        terminal.out.print(Markdown(exercise.ticket))
        terminal.out.print(f"\nYour files: [bold]{folder}/[/]. Next: breakfix check {folder}")
        return
    with opened(terminal, options, exercise) as session:
        terminal.tell("applying the files")
        _apply(terminal, session.admin, collect(exercise, folder))
        found = cluster_status.settle(session.admin, exercise, seconds=5)
    terminal.out.print(Markdown(exercise.ticket))
    terminal.out.print()
    _show(terminal, exercise, found)
    terminal.out.print(f"\nYour files: [bold]{folder}/[/]. Next:")
    terminal.out.print(
        f'  cd {folder} && eval "$(breakfix env)" && kubectl -n {exercise.workload.namespace} get pods',
        markup=False,
    )
    terminal.out.print(
        "  breakfix apply   after each change · breakfix status · breakfix check   when you think that it is done"
    )
    if exercise.solution is not None:
        terminal.out.print("  breakfix hint   when you are stuck · breakfix debrief   when you are done")


def apply(options: Options, folder: Path) -> int:
    """Apply a workspace and return the exit code: 1 where the cluster or the reader refused something."""
    terminal = Terminal(options)
    exercise = _on_cluster(folder)
    times.worked(folder, "apply")
    submission = collect(exercise, folder)
    with opened(terminal, options, exercise) as session:
        before = difference.snapshot(session.admin, submission)
        refused = _apply(terminal, session.admin, submission)
        after = difference.snapshot(session.admin, submission)
    for line in () if submission.problems else difference.told(before, after):
        terminal.out.print(line, markup=False)
    if not refused:
        terminal.out.print(f"applied {len(submission.manifests)} objects to {', '.join(exercise.namespaces)}")
    return 1 if refused else 0


def _on_cluster(folder: Path) -> Exercise:
    """Return a workspace's exercise.

    Raises: InputError where it has no cluster that could be asked.
    """
    exercise = variants.of_workspace(folder)
    if not venue_of(exercise).on_cluster:
        raise InputError(f"{exercise.slug} needs no cluster and has none; play it with: breakfix check {folder}")
    return exercise


def _apply(terminal: Terminal, kube: Kube, submission: Submission) -> int:
    """Apply what can be read, print each refusal, and return how many there were."""
    for problem in submission.problems:
        terminal.err.print(f"[bold red]{escape(problem.file)}:{problem.line}[/] {escape(problem.message)}")
    for note in submission.notes:
        terminal.err.print(f"[yellow]note[/] {escape(note)}")
    if submission.problems:
        terminal.err.print("nothing was applied: mend these files first")
        return len(submission.problems)
    refused = practice.apply_workspace(kube, submission, terminal.tell)
    for one in refused:
        terminal.err.print(f"[bold red]{escape(one.ref.label)}[/] was refused: {escape(one.message)}")
    if refused:
        terminal.err.print(
            f"the other {len(submission.manifests) - len(refused)} of {len(submission.manifests)} objects were applied"
        )
    return len(refused)


def status(options: Options, folder: Path) -> None:
    """Print what the cluster says about a workspace's exercise."""
    terminal = Terminal(options)
    exercise = _on_cluster(folder)
    with opened(terminal, options, exercise) as session:
        found = cluster_status.look(session.admin, exercise)
        written = list(containerlog.last_lines(session.admin, found.pods))
    _show(terminal, exercise, found)
    for name, line in written:
        terminal.out.print(f"{name} last wrote: {harmless(line)}", markup=False, highlight=False)


def _show(terminal: Terminal, exercise: Exercise, found: cluster_status.Status) -> None:
    table = Table(box=None, pad_edge=False, title="What the cluster says now", title_justify="left", title_style="bold")
    for heading in ("pod", "ready", "restarts", "state", *(["node"] if exercise.simulated else [])):
        table.add_column(heading, overflow="fold")
    for pod in found.pods:
        node = [pod.node] if exercise.simulated else []
        table.add_row(pod.name, pod.ready, str(pod.restarts), escape(pod.told), *node)
    terminal.out.print(table if found.pods else "[bold]no pods[/]")
    for name, state in found.jobs:
        terminal.out.print(f"Job/{name}: {escape(state)}")
    for service in found.services:
        terminal.out.print(escape(service.told))
    for warning in found.warnings:
        terminal.out.print(f"[yellow]warning[/] {escape(warning)}")
    if exercise.simulated:
        terminal.out.print(escape(simulation.notice(exercise.gpus)))


def reset(options: Options, folder: Path) -> None:
    """Bring the broken files and state back; the candidate's files are moved aside."""
    terminal = Terminal(options)
    exercise = variants.of_workspace(folder)
    folder, candidate = folder.resolve(), marker.read(folder).candidate
    variants.workspace_files(exercise)  # a variant cannot be made without its solution: say so before anything is moved
    aside = practice.set_aside(folder)
    practice.fill(exercise, folder)
    marker.write(exercise, folder, candidate)  # a bundle's stays the candidate's, under its names
    times.kept(aside, folder)
    terminal.out.print(f"your files are in {aside}")
    if not venue_of(exercise).on_cluster:
        return
    with opened(terminal, options, exercise) as session:
        practice.remove_practice(session.admin, exercise)
        _apply(terminal, session.admin, collect(exercise, folder))
    terminal.out.print("the broken state is back")
