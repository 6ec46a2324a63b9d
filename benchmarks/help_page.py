"""The command line answers `--help` at once."""

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding

ROUNDS = 9


def measure() -> Finding:
    """Run `breakfix --help` and a Python program that does nothing in turn."""
    subject.breakfix("--help")  # the first run after an installation compiles modules
    ours, theirs = stopwatch.alternating(ROUNDS, lambda: subject.breakfix("--help"), subject.do_nothing)
    ratio = ours.median / theirs.median
    return Finding(
        claim="`breakfix --help` answers in under 0.3 s",
        measured=ours.median,
        limit=0.3,
        unit="s",
        detail=f"{ours}; {ratio:.1f} x `python -c pass`: {theirs}",
    )
