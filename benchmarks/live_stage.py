"""Grading live adds little to what the kubelet and the hold windows need."""

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import stopwatch, subject
from benchmarks.finding import Finding

ROUNDS = 3
REPORTED = "removing what was made for the grade"  # the progress line that follows the report
Phases = Mapping[str, float]  # phase → when it ended, in seconds since the epoch


def measure() -> Finding:
    """Grade the reference live; what the kit adds is the time to the report, less its longest scenario's own time."""
    subject.start()  # makes the cluster and puts the images on its node
    runs = [grade() for _ in range(ROUNDS)]
    added = stopwatch.Times(tuple(reported - scenario for reported, _, scenario, _ in runs))
    strict = stopwatch.Times(tuple(reported - waits for reported, _, _, waits in runs))
    whole = stopwatch.Times(tuple(whole for _, whole, _, _ in runs))
    return Finding(
        claim="the report of `breakfix grade --stage live` adds under 5 s to what the kubelet and the hold windows need",
        measured=added.median,
        limit=5.0,
        unit="s",
        detail=f"{added} outside the longest scenario; {strict} outside its waits for the kubelet and its holds; "
        f"whole process, until the cluster has deleted the namespaces: {whole}",
    )


def grade() -> tuple[float, float, float, float]:
    """Return the seconds of one live grade: to the report, to the end, of its longest scenario, of that one's waits."""
    reports: list[float] = []

    def seen(line: str) -> None:
        if REPORTED in line:
            reports.append(time.monotonic())

    with tempfile.TemporaryDirectory(prefix="breakfix-bench-") as folder:
        output = Path(folder) / "report.json"
        words = ("grade", subject.reference(), "--exercise", subject.SLUG, "--stage", "live", "--yes")
        began = time.monotonic()
        subject.breakfix(*words, "--format", "json", "--output", output, on_line=seen)
        whole = time.monotonic() - began
        report = json.loads(output.read_text("utf-8"))
    played = [scenario["phases"] for scenario in report["observations"].values()]
    longest = max(played, key=lasted)
    return reports[0] - began, whole, lasted(longest), waited(longest)


def lasted(phases: Phases) -> float:
    """Return the seconds from the last object applied to the end of the scenario."""
    return phases["ended"] - phases["applied"]


def waited(phases: Phases) -> float:
    """Return the seconds of a scenario in which only the kubelet or a hold window was waited for."""
    spans = (("applied", "ready"), ("settled", "held"), ("disturbed", "recovered"))
    return sum(phases[end] - phases[begin] for begin, end in spans if end in phases)
