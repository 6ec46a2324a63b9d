"""Rated samples at the command line: what raters practise on before they rate candidates, and how near to ours they came."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from breakfix.console import Terminal
from breakfix.options import Options
from grader.render.text import harmless
from grader.round.samples import apart, by_letter
from grader.round.scorecard import Form, blank, rater_of, read
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.intake.submission import NOTES
from harness.runs import practice

ROUND = "samples"  # what stands in their forms


def write(options: Options, slug: str, rater: str, folder: Path) -> None:
    """Write an exercise's samples as submissions, under letters, and an empty form for each.

    Raises: InputError where there are none, or something stands in `folder` already.
    """
    exercise, terminal = exercises.load(slug), Terminal(options)
    rater = rater_of(rater)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is left as it is; name another place with --dir")
    for letter, sample in by_letter(exercise, rater).items():
        place = folder / letter
        practice.fill(exercise, place)
        for path in exercise.shipped_files.keys() - sample.files.keys():
            (place / path).unlink()
        for path, text in {**sample.files, NOTES: sample.notes}.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text, "utf-8")
        form = folder / f"scorecard-{letter}.yaml"
        form.write_text(blank({"": exercise}, ROUND, letter, rater), "utf-8")
        terminal.out.print(f"{place}: a submission; rate it in {form}", markup=False, soft_wrap=True)
    terminal.out.print(
        f"Grade each as a candidate's, breakfix grade {folder}/a --stage policy or without it, and read NOTES.md.\n"
        f"Then: breakfix scorecard calibrate {folder}/scorecard-*.yaml",
        markup=False, soft_wrap=True,
    )  # fmt: skip


def compare(options: Options, paths: Sequence[Path]) -> None:
    """Show a rater's levels beside ours, and for each that differs why it is ours.

    Raises: InputError for a form that is not filled in, or is on no sample.
    """
    terminal, found = Terminal(options), [read(path) for path in paths]
    distances = [distance for form in found for distance in _compared(terminal, form)]
    same, far = sum(not one for one in distances), sum(abs(one) > 1 for one in distances)
    mean = sum(distances) / len(distances)
    terminal.out.print(
        Text(f"\nThe same level on {same} of {len(distances)} dimensions, two or more apart on {far}.", style="bold")
    )
    word = "more generous" if mean > 0 else "stricter"
    terminal.out.print(
        f"On the whole {abs(mean):.1f} levels {word} than ours."
        if round(mean, 1)
        else "On the whole as strict as ours."
    )
    terminal.out.print(
        Text("Ours are no law: where you differ, two raters of a round should agree among themselves.", style="dim")
    )


def _compared(terminal: Terminal, form: Form) -> list[int]:
    exercise = exercises.load(str(form.about.get("exercise", "")))
    sample = by_letter(exercise, form.rater).get(form.candidate)
    if form.round != ROUND or sample is None:
        raise InputError(
            f"{form.path}:{form.document.line_of(('candidate',))}: is on no sample; `scorecard samples` writes such forms"
        )
    table = Table("dimension", harmless(form.rater), "ours", box=None, padding=(0, 2, 0, 0))
    distances = {one.id: apart(form.ratings[one.id].level, sample.ratings[one.id].level) for one in form.dimensions}
    for one in form.dimensions:
        style = "bold red" if abs(distances[one.id]) > 1 else "yellow" if distances[one.id] else "green"
        table.add_row(harmless(one.title), form.ratings[one.id].level, Text(sample.ratings[one.id].level, style=style))
    terminal.out.print(Text(f"\n{exercise.title}, {form.candidate}: {sample.path.stem}", style="bold"))
    terminal.out.print(Text(sample.story, style="dim"))
    terminal.out.print(table)
    for one in form.dimensions:
        if distances[one.id]:
            terminal.out.print(
                Text.assemble(
                    (f"  {one.title}, {sample.ratings[one.id].level}: ", "dim"), sample.ratings[one.id].evidence
                )
            )
    return list(distances.values())
