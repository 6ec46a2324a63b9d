"""Batch at the command line: which submissions a folder holds, their reports, and what they came to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from breakfix import places
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.receiving import Delivery, delivered, load_round
from grader import venues
from grader.grading.batch import Batch, Entry, keep
from grader.report.report import Outcome, Report, Verdict
from grader.report.takehome import TakeHome
from grader.round import alike
from grader.round.alike import Likeness
from harness.core.errors import InputError
from harness.exercises import variants
from harness.hiring.rounds import Round
from harness.intake import archives, members
from harness.intake.clutter import is_clutter

PARTS = ".parts"  # where the reports on the parts of take-homes are kept: hidden, since none stands for itself
COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.UNDECIDED: "yellow"}


@dataclass(frozen=True)
class Handed:
    """One submission of a batch, and what is to be graded of it: all of it or, by their names, its parts."""

    name: str
    delivery: Delivery
    entries: dict[str, Entry]

    @property
    def report(self) -> Report | TakeHome | None:
        """Its report, once all of it has one."""
        reports = {part: one.report for part, one in self.entries.items() if one.report is not None}
        return self.delivery.report(reports) if len(reports) == len(self.entries) else None

    @property
    def wrong(self) -> str:
        """What is wrong with it, or with which of its parts."""
        several = len(self.entries) > 1
        return "; ".join(
            f"{part}: {one.wrong}" if several else one.wrong for part, one in self.entries.items() if one.wrong
        )


def batch(options: Options, folder: Path, output: Path, *, stage: str, path: Path | None, confirm: bool) -> int:
    """Grade every submission in a folder, write a report on each, and return the exit code."""
    terminal, ruled = Terminal(options), load_round(path)
    found, others = _found(folder, output)
    for place in others:
        terminal.tell(f"{place.name} is neither a folder nor an archive, and no submission")
    handed, wrong = _handed(found, ruled)
    entries = [entry for one in handed for entry in one.entries.values()]
    journal = output / PARTS if ruled is not None and ruled.several else output
    journal.mkdir(parents=True, exist_ok=True)
    work = Batch(journal, stage, confirm=confirm, tell=terminal.tell)
    with terminal.progress():
        todo = work.open(entries)
        if len(todo) < len(entries):
            terminal.tell(f"{len(entries) - len(todo)} of {len(entries)} have their report in {output} already")
        for group in venues.groups([one.submission.exercise for one in todo]):
            with places.grading(terminal, options, group) as grading:
                work.play([one for one in todo if one.submission.exercise in group], grading)
    broke = {one.name: one.wrong for one in handed if one.report is None}
    reports = {one.name: one.report for one in handed if one.report is not None}
    for name, report in reports.items():
        if isinstance(report, TakeHome):
            keep(output, name, report)
    _show(terminal, reports, wrong | broke, output)
    _compared(terminal, entries)
    if broke or any(one.outcome is Outcome.UNDECIDED for one in reports.values()):
        return 3
    return 1 if wrong else 0


def _found(folder: Path, output: Path) -> tuple[dict[str, Path], list[Path]]:
    """Return the submissions of a folder by their names, archives and folders, and the files that are none.

    Raises: InputError where there are none, or two of one name.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give the one that holds the submissions")
    found: dict[str, Path] = {}
    others = []
    for place in sorted(folder.iterdir()):
        if place.is_symlink() or place.name.startswith(".") or is_clutter([place.name]):
            continue
        if not place.is_dir() and not archives.is_archive(place):
            others.append(place)
            continue
        if place.resolve() == output.resolve():
            continue
        name = members.stem(place.name) if place.is_file() else place.name
        if name in found:
            raise InputError(f"{found[name]} and {place} would have one report; rename one of them")
        found[name] = place
    if not found:
        raise InputError(f"{folder} holds no submission: no folder, and no archive ({', '.join(members.READ)})")
    return found, others


def _handed(found: dict[str, Path], ruled: Round | None) -> tuple[list[Handed], dict[str, str]]:
    """Return the submissions that can be graded, and what is wrong with the others."""
    handed, wrong = [], {}
    for name, place in found.items():
        try:
            with delivered(place, ruled=ruled) as one:
                several = one.weights is not None
                entries = {
                    part: Entry(f"{name}.{part}" if several else name, received.submission, received.finished)
                    for part, received in one.parts.items()
                }
                handed.append(Handed(name, one, entries))
        except (InputError, OSError) as problem:
            wrong[name] = str(problem)
    return handed, wrong


def _compared(terminal: Terminal, entries: list[Entry]) -> None:
    """Say which submissions to one exercise are alike beyond what the task explains."""
    kinds: dict[tuple[str, int | None, int], dict[str, Entry]] = {}
    for one in entries:
        if one.report is not None:
            exercise = one.submission.exercise
            kinds.setdefault((exercise.slug, exercise.seed, exercise.short), {})[one.name] = one
    told = [note for group in kinds.values() for note in _alike(group)]
    for note in told:
        terminal.err.print(f"alike: {note}", style="yellow", markup=False, soft_wrap=True)
    if told:
        terminal.err.print(alike.ADVICE, style="dim", markup=False)


def _alike(group: dict[str, Entry]) -> tuple[Likeness, ...]:
    first = next(iter(group.values())).submission.exercise
    shipped = replace(variants.load(first.slug), seed=first.seed, short=first.short)  # under its shipped names
    task = alike.known(shipped)
    if task is None:
        return ()
    return alike.find(
        {
            name: alike.own(one.report.changes, one.submission.exercise.renaming)
            for name, one in group.items()
            if one.report is not None
        },
        task,
    )


def _show(terminal: Terminal, graded: Mapping[str, Report | TakeHome], wrong: dict[str, str], output: Path) -> None:
    """Print a line for each submission; comparing them is another command's."""
    reports = {name: one.flat() if isinstance(one, TakeHome) else one for name, one in graded.items()}
    table = Table("submission", "candidate", "outcome", "score", "fails", box=None, padding=(0, 2, 0, 0))
    for name, one in sorted(reports.items()):
        score = str(one.score) if one.score is not None else "" if one.outcome is Outcome.UNDECIDED else "open"
        failed = " ".join(result.spec.id for result in one.results if result.verdict is Verdict.FAIL)
        outcome = f"[{COLOURS[one.outcome]}]{one.outcome}[/]"
        table.add_row(escape(name), one.provenance.get("candidate", ""), outcome, score, failed)
    for name, told in sorted(wrong.items()):
        table.add_row(escape(name), "", "[bold red]not graded[/]", "", escape(told))
    terminal.out.print(table)
    ids = Counter(one.provenance["candidate"] for one in reports.values() if "candidate" in one.provenance)
    for id_ in sorted(id_ for id_, times in ids.items() if times > 1):
        names = ", ".join(sorted(name for name, one in reports.items() if one.provenance.get("candidate") == id_))
        terminal.err.print(f"warning: {names} have one candidate's id, {id_}", style="yellow", markup=False)
    terminal.out.print(f"reports: {output} (JSON and HTML)", markup=False)
