"""The report for a person at a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.render import outline
from grader.render.text import harmless, harmless_lines
from grader.report.report import CheckResult, Outcome, Reason, Report, Verdict
from grader.report.score import LOST

STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.BLOCKED: "yellow",
    Verdict.ERROR: "bold magenta",
    Verdict.VOID: "dim",
}
OUTCOMES = {
    Outcome.PASSED: ("PASSED", "bold green"),
    Outcome.FAILED: ("NOT PASSED", "bold red"),
    Outcome.UNDECIDED: ("UNDECIDED: the machine failed, not the submission", "bold magenta"),
}


def show(report: Report, console: Console) -> None:
    """Print the report: what the repair fixed, broke and left, or verdicts under their requirements; the score last."""
    console.print(Text.assemble((f"{report.title}", "bold"), f"  ({report.slug}, {outline.STAGES[report.stage]})"))
    groups = outline.groups(report)
    for line in _by_group(report, groups) if groups else _by_requirement(report):
        console.print(line)
    console.print()
    for name, words in outline.hours(report):
        console.print(Text.assemble((f"time {name} ", "dim"), words))
    if report.hours is not None:
        console.print(Text(outline.HOURS, style="dim"))
    for note in report.notes:
        console.print(f"[yellow]note[/] {escape(harmless(note))}", highlight=False)
    console.print(_closing(report))


def _by_group(report: Report, groups: Sequence[outline.Group]) -> Iterator[RenderableType]:
    for group in groups:
        harm = group.kind == "broken" and group.entries
        yield Text(f"\n{group.heading}", style="bold red" if harm else "bold")
        yield Padding(_group(report, group), (0, 0, 0, 2))
    yield Text("\nBy requirement", style="bold")
    told = Table.grid(padding=(0, 1))
    for one in outline.tallies(report, "requirement"):
        earned = f"{one.earned} of {one.points}"
        told.add_row(Text(one.name, style="bold cyan"), Text(outline.MET[one.verdict], style="bold"), earned, one.title)
    yield Padding(told, (0, 0, 0, 2))


def _by_requirement(report: Report) -> Iterator[RenderableType]:
    tallied = _tallied(report)
    for requirement, claim in report.requirements.items():
        results = [result for result in report.results if result.spec.requirement == requirement]
        told = tallied.get(requirement, "")
        if results or told:
            yield Text.assemble("\n", (requirement, "bold cyan"), f" {claim}", (told, "bold"))
            yield Padding(_table(results), (0, 0, 0, 2))


def _tallied(report: Report) -> dict[str, str]:
    """Return the result of each requirement, where the checks below it do not tell it all."""
    if report.audience != "candidate":
        return {}
    return {
        one.name: f"  {outline.MET[one.verdict]}, {one.earned} of {one.points} points"
        for one in outline.tallies(report, "requirement")
    }


def _table(results: list[CheckResult], *, placed: bool = False) -> Table:
    """Return the checks with their reasons; where they stand under no requirement, `placed` says which each is of."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=7)
    table.add_column(overflow="fold")
    for result in results:
        table.add_row(Text(result.verdict.value, style=STYLES[result.verdict]), Group(*_lines(result, placed=placed)))
    return table


def _group(report: Report, group: outline.Group) -> RenderableType:
    """Return a group's checks, those that wait for one right under it."""
    if not group.entries:
        return Text(outline.empty(report, group.kind), style="dim")
    return _table([result for entry in group.entries for result in (entry.result, *entry.behind)], placed=True)


def _lines(result: CheckResult, *, placed: bool) -> Iterator[RenderableType]:
    must = " · must" if result.spec.must else ""
    where = f" · {result.spec.requirement}" if placed else ""
    yield Text.assemble(result.spec.claim, (f"  {result.spec.id}{where} · {_points(result)}{must}", "dim"))
    if result.verdict is Verdict.BLOCKED:
        yield Text(f"waits for {', '.join(result.blocked_by)}", style="dim")
    elif result.reason is not None:
        if result.verdict is Verdict.VOID:
            yield Text("counts for nobody", style="dim")
        yield from _reason(result.reason)


def _points(result: CheckResult) -> str:
    return f"{result.spec.points} point" + ("" if result.spec.points == 1 else "s")


def _reason(reason: Reason) -> Iterator[Text]:
    place = " ".join(part for part in (reason.object, reason.field) if part)
    at = f"  ({reason.file}:{reason.line})" if reason.file else ""
    yield Text.assemble((harmless(place) + ": " if place else "", "bold"), harmless(reason.message), (at, "dim"))
    for label, text in (("expected ", reason.expected), ("seen     ", reason.seen)):
        if text:
            yield Text.assemble((label, "dim"), harmless(text))
    for number, line in enumerate(harmless_lines(reason.output) if reason.output else ()):
        yield Text.assemble((" " * 9 if number else "printed  ", "dim"), line)


def _closing(report: Report) -> Text:
    words, style = OUTCOMES[report.outcome]
    words = words if report.pass_mark else outline.outcome(report).upper()
    if report.scope == "public":
        undecided = f"{words}  " if report.outcome is Outcome.UNDECIDED else ""
        return Text.assemble((f"{undecided}{outline.judged(report)}", style))
    counts = ", ".join(f"{report.count(verdict)} {verdict.value}" for verdict in Verdict if report.count(verdict))
    told = outline.scored(report)
    score = f"  {told}" if told else ""
    unmet = [result.spec.id for result in report.results if result.spec.must and result.verdict in LOST]
    if report.audience == "candidate":
        unmet = [one.name for one in outline.tallies(report, "requirement") if one.unmet_must]
    held = f"\nMust pass whatever the score: {', '.join(unmet)}" if unmet and report.outcome is Outcome.FAILED else ""
    harm = (
        f"\nThe repair would have broken: {', '.join(result.spec.id for result in report.harm)}" if report.harm else ""
    )
    return Text.assemble((words, style), score, f"  {counts}", (harm, "bold red"), (held, "red"))
