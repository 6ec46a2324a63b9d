"""A comparison in its forms: for a terminal, as JSON (comparison.schema.json, in this folder), as CSV, as a page."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.render import html, outline
from grader.render.text import harmless
from grader.report.report import Outcome, Tally, Verdict
from grader.round.alike import ADVICE as LOOK
from grader.round.comparison import Comparison, Item, Row
from harness.core.words import length

SCHEMA = Path(__file__).parent / "comparison.schema.json"
ADVICE = "Scores are advice, and their order is no ranking of people: people decide, with `breakfix scorecard`."
SAME = {
    "passed": "Passed by everybody: they tell nobody apart",
    "failed": "Passed by nobody: too hard, or broken; look at them before you count them",
}
ALIKE = "Alike beyond what the task explains"
TIME = "Time noted, and in brackets what was agreed beyond the planned time"
STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.UNDECIDED: "magenta"}
OUTCOMES = {Outcome.PASSED: "passed", Outcome.FAILED: "not passed", Outcome.UNDECIDED: "undecided"}


def scored(row: Row) -> str:
    """Return a candidate's score; `open` where the outcome is decided without it."""
    if row.score is not None:
        return str(row.score)
    return "" if row.outcome is Outcome.UNDECIDED else "open"


def told(row: Row) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what is to be read of a candidate beside the points: harm first and apart, each with its checks."""
    left = tuple(name for name in row.unmet if name not in row.harm)
    found = (("would have broken", row.harm), ("musts not met", left), ("undecided", row.undecided))
    return tuple((words, names) for words, names in found if names)


def hours(row: Row) -> str:
    """Return the minutes between the first command and the submit as noted, and those beyond the planned time."""
    if row.hours is None:
        return ""
    noted = "not noted" if row.hours.between is None else length(row.hours.between)
    return noted + (f" (+{length(row.hours.extra_minutes)})" if row.hours.extra_minutes else "")


def as_json(found: Comparison) -> str:
    """Return the comparison as JSON, in ASCII alone."""
    return json.dumps(asdict(found), indent=2) + "\n"


def as_csv(found: Comparison) -> str:
    """Return a line for each candidate, also for those without a report; of a void check the reason is its cell."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    parts = [f"{name} (of {points})" for name, points in found.points.items()]
    beside = ("extra_minutes", "noted_minutes", "would_have_broken", "unmet_musts")
    rows.writerow(["candidate", "outcome", "score", "pass_mark", *parts, *beside, *(one.id for one in found.checks)])
    for row in found.rows:
        earned = ["" if one.verdict is Verdict.ERROR else one.earned for one in row.requirements]
        cells = [_cell(row.verdicts[one.id], one) for one in found.checks]
        told = (*_minutes(row), " ".join(row.harm), " ".join(row.unmet))
        rows.writerow([row.candidate, OUTCOMES[row.outcome], scored(row), found.pass_mark, *earned, *told, *cells])
    for name in found.missing or ():
        rows.writerow([name, "no report", "", found.pass_mark, *[""] * (len(parts) + len(beside) + len(found.checks))])
    return out.getvalue()


def _minutes(row: Row) -> tuple[int | str, int | str]:
    if row.hours is None:
        return "", ""
    return row.hours.extra_minutes, "" if row.hours.between is None else row.hours.between


def _cell(verdict: Verdict, item: Item) -> str:
    return f"VOID: {harmless(item.void)}" if verdict is Verdict.VOID else verdict.value


def as_page(found: Comparison) -> str:
    """Return the comparison as one HTML page that needs nothing else."""
    page: str = html.template("comparison.html.j2").render(
        found=found, outline=outline, scored=scored, told=told, hours=hours, outcomes=OUTCOMES, advice=ADVICE, time=TIME, alike=ALIKE, look=LOOK, same=SAME, groups=_groups(found),
        Verdict=Verdict,
    )  # fmt: skip
    return page


FORMS: Mapping[str, Callable[[Comparison], str]] = {"json": as_json, "csv": as_csv, "html": as_page}


def _groups(found: Comparison) -> list[tuple[str, tuple[Row, ...]]]:
    """Return the rows that are decided, and apart from them those that are not, each under its heading."""
    decided = tuple(row for row in found.rows if row.outcome is not Outcome.UNDECIDED)
    open_ones = tuple(row for row in found.rows if row.outcome is Outcome.UNDECIDED)
    heading = "Undecided: the machine failed or a check did, not the candidate; grade again"
    return [(name, rows) for name, rows in (("By outcome and score", decided), (heading, open_ones)) if rows]


def show(found: Comparison, console: Console) -> None:
    """Print the comparison."""
    console.print(Text.assemble((found.title, "bold"), f"  ({found.slug}, {outline.STAGES[found.stage]})"))
    console.print(
        Text(f"Round {harmless(found.round)}, kit {harmless(found.kit)}, pass mark {found.pass_mark}", style="dim")
    )
    for heading, rows in _groups(found):
        console.print()
        console.print(Text(heading, style="bold"))
        console.print(_table(found, rows))
    for line in _below(found):
        console.print(line)


def _table(found: Comparison, rows: tuple[Row, ...]) -> Table:
    table = Table(box=None, padding=(0, 1))
    table.add_column("candidate\n", no_wrap=True)
    table.add_column("outcome\n", no_wrap=True)
    table.add_column(f"score\n({found.pass_mark})", justify="right", no_wrap=True)
    for name, points in found.points.items():
        table.add_column(f"{name}\nof {points}", justify="right", no_wrap=True)
    if any(row.harm for row in rows):
        table.add_column("would have\nbroken", overflow="fold")
    table.add_column("undecided" if rows[0].outcome is Outcome.UNDECIDED else "musts not met", overflow="fold")
    for row in rows:
        score = scored(row)
        left = tuple(name for name in row.unmet if name not in row.harm)
        named = [row.harm] if any(other.harm for other in rows) else []
        named.append(row.undecided if row.outcome is Outcome.UNDECIDED else left)
        outcome = Text(OUTCOMES[row.outcome], style=STYLES[row.outcome])
        table.add_row(row.candidate, outcome, score, *map(_earned, row.requirements), *map(", ".join, named))
    return table


def _earned(one: Tally) -> str:
    return {Verdict.ERROR: "?", Verdict.VOID: "void"}.get(one.verdict, str(one.earned))


def _below(found: Comparison) -> Iterator[Text]:
    if found.missing:
        yield Text(f"\nNo report: {', '.join(found.missing)}", style="yellow")
    for kind, told in SAME.items():
        if found.same(kind):
            yield Text(f"\n{told}", style="bold")
            yield from (_line(one, harmless(one.claim)) for one in found.same(kind))
    if found.voided:
        yield Text("\nVoid: counts for nobody", style="bold")
        yield from (_line(one, harmless(one.void)) for one in found.voided)
    if found.alike:
        yield Text(f"\n{ALIKE}", style="bold")
        yield from (Text(f"  {harmless(str(one))}") for one in found.alike)
        yield Text(LOOK, style="dim")
    timed = [row for row in found.rows if row.hours is not None]
    if timed:
        yield Text(f"\n{TIME}", style="bold")
        yield from (Text.assemble("  ", (row.candidate, "bold"), f"  {hours(row)}") for row in timed)
        yield Text(outline.HOURS, style="dim")
    yield Text(f"\n{ADVICE}")


def _line(one: Item, text: str) -> Text:
    must = " · must" if one.must else ""
    return Text.assemble("  ", (one.id, "bold"), f"  {text}", (f"  {one.requirement} · {one.points}{must}", "dim"))
