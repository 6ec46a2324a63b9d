"""Submit at the command line: one archive, and what its author should know before it is sent."""

import hashlib
from pathlib import Path

from breakfix.console import Terminal
from breakfix.options import Options
from harness import handin, times, variants
from harness.submission import collect


def submit(options: Options, folder: Path, output: Path) -> None:
    """Write the archive of a workspace and say what it holds."""
    terminal = Terminal(options)
    exercise = variants.of_workspace(folder)
    submission = collect(exercise, folder)
    times.submitted(folder, handin.digest(submission, folder))
    packed = handin.pack(submission, folder)
    output.write_bytes(packed.data)
    for name in packed.names:
        terminal.out.print(f"  {name}", markup=False)
    digest = hashlib.sha256(packed.data).hexdigest()
    terminal.out.print(f"{output}: {len(packed.data)} bytes, sha256:{digest}", markup=False, soft_wrap=True)
    for warning in packed.warnings:
        terminal.err.print(f"warning: {warning}", style="yellow", markup=False)
