"""Verify at the command line: which exercises, how often, on what, and what their proofs came to."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from breakfix import places
from breakfix.console import Terminal
from breakfix.options import Options
from grader import venues
from grader.checking.checking import catalogue
from grader.proof.cases import Case, all_cases, by_files, for_policy
from grader.proof.inputs import inputs_of
from grader.proof.matrix import Cell, is_open, wrong
from grader.proof.page import changed as changed_since
from grader.proof.page import edited, page
from grader.proof.run import ROUNDS, Journal, Key, Proof, repeated
from grader.proof.summary import Summary, as_data, summary
from grader.report.report import CheckSpec
from harness.core import artifacts, paths
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.exercises.exercise import Exercise

PAGE = paths.KIT / "docs" / "proof.md"


def verify(
    options: Options,
    slugs: Sequence[str],
    *,
    seed: int | None,
    repeat: int,
    stage: str,
    profile: str,
    resume: bool,
    journals: Path | None,
    output: Path | None,
    written: Path | None,
    changed: bool = False,
) -> int:
    """Prove the exercises, print what they came to, and return the exit code.

    With `changed` only those that the page, `written` or the kit's own, is not about as they are now.
    """
    terminal = Terminal(options)
    chosen = [variants.load(slug, seed) for slug in slugs or exercises.slugs()]
    if not chosen:
        raise InputError("there is no exercise to verify")
    before = _before(written) if slugs or changed else None
    if changed:
        text = _before(PAGE) if written is None else before
        chosen = _changed(terminal, chosen, written or PAGE, text or "", stage)
        if not chosen:
            return 0
    specs = {one.slug: catalogue(one) for one in chosen}
    wanted = {one.slug: _wanted(one, specs[one.slug], stage, repeat) for one in chosen}
    folder = journals or paths.state() / "verify"
    journal = Journal({one.slug: _journal(folder, one, stage) for one in chosen}, resume=resume)
    began = time.monotonic()
    with ExitStack() as stack, terminal.progress():
        total = sum(map(len, wanted.values()))
        done = sum(journal.get(*key) is not None for keys in wanted.values() for key in keys)
        if done:
            terminal.tell(f"{done} of {total} grades were made by an earlier run")
        counter = _Counter(terminal, total - done)
        rows = []
        for group in venues.groups(chosen):
            grading = stack.enter_context(places.grading(terminal, options, group)).telling(None)
            proof = Proof(grading, stage, journal, counter.told)
            rows += proof.rows([key for one in group for key in wanted[one.slug]])
        found = [
            summary(
                one, [row for row in rows if row.case.exercise is one], specs[one.slug], stage=stage, profile=profile
            )
            for one in chosen
        ]
        for one in found:
            _show(terminal, one)
        terminal.tell(f"{counter.done} grades in {time.monotonic() - began:.0f} s")
        _write(found, output, written, before)  # before the places are cleared, which may fail
    if any(one.undecided for one in found):
        return 3
    return 1 if any(one.findings for one in found) else 0


def _before(written: Path | None) -> str | None:
    """Return a page's text, where there is one.

    Raises: InputError where somebody edited it.
    """
    if written is None or not written.exists():
        return None
    text = written.read_text("utf-8")
    if fault := edited(text):
        raise InputError(f"{written} {fault} without SLUG, or delete it")
    return text


def _changed(terminal: Terminal, chosen: Sequence[Exercise], path: Path, text: str, stage: str) -> list[Exercise]:
    """Return the exercises that a page is not about as they are now, and say of each why."""
    found = []
    for exercise in chosen:
        if why := changed_since(text, exercise.slug, inputs_of(exercise), stage):
            terminal.out.print(f"{exercise.slug}: {why}", markup=False, highlight=False, soft_wrap=True)
            found.append(exercise)
    if not found:
        told = f"{path} is about the exercises as they are now ({len(chosen)} of them): there is nothing to prove again"
        terminal.out.print(told, markup=False, highlight=False, soft_wrap=True)
    return found


def _wanted(exercise: Exercise, specs: Sequence[CheckSpec], stage: str, repeat: int) -> list[Key]:
    cases = all_cases(exercise)
    live = {spec.id for spec in specs if spec.stage == "live"}
    chosen = for_policy(cases, live) if stage == "policy" else cases
    return repeated(chosen, repeat, by_files(chosen, live))


def _journal(folder: Path, exercise: Exercise, stage: str) -> Path:
    """Return where the grades of an exercise's proof are kept: elsewhere as soon as what the proof depends on changes."""
    return folder / f"{exercise.slug}-{artifacts.digest([stage, inputs_of(exercise)])}.jsonl"


class _Counter:
    """Tells how far the proof has come."""

    def __init__(self, terminal: Terminal, total: int) -> None:
        self._terminal = terminal
        self._total = total
        self.done = 0

    def told(self, case: Case, cell: Cell) -> None:
        """Take note of one more grade."""
        self.done += 1
        score = "" if cell.score is None else f", score {cell.score}"
        why = ""
        if is_open(case, cell):
            why = f" ({'; '.join(dict.fromkeys(cell.reasons.values()))})"
            self._total += cell.tries < len(ROUNDS)  # it is graded again
        self._terminal.tell(
            f"{self.done}/{self._total} {case.exercise.slug}, {case.name}: {cell.outcome}{score}, {cell.seconds:.0f} s{why}"
        )


def _show(terminal: Terminal, found: Summary) -> None:
    terminal.out.print(f"[bold]{escape(found.exercise.title)}[/]  ({found.exercise.label})")
    table = Table("case", "outcome", "score", "fails", box=None, padding=(0, 2, 0, 0))
    by_name = {row.case.name: row for row in found.rows}
    for row in found.rows:
        cell = row.cells[-1]
        failed = sorted({check for one in row.cells for check, verdict in one.verdicts.items() if verdict == "FAIL"})
        mark = "[red]✗[/]" if wrong(row, by_name) else "[green]✓[/]"
        score = "" if cell.score is None else str(cell.score)
        table.add_row(f"{mark} {escape(row.case.name)}", cell.outcome, score, " ".join(failed))
    terminal.out.print(table)
    rates = found.rates
    terminal.out.print(
        f"false pass {rates.false_pass[0]} of {rates.false_pass[1]}, false fail {rates.false_fail[0]} of "
        f"{rates.false_fail[1]}, flakes {rates.flakes[0]} of {rates.flakes[1]}"
    )
    for finding in found.findings:
        terminal.out.print(f"[bold red]wrong[/] {escape(finding)}", highlight=False)
    words = "[bold red]NOT PROVEN[/]" if found.findings else "[bold green]PROVEN[/]"
    terminal.out.print(f"{words}\n")


def _write(found: Sequence[Summary], output: Path | None, written: Path | None, before: str | None) -> None:
    today = datetime.now(UTC).date()
    data = [as_data(one, today) for one in found]
    if output is not None:
        output.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    if written is not None:
        written.write_text(page(data, before), "utf-8")
