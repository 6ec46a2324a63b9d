"""Draws docs/pictures/check.svg from a report that a cluster gave: python docsite/pictures.py."""

import io
from dataclasses import replace
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from grader.grading import public
from grader.render import data, terminal
from harness.exercises import exercise as exercises

KIT = Path(__file__).resolve().parent.parent
REPORT = KIT / "tests" / "reports" / "broken.json"
PICTURE = KIT / "docs" / "pictures" / "check.svg"
WIDTH = 112
FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'  # what readers have: nothing is fetched


def draw() -> str:
    """Return what `breakfix check` prints of the broken state, as a picture."""
    team = data.read(REPORT)
    shown = tuple(one for one in team.results if one.spec.visibility == "public")
    report = public.only(replace(team, results=shown, interview=None), exercises.load(team.slug))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print("$ breakfix check\n", style="dim", markup=False)
    terminal.show(report, console)
    head, _, rest = CONSOLE_SVG_FORMAT.partition("@font-face")
    form = head + rest[rest.index(".{unique_id}-matrix") :].replace(
        "font-family: Fira Code, monospace", f"font-family: {FONT}"
    )
    return console.export_svg(title="breakfix check", code_format=form, unique_id="check")


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
