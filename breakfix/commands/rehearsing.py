"""Play at the command line: a scenario in the candidate's own namespaces, and what was seen of it."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.markup import escape

from breakfix.console import Terminal
from breakfix.options import Options
from grader.report.timeline import Lane, Timeline, one_by_one, timelines
from grader.venues import venue_of
from harness.core.errors import InputError
from harness.exercises import variants
from harness.exercises.exercise import Exercise
from harness.exercises.scenarios import Scenario
from harness.intake import times
from harness.intake.submission import collect

CALLERS = {
    "predict": "the callers of the ticket", "lost": "theirs that were lost, as far as they are told one by one", "anonymous": "callers without a token", "stranger": "strangers",
}  # fmt: skip


def play(options: Options, name: str, folder: Path) -> int:
    """Play a scenario on a workspace and print what was seen; return the exit code: 1 where the files cannot be read."""
    exercise = variants.of_workspace(folder)
    scenario = scenario_of(exercise, name)
    # What talks to clusters takes long to load on a busy machine: who asked for what cannot be played need not wait for it.
    from breakfix.commands.practice import opened  # noqa: PLC0415
    from grader.live.rehearsal import rehearse  # noqa: PLC0415

    terminal = Terminal(options)
    times.worked(folder, "play")
    submission = collect(exercise, folder)
    if submission.problems:
        for problem in submission.problems:
            terminal.err.print(f"[bold red]{escape(problem.file)}:{problem.line}[/] {escape(problem.message)}")
        terminal.err.print("nothing was played: mend these files first")
        return 1
    with opened(terminal, options, exercise) as session:
        seen = rehearse(submission, scenario, session.admin, threading.Event(), terminal.tell)
    terminal.out.print(f"[bold]{escape(name)}[/]: {escape(scenario.title)}")
    for line in story(seen):
        terminal.out.print(line, markup=False, highlight=False, soft_wrap=True)
    terminal.out.print(
        "\nThat is what happened, not a verdict: breakfix check says what the public checks make of your files."
    )
    return 0


def scenario_of(exercise: Exercise, name: str) -> Scenario:
    """Return the scenario of that name.

    Raises: InputError that lists those there are, or where none can be played in namespaces of one's own.
    """
    if not venue_of(exercise).on_cluster:
        raise InputError(f"{exercise.slug} has no namespaces; play its public scenarios with: breakfix check")
    if exercise.simulated:
        raise InputError(
            f"{exercise.slug} has simulated nodes, on which nothing runs; see what is placed with: breakfix status"
        )
    for scenario in exercise.scenarios:
        if scenario.name == name:
            return scenario
    known = "".join(f"\n  {one.name}: {one.title}" for one in exercise.scenarios)
    raise InputError(f"{exercise.slug} has no scenario {name!r}; it has{known}")


def story(seen: Mapping[str, Any]) -> Iterator[str]:
    """Yield what happened, a line each: refusals, then by time, then each pod, then who called and what came back."""
    yield from (f"refused: {one['object']}: {one['message']}" for one in seen["apply_errors"])
    for timeline in timelines({seen["scenario"]: seen}):
        moments = sorted((*_moments(timeline, seen), *_came(seen), *_ended(seen)))
        yield from (f"{t:7.1f} s  {text}" for t, text in moments)
        yield from map(_lane, timeline.lanes)
    if seen.get("last_seen"):
        yield f"at the end: {seen['last_seen']}"
    yield from (_job(job) for job in seen.get("jobs", ()))
    yield from _calls(seen["probes"])
    if seen["evidence"]:
        yield f"{seen['evidence']}; what was not seen may be the machine's doing"
    yield from (f"at {one['t'] - _zero(seen):.1f} s {one['what']}" for one in seen.get("stalls", ()))


def _moments(timeline: Timeline, seen: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    zero = _zero(seen)
    predictions = [(float(one["t"]) - zero, one) for one in one_by_one(seen["probes"]) if one["kind"] == "predict"]
    phases = [(0.0, "your files are applied"), *((moment.t, moment.text) for moment in timeline.phases)]
    for (start, text), end in zip(phases, [*(t for t, _ in phases[1:]), timeline.seconds], strict=True):
        asked = [one for t, one in predictions if start <= t < end]
        right = sum(bool(one["correct"]) for one in asked)
        yield start, f"{text}; from here on {right} of {len(asked)} answers are right" if asked else text
    yield from ((moment.t, f"{moment.pod}: {moment.text}") for moment in timeline.events if moment.warning)
    for wave in seen.get("waves", ())[1:]:
        done = [
            *(f"{job} is applied" for job in wave["jobs"]),
            *([f"{wave['evicted']} is evicted"] if wave["evicted"] else []),
        ]
        yield from ((float(wave["t"]) - zero, text) for text in done)


def _came(seen: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    """Yield what releases, drains and more load came to, and when requests of callers in numbers were lost."""
    zero = _zero(seen)
    for one in seen.get("rollouts", ()):
        yield float(one["t"]) - zero, f"a rollout is waited for: {_after(one) or one['said']}"
    for one in seen.get("drains", ()):
        yield float(one["t"]) - zero, f"{one['node']} is drained: {_after(one) or _left(one)}"
    for one in seen.get("scaled", ()):
        yield (
            float(one["t"]) - zero,
            f"{one['least']} ready pods are waited for: {_after(one) or str(one['ready']) + ' are ready'}",
        )
    for one in seen.get("loads", ()):
        yield float(one["t"]) - zero, f"{one['rps']:g} requests a second from now on"
    lost = Counter(int(float(one["t"]) - zero) for one in seen["probes"] if one["kind"] == "lost")
    for _, run in groupby(enumerate(sorted(lost)), key=lambda one: one[1] - one[0]):
        seconds = [second for _, second in run]
        count = sum(lost[second] for second in seconds)
        span = "this second" if len(seconds) == 1 else f"these {len(seconds)} seconds"
        yield float(seconds[0]), f"{count} requests that were sent in {span} are lost"


def _ended(seen: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    """Yield what became of each Job that was made of a CronJob, and what the workload wrote down of what these did to it."""
    zero, tellings = _zero(seen), seen.get("tellings", ())
    words = {one["job"]: tellings[one["telling"] - 1]["word"] for one in seen.get("starts", ()) if one["telling"]}
    for one in seen.get("starts", ()):
        if one["trouble"]:
            yield float(one["t"]) - zero, f"no Job of CronJob/{one['cronjob']}: {one['trouble']}"
    for one in seen.get("ends", ()):
        over = "not over in time" if one["over"] is None else f"{one['end']} after {one['over'] - one['began']:.1f} s"
        tries = f", tried {one['tries']} times" if one["tries"] > 1 else ""
        yield float(one["began"]) - zero, f"{words.get(one['job'], 'by hand')}: Job/{one['job']}, {over}{tries}"
    entries = next((one["answer"]["entries"] for one in reversed(tellings) if "entries" in one["answer"]), ())
    for entry in entries:
        facts = ", ".join(f"{name} {_short(fact)}" for name, fact in entry.items() if name not in ("t", "call"))
        if not {"pod", "number"} & set(entry):  # who read what, and the nights themselves
            yield float(entry["t"]) - zero, f"{entry['call']}: {facts}"


def _short(fact: object) -> str:
    return f"{fact:.4g}" if isinstance(fact, float) else str(fact)


def _after(one: Mapping[str, Any]) -> str:
    return "" if one["over"] is None else f"done after {one['over'] - one['t']:.1f} s"


def _left(drain: Mapping[str, Any]) -> str:
    refused = [f"{pod['pod']} is refused: {pod['refused']}" for pod in drain["pods"] if pod["evicted"] is None]
    return "; ".join(refused) or "not done in time; its pods were told to end"


def _zero(seen: Mapping[str, Any]) -> float:
    return float(seen["phases"].get("applied", 0.0))


def _lane(lane: Lane) -> str:
    states = [(state, next(spans)) for state, spans in groupby(lane.spans, key=lambda span: span.state)]
    spans = ", ".join(f"{state} from {first.start:.0f} s" for state, first in states)
    restarts = f"; started again at {', '.join(f'{t:.0f} s' for t in lane.restarts)}" if lane.restarts else ""
    return f"{lane.name}: {spans}{restarts}"


def _job(job: Mapping[str, Any]) -> str:
    return f"Job/{job['name']}: {', '.join(job['ends']) or 'has not ended'}"


def _calls(probes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if answered := [one for one in probes if one["kind"] == "answered"]:
        right, lost = (
            sum(told) for told in zip(*((sum(one["versions"].values()), one["lost"]) for one in answered), strict=True)
        )
        yield f"{right + lost} requests of {CALLERS['predict']}: {right} x right, {lost} x lost"
    for kind, words in CALLERS.items():
        calls = [one for one in probes if one["kind"] == kind]
        answers = Counter(_answer(one) for one in calls)
        if calls:
            yield f"{len(calls)} requests of {words}: " + ", ".join(
                f"{n} x {what}" for what, n in answers.most_common()
            )


def _answer(one: Mapping[str, Any]) -> str:
    if one["status"] is None:
        return str(one["error"])
    return f"{one['status']}{', right' if one['correct'] else ''}"
