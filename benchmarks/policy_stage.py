"""The policy stage of one submission is quick enough to run at every save."""

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding

ROUNDS = 7


def measure() -> Finding:
    """Grade the reference, policy stage alone, and run a Python program that does nothing in turn."""
    words = ("grade", subject.reference(), "--exercise", subject.SLUG, "--stage", "policy")
    subject.breakfix(*words)  # the first run after an installation compiles modules
    ours, theirs = stopwatch.alternating(ROUNDS, lambda: subject.breakfix(*words), subject.do_nothing)
    ratio = ours.median / theirs.median
    return Finding(
        claim="the policy stage of one submission takes under 1 s, whole process",
        measured=ours.median,
        limit=1.0,
        unit="s",
        detail=f"{ours}; {ratio:.1f} x `python -c pass`: {theirs}",
    )
