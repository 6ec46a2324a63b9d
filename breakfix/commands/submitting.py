"""Submit at the command line: one archive, and what its author should know before it is sent."""

import hashlib
from pathlib import Path

from breakfix.console import Terminal
from breakfix.options import Options
from harness.core.errors import InputError
from harness.exercises import marker, variants
from harness.intake import handin, times
from harness.intake.handin import HandedIn
from harness.intake.submission import Submission, collect


def submit(options: Options, folder: Path, output: Path) -> None:
    """Write the archive of a workspace, or of all parts of a take-home, and say what it holds."""
    terminal = Terminal(options)
    packed = _packed(folder)
    output.write_bytes(packed.data)
    for name in packed.names:
        terminal.out.print(f"  {name}", markup=False)
    digest = hashlib.sha256(packed.data).hexdigest()
    terminal.out.print(f"{output}: {len(packed.data)} bytes, sha256:{digest}", markup=False, soft_wrap=True)
    for warning in packed.warnings:
        terminal.err.print(f"warning: {warning}", style="yellow", markup=False)


def _packed(folder: Path) -> HandedIn:
    """Return the archive of what is in a folder, in which the time is noted.

    Raises: InputError where it is no workspace, or one part of a take-home alone.
    """
    _, parts = marker.parts_of(folder)
    if parts:
        return handin.pack_parts({name: _collected(folder / name) for name in parts}, folder)
    above = folder.resolve().parent
    if folder.resolve().name in marker.parts_of(above)[1]:
        raise InputError(f"{folder} is one part of a take-home; hand in all of it at once: breakfix submit {above}")
    return handin.pack(_collected(folder), folder)


def _collected(folder: Path) -> Submission:
    submission = collect(variants.of_workspace(folder), folder)
    times.submitted(folder, handin.digest(submission, folder))
    return submission
