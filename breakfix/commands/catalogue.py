"""What exercises there are."""

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from breakfix import programs, record
from breakfix.console import Terminal
from breakfix.options import Options
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.hiring import takehomes
from harness.hiring.takehomes import Prepared


def list_all(options: Options, *, as_json: bool = False) -> None:
    """Print one line for each exercise, and for each take-home, or all that there are as JSON."""
    if as_json:
        found = [exercises.read(folder) for folder in exercises.slugs().values()]
        programs.write(programs.listed(found, [takehomes.load(name) for name in takehomes.names()]))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("exercise", "level", "time", "progress", "about"):
        table.add_column(heading, style="bold" if heading == "exercise" else "")
    for folder in exercises.slugs().values():
        one = exercises.read(folder)
        table.add_row(one.slug, one.level, time_of(one), _so_far(one), one.title)
    out = Terminal(options).out
    out.print(table)
    _list_takehomes(out)


def _list_takehomes(out: Console) -> None:
    """Print one line for each take-home; a candidate's copy of the kit has none."""
    found = [takehomes.load(name) for name in takehomes.names()]
    if not found:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("take-home", "time", "parts", "about"):
        table.add_column(heading, style="bold" if heading == "take-home" else "")
    for one in found:
        table.add_row(one.name, f"{one.time} (estimate)", ", ".join(one.parts.values()), one.title)
    out.print()
    out.print(table)


def _show_takehome(out: Console, one: Prepared) -> None:
    """Print a take-home: its story and its parts."""
    out.print(f"[bold]{one.title}[/]\n{one.name} · {one.time} (estimate) · {len(one.parts)} parts\n")
    for part, exercise in one.parts.items():
        form = f", the short form of {one.short[part]} faults" if part in one.short else ""
        out.print(f"  {part}: {exercise}{form}", markup=False)
    out.print(Markdown(one.told))
    out.print(f"\nA round of your own: breakfix bundle --takehome {one.name}", markup=False)


def show(options: Options, slug: str, *, as_json: bool = False) -> None:
    """Print what a candidate reads, and what it takes; of a take-home its story and its parts."""
    out = Terminal(options).out
    if slug not in exercises.slugs() and slug in takehomes.names():
        found = takehomes.load(slug)
        if as_json:
            programs.write(programs.shown_takehome(found))
        else:
            _show_takehome(out, found)
        return
    one = exercises.load(slug)
    if as_json:
        programs.write(programs.shown(one))
        return
    out.print(
        f"[bold]{one.title}[/]\n{one.slug} version {one.version} · {one.level} · {time_of(one)} · {', '.join(one.topics)}\n"
    )
    for variant, progress in record.all_of(one).items():
        out.print(f"your progress on {variant}: {progress.told()}", markup=False)
    out.print(Markdown(one.ticket))
    if one.scenarios and not one.simulated:
        out.print("\n[bold]Scenarios[/], to try on your own namespaces with `breakfix play SCENARIO`")
        for scenario in one.scenarios:
            out.print(f"  {scenario.name}: {scenario.title}", markup=False)


def _so_far(one: Exercise) -> str:
    """Return the furthest that any variant of the exercise got."""
    every = record.all_of(one).values()
    if not every:
        return "-"
    passed = sum(progress.passed for progress in every)
    if passed:
        return "passed" if len(every) == 1 else f"passed {passed} of {len(every)}"
    return max(every, key=lambda progress: (progress.public, progress.best)).state


def time_of(one: Exercise) -> str:
    """Return how long the exercise takes, and whether anybody has measured it."""
    guessed = "" if one.minutes.get("piloted") else " (estimate)"
    return f"{one.minutes['from']}-{one.minutes['to']} minutes{guessed}"
