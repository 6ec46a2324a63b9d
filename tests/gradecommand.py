"""A `breakfix grade` in a process of its own, to be interrupted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


class GradeCommand:
    """The grade of a folder, begun; its temporary files are in `scratch`. `options` are those of `breakfix` itself."""

    def __init__(self, scratch: Path, folder: Path, slug: str, *options: str) -> None:
        self.scratch = scratch
        self.lines: list[str] = []
        self.report = scratch.with_name(f"{scratch.name}-report.txt")
        # A shell that put the tests into the background had them ignore Ctrl-C; the graded process must not.
        begin = ["env", "--default-signal=INT", sys.executable, "-m", "breakfix"]
        with self.report.open("w") as report:
            self.child = subprocess.Popen(
                [*begin, *options, "grade", str(folder), "--exercise", slug],
                env={**os.environ, "TMPDIR": str(scratch)},
                stdout=report,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

    def until(self, words: str) -> None:
        """Read progress until a line holds these words."""
        for line in self.child.stderr or ():
            self.lines.append(line)
            if words in line:
                return
        pytest.fail(
            f"{words!r} never came; exit {self.child.wait()}:\n{''.join(self.lines)}{self.report.read_text('utf-8')}"
        )

    def end(self) -> int:
        """Return the exit code; what was left is told by the caller."""
        self.lines += self.child.stderr or ()
        code = self.child.wait(timeout=120)
        assert self.child.stderr is not None
        self.child.stderr.close()
        assert "Traceback" not in "".join(self.lines), "".join(self.lines)
        return code
