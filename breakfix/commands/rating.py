"""Scorecards at the command line: a form for each rater, and the decision that people take over two of them."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import yaml
from rich.table import Table
from rich.text import Text

from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.receiving import load_round
from grader import render
from grader.render.text import harmless
from grader.report.report import Outcome, Report
from grader.report.takehome import TakeHome
from grader.round.decision import ADVICE, DECISIONS, Pair, Told, named, pair, record
from grader.round.scorecard import Form, about, blank, rater_of, read, shuffled
from harness.core.errors import InputError
from harness.hiring.ledger import Entry
from harness.hiring.rounds import Round

WORDS = {0: "agree", 1: "one level apart"}
LONGEST = 300  # characters of evidence that the terminal shows


def new(options: Options, path: Path, candidates: Sequence[str], rater: str, output: Path | None) -> None:
    """Write one rater's empty forms, and tell the order in which they are to be filled in.

    Raises: InputError for an id that is not of this round, and where a file stands there already.
    """
    ruled = load_round(path)
    if ruled is None:
        raise AssertionError("--round is required")
    rater = rater_of(rater)
    entries = [_entry(ruled, candidate) for candidate in shuffled(candidates, ruled.label, rater)]
    terminal, own = Terminal(options), re.sub("[^a-z0-9]+", "-", rater.casefold()).strip("-") or "rater"
    targets = [output or Path(f"scorecard-{entry.id}-{own}.yaml") for entry in entries]
    if there := [target for target in targets if target.exists()]:
        raise InputError(f"{there[0]} exists and is left as it is; name another file with --output")
    for entry, target in zip(entries, targets, strict=True):
        exercises = {task.folder if ruled.several else "": ruled.exercise_of(entry, task) for task in ruled.tasks}
        _written(target, blank(exercises, ruled.label, entry.id, rater))
        terminal.out.print(
            f"{target}: for {rater} alone. Fill it in before you read another's.", markup=False, soft_wrap=True
        )
    if len(entries) > 1:
        order = ", ".join(entry.id for entry in entries)
        terminal.out.print(
            f"The order is {rater}'s own: {order}. Rate one dimension of all before the next, and begin each elsewhere.",
            markup=False,
            soft_wrap=True,
        )


def join(
    options: Options, paths: Sequence[Path], told: Told, *, path: Path | None, report: Path | None, output: Path | None
) -> None:
    """Show two forms together, and record the decision where there is one; a person at a terminal is asked for it.

    Raises: InputError for forms that do not belong together, and for a decision without what it needs.
    """
    forms, ruled, terminal = _read(paths), load_round(path), Terminal(options)
    pairs = pair(forms)
    if ruled is not None:
        _blind(forms, ruled)
    graded = None if report is None else _graded(report, forms[0])
    _show(terminal, forms, pairs)
    if graded is not None:
        terminal.out.print(_score(graded))
    if told.decision is None and sys.stdin.isatty():
        told = _asked(told, pairs)
    if told.decision is None:
        terminal.out.print("\nNothing is decided yet: --decision, --by and --reasons record what a person decides.")
        return
    target = output or Path(f"decision-{forms[0].candidate}.yaml")
    kept = record(forms, pairs, told, graded)
    _written(target, yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=110))
    terminal.out.print(f"\n{told.decision}, decided by {harmless(told.by)}: {target}", markup=False, soft_wrap=True)


def _written(target: Path, text: str) -> None:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{target} exists and is left as it is; name another file with --output") from None


def _entry(ruled: Round, candidate: str) -> Entry:
    found = next((one for one in ruled.ledger.entries() if one.id == candidate), None)
    if found is None:
        raise InputError(
            f"no candidate of round {ruled.round} has the id {candidate!r}; give the opaque id, as {ruled.ledger.path.name} has it"
        )
    return found


def _read(paths: Sequence[Path]) -> list[Form]:
    """Return the forms.

    Raises: InputError with what is wrong with any of them.
    """
    forms, problems = [], []
    for one in paths:
        try:
            forms.append(read(one))
        except InputError as problem:
            problems.append(str(problem))
    if problems:
        raise InputError("\n".join(problems))
    return forms


def _blind(forms: Sequence[Form], ruled: Round) -> None:
    for form in forms:
        if form.round != ruled.label:
            where = form.document.line_of(("round",))
            raise InputError(f"{form.path}:{where}: is of round {form.round!r}, and {ruled.path} is {ruled.label!r}")
    problems = list(named(forms, _entry(ruled, forms[0].candidate).candidate))
    if problems:
        raise InputError("\n".join(problems))


def _graded(path: Path, form: Form) -> Report | TakeHome:
    found = render.read(path)
    parts = {one.folder: one.report for one in found.parts} if isinstance(found, TakeHome) else {"": found}
    told = about({part: (report.slug, report.version) for part, report in parts.items()})
    subject = (found.provenance.get("round"), told, found.provenance.get("candidate"))
    wanted = (form.round, dict(form.about), form.candidate)
    if subject != wanted:
        raise InputError(f"{path} is on another submission than {form.path}: {subject}, not {wanted}")
    return found


def _show(terminal: Terminal, forms: Sequence[Form], pairs: Sequence[Pair]) -> None:
    first, second = forms
    table = Table("dimension", harmless(first.rater), harmless(second.rater), "", box=None, padding=(0, 2, 0, 0))
    for one in pairs:
        style = "bold red" if one.far else "yellow" if one.apart else "green"
        words = WORDS.get(one.apart, f"{one.apart} levels apart: talk it over")
        table.add_row(
            harmless(one.dimension.title), *(rating.level for rating in one.ratings), Text(words, style=style)
        )
    terminal.out.print(Text(f"{first.title}, candidate {first.candidate}", style="bold"))
    terminal.out.print(table)
    agreed = sum(not one.apart for one in pairs)
    terminal.out.print(Text(f"The raters agree on {agreed} of {len(pairs)} dimensions.", style="dim"))
    for one in pairs:
        if one.apart:
            terminal.out.print(Text(f"\n{harmless(one.dimension.title)}", style="bold"))
            for form, rating in zip(forms, one.ratings, strict=True):
                evidence = " ".join(harmless(rating.evidence.replace("\n", " ")).split())
                shown = evidence if len(evidence) <= LONGEST else f"{evidence[:LONGEST]}…"
                terminal.out.print(Text.assemble((f"  {harmless(form.rater)}, {rating.level}: ", "dim"), shown))


def _score(found: Report | TakeHome) -> Text:
    open_ = "no score" if found.outcome is Outcome.UNDECIDED else "score open"
    score = open_ if found.score is None else f"score {found.score} of 100, pass mark {found.pass_mark}"
    return Text(f"\nThe grader: {found.outcome.value}, {score} ({found.stage}). {ADVICE}")


def _asked(told: Told, pairs: Sequence[Pair]) -> Told:
    """Return what the person at the terminal decides, if they do now."""
    if not click.confirm("\nRecord a decision now?", default=False, err=True):
        return told
    known = [one.partition("=")[0] for one in told.talked]
    differing = [one.dimension for one in pairs if one.far and one.dimension.id not in known]
    talked = [
        f"{one.id}={click.prompt(f'{one.title}: what did talking it over come to', err=True)}" for one in differing
    ]
    return replace(
        told, talked=(*told.talked, *talked),
        decision=click.prompt("Decision", type=click.Choice(DECISIONS), err=True),
        by=told.by or click.prompt("Who decided", err=True), reasons=told.reasons or click.prompt("Reasons", err=True),
    )  # fmt: skip
