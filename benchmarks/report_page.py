"""A report becomes a page at once: a batch of them costs nothing, and nobody waits for one."""

from pathlib import Path

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding

ROUNDS = 7
KEPT = Path(__file__).parent.parent / "tests" / "reports" / "broken.json"  # of a live grade


def measure() -> Finding:
    """Render a live grade's report to HTML, and ask the same program for help in turn; whole processes."""
    words = ("report", KEPT, "--format", "html")
    subject.breakfix(*words)  # the first run after an installation compiles modules
    ours, theirs = stopwatch.alternating(ROUNDS, lambda: subject.breakfix(*words), lambda: subject.breakfix("--help"))
    return Finding(
        claim="a live grade's report is read and rendered to HTML in under 0.2 s more than `breakfix --help`",
        measured=ours.median - theirs.median,
        limit=0.2,
        unit="s",
        detail=f"{ours}; `breakfix --help`: {theirs}",
    )
