"""What happened in a scenario, in order: pods with their readiness and restarts, answers, phases, events.

All times are seconds since the submission was applied. Made from a report's observations alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

PHASES = {
    "ready": "all replicas ready", "held": "left alone until here", "disturbed": "one server made to hang",
    "recovered": "recovered", "completed": "all Jobs complete", "placed": "all pods placed", "ended": "end of the record",
}  # fmt: skip
STARTING = ("Pending", "Running")  # states of a pod that is on its way, not failing


@dataclass(frozen=True)
class Span:
    """A stretch of time in which something was in one state: ready, starting, failing or ending."""

    start: float
    end: float
    state: str
    label: str


@dataclass(frozen=True)
class Lane:
    """One pod, or one run of a pipeline; `restarts` is when its containers were started again."""

    name: str
    spans: tuple[Span, ...]
    restarts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Moment:
    """Something that happened at one time; `pod` where it happened to one, `warning` where Kubernetes calls it one."""

    t: float
    text: str
    pod: str = ""
    warning: bool = False


@dataclass(frozen=True)
class Timeline:
    """One scenario; `answers` are stretches in which all predictions were right, not all (wrong), or no answer came (none)."""

    scenario: str
    seconds: float
    lanes: tuple[Lane, ...]
    answers: tuple[Span, ...]
    phases: tuple[Moment, ...]
    events: tuple[Moment, ...]
    evidence: str


def timelines(observations: Mapping[str, Any]) -> tuple[Timeline, ...]:
    """Return the timelines of the scenarios in which something was seen to happen."""
    found = (
        _of_runs(name, seen) if "runs" in seen else _of_pods(name, seen)
        for name, seen in observations.items()
        if isinstance(seen, Mapping)
    )
    return tuple(one for one in found if one.lanes or one.events)


def _of_pods(name: str, seen: Mapping[str, Any]) -> Timeline:
    zero = float(seen["phases"].get("applied", 0.0))
    seconds = max(1.0, float(seen["phases"].get("ended", zero)) - zero)
    pods: dict[str, list[Mapping[str, Any]]] = {}
    for snap in seen.get("pods", ()):
        if snap["own"]:
            pods.setdefault(str(snap["name"]), []).append(snap)
    known = {pod: f"pod {number}" for number, pod in enumerate(pods, 1)}
    return Timeline(
        name,
        seconds,
        tuple(_lane(f"{known[pod]}  {pod}", snaps, zero, seconds) for pod, snaps in pods.items()),
        tuple(_answers(seen.get("probes", ()), zero, seconds)),
        tuple(Moment(float(t) - zero, PHASES[phase]) for phase, t in seen["phases"].items() if phase in PHASES),
        tuple(_events(seen.get("events", ()), known, zero)),
        str(seen.get("evidence") or ""),
    )


def _lane(name: str, snaps: Sequence[Mapping[str, Any]], zero: float, end: float) -> Lane:
    spans: list[Span] = []
    for snap, until in zip(snaps, [*(float(later["t"]) - zero for later in snaps[1:]), end], strict=True):
        start = max(0.0, float(snap["t"]) - zero)
        if snap["state"] == "deleted" or start >= end:
            break
        state, label = _state(snap), str(snap["state"])
        if spans and (spans[-1].state, spans[-1].label) == (state, label):
            spans[-1] = Span(spans[-1].start, min(until, end), state, label)
        else:
            spans.append(Span(start, min(until, end), state, label))
    restarts = tuple(
        float(later["t"]) - zero for snap, later in pairwise(snaps) if int(later["restarts"]) > int(snap["restarts"])
    )
    return Lane(name, tuple(spans), restarts)


def _state(snap: Mapping[str, Any]) -> str:
    if snap["deleting"]:
        return "ending"
    if snap["ready"] or str(snap["state"]).startswith("Succeeded"):
        return "ready"
    return "starting" if str(snap["state"]).startswith(STARTING) else "failing"


def _answers(probes: Sequence[Mapping[str, Any]], zero: float, end: float) -> Iterator[Span]:
    """Yield the stretches of seconds in which predictions were all right, not all, or none came at all."""
    by_second: dict[int, list[Mapping[str, Any]]] = {}
    for one in one_by_one(probes):
        if one["kind"] == "predict" and 0 <= float(one["t"]) - zero < end:
            by_second.setdefault(int(float(one["t"]) - zero), []).append(one)
    for state, seconds in groupby(sorted(by_second), lambda second: _quality(by_second[second])):
        stretch = list(seconds)
        asked = [one for second in stretch for one in by_second[second]]
        right = sum(bool(one["correct"]) for one in asked)
        yield Span(float(stretch[0]), min(stretch[-1] + 1.0, end), state, f"{right} of {len(asked)} answers right")


def one_by_one(probes: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield one record for each request, though callers in numbers tell of those that were answered together."""
    for one in probes:
        if one["kind"] == "answered":
            right = {"t": one["t"], "kind": "predict", "status": 200, "correct": True}
            yield from (right for _ in range(sum(one["versions"].values())))
        else:
            yield {**one, "kind": "predict"} if one["kind"] == "lost" else one


def _quality(asked: Sequence[Mapping[str, Any]]) -> str:
    if all(one["correct"] for one in asked):
        return "right"
    return "wrong" if any(one["status"] is not None for one in asked) else "none"


def _events(events: Sequence[Mapping[str, Any]], known: Mapping[str, str], zero: float) -> Iterator[Moment]:
    """Yield what Kubernetes said of the workload's pods; what it repeats is told once, with how often."""
    times: dict[tuple[str, str, bool], list[float]] = {}
    for one in events:
        if one["pod"] in known:
            said = (known[str(one["pod"])], f"{one['reason']}: {one['message']}", one["type"] == "Warning")
            times.setdefault(said, []).append(max(0.0, float(one["t"]) - zero))
    for (pod, text, warning), when in times.items():
        again = f" ({len(when)} times, last at {when[-1]:.1f} s)" if len(when) > 1 else ""
        yield Moment(when[0], text + again, pod, warning)


def _of_runs(name: str, seen: Mapping[str, Any]) -> Timeline:
    """Return the runs of a workflow, each from its own start: how long it took and how it ended."""
    runs = seen["runs"]
    seconds = max([1.0, *(float(run["seconds"]) for run in runs)])
    lanes = tuple(
        Lane(str(run["name"]), (Span(0.0, float(run["seconds"]), _ending(run), str(run["conclusion"])),))
        for run in runs
    )
    events = tuple(
        Moment(float(run["seconds"]), f"{job['id']}: {step['name']}: {step['outcome']}", str(run["name"]), warning=True)
        for run in runs
        for job in run["jobs"]
        for step in job["steps"]
        if step["outcome"] != "success"
    )
    return Timeline(name, seconds, lanes, (), (), events, str(seen.get("evidence") or ""))


def _ending(run: Mapping[str, Any]) -> str:
    return "ready" if run["conclusion"] == "success" else "failing"
