"""Grading live adds little to what the kubelet and the hold windows need."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding

ROUNDS = 3
Phases = Mapping[str, float]  # phase → when it ended, in seconds since the epoch


def measure() -> Finding:
    """Grade the reference live; what the kit adds is all the process took, less its longest scenario's own time."""
    subject.start()  # makes the cluster and puts the images on its node
    runs = [grade() for _ in range(ROUNDS)]
    added = stopwatch.Times(tuple(whole - scenario for whole, scenario, _ in runs))
    strict = stopwatch.Times(tuple(whole - waits for whole, _, waits in runs))
    whole = stopwatch.Times(tuple(whole for whole, _, _ in runs))
    return Finding(
        claim="`breakfix grade --stage live` adds under 5 s to what the kubelet and the hold windows need",
        measured=added.median,
        limit=5.0,
        unit="s",
        detail=f"{added} outside the longest scenario; {strict} outside its waits for the kubelet and its holds; whole process: {whole}",
    )


def grade() -> tuple[float, float, float]:
    """Return the seconds of one live grade: the whole process, its longest scenario, that scenario's waits."""
    with tempfile.TemporaryDirectory(prefix="breakfix-bench-") as folder:
        output = Path(folder) / "report.json"
        words = ("grade", subject.reference(), "--exercise", subject.SLUG, "--stage", "live", "--yes")
        whole = stopwatch.seconds(lambda: subject.breakfix(*words, "--format", "json", "--output", output))
        report = json.loads(output.read_text("utf-8"))
    played = [scenario["phases"] for scenario in report["observations"].values()]
    longest = max(played, key=lasted)
    return whole, lasted(longest), waited(longest)


def lasted(phases: Phases) -> float:
    """Return the seconds from the last object applied to the end of the scenario."""
    return phases["ended"] - phases["applied"]


def waited(phases: Phases) -> float:
    """Return the seconds of a scenario in which only the kubelet or a hold window was waited for."""
    spans = (("applied", "ready"), ("settled", "held"), ("disturbed", "recovered"))
    return sum(phases[end] - phases[begin] for begin, end in spans if end in phases)
