"""What authors of exercises do: begin a new one, and break its workspace again after a change."""

import re
from pathlib import Path

from rich.markup import escape

from breakfix.console import Terminal
from breakfix.options import Options
from harness.core import artifacts, listing, paths
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.exercises.exercise import Exercise

TEMPLATE = Path(__file__).parents[1] / "template"
PLACEHOLDER = "new-exercise"
LONGEST = 36  # a namespace is called after it, and a run adds its token


def new(options: Options, slug: str, folder: Path) -> None:
    """Write a new exercise and its solution into a pack (or the kit), and say what comes next."""
    if not TEMPLATE.is_dir():
        raise InputError("this is a candidate's copy of the kit; begin exercises with the kit itself")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > LONGEST:
        raise InputError(f"{slug!r} cannot be a slug: lower-case words joined by '-', {LONGEST} characters at most")
    places = [root / part / slug for root in (folder, paths.KIT) for part in ("exercises", "solutions")]
    taken = [place for place in places if place.exists()]
    if taken:
        raise InputError(f"{taken[0]} exists; choose another slug, or remove it first")
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        target = folder / source.relative_to(TEMPLATE).as_posix().replace(PLACEHOLDER, slug)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text("utf-8").replace(PLACEHOLDER, slug), "utf-8")
    exercise = exercises.read(folder / "exercises" / slug)
    _break(exercise)
    out = Terminal(options).out
    todo = sum(path.read_text("utf-8").count("TODO") for path in _files(exercise))
    out.print(
        f"[bold]{escape(str(exercise.folder))}[/] is what candidates get; [bold]{escape(str(exercise.solution))}[/] is yours."
    )
    out.print(f"It can be graded as it is. It is not real yet: {todo} places say TODO, requirement R2 has no check,")
    out.print("and there are no alternatives and no cheats. The steps are in CONTRIBUTING.md, under: Add an exercise.")
    if folder.resolve() != paths.KIT:
        out.print(f"\nThe commands find it with: export BREAKFIX_PACKS={escape(str(folder.resolve()))}", soft_wrap=True)


def rebreak(options: Options, slug: str) -> None:
    """Make an exercise's workspace again, and say which files changed."""
    changed = _break(exercises.load(slug))
    out = Terminal(options).out
    for path in changed:
        out.print(escape(path))
    out.print(f"{len(changed)} files changed" if changed else "nothing changed: the workspace is reference plus faults")


def _break(exercise: Exercise) -> list[str]:
    """Put the reference with the shipped faults into the workspace; return what changed there.

    Raises: InputError for an exercise that begins blank.
    """
    if exercise.blank:
        raise InputError(f"{exercise.slug} begins blank: its workspace is written by hand, and nothing is broken in it")
    wanted = faults.broken_files(exercise, faults.table(exercise).shipped())
    there = exercise.shipped_files
    gone = [path for path in there if path not in wanted]
    new_or_other = [
        path for path, text in wanted.items() if path not in there or there[path].read_text("utf-8") != text
    ]
    for path in gone:
        artifacts.remove(there[path])
    for path in new_or_other:
        (exercise.workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (exercise.workspace / path).write_text(wanted[path], "utf-8")
    return sorted([*gone, *new_or_other])


def _files(exercise: Exercise) -> list[Path]:
    folders = [exercise.folder, faults.solution_of(exercise)]
    return [path for folder in folders for path in listing.files(folder).values()]
