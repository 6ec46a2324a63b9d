"""What a run of a workflow did, made from act's log and the sandbox's records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAIN = "Main"
TEXT = 20_000  # characters of a model or a report that a record keeps
REPORTS = 10


@dataclass(frozen=True)
class Step:
    """One step: how it ended, and what its job made of that (`continue-on-error` turns a failure into a success)."""

    id: str
    name: str
    outcome: str
    conclusion: str
    tail: tuple[str, ...] = ()  # the last lines that a step printed which failed


@dataclass(frozen=True)
class Job:
    """One job, or one leg of its matrix, as an event started it.

    `result` is success, failure, or cut where the log ends before it. `stage` tells events of the same name apart, and
    `label` is workflow and name, as the engine writes them.
    """

    id: str
    event: str
    stage: str
    label: str
    matrix: Mapping[str, Any]
    result: str
    steps: tuple[Step, ...]
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """One run. `conclusion` is success, failure, or, with a `finding`, refused or overrun."""

    name: str
    conclusion: str
    finding: str
    jobs: tuple[Job, ...]
    artifacts: Mapping[str, list[str]]
    registered: tuple[Mapping[str, Any], ...]
    deployed: tuple[Mapping[str, Any], ...]
    calls: tuple[Mapping[str, Any], ...]
    heard: tuple[Mapping[str, Any], ...]
    stages: tuple[Mapping[str, Any], ...]
    concurrency: tuple[Mapping[str, str], ...]
    words: tuple[str, ...]
    seconds: float


def run_of(record: Mapping[str, Any]) -> Run:
    """Return the typed run for what the supervisor wrote down of it."""
    jobs = tuple(_jobs(record["log"]))
    conclusion, finding = _conclusion(record, jobs)
    return Run(
        record["name"],
        conclusion,
        finding,
        jobs,
        record["artifacts"],
        tuple(map(_entry, record["registered"])),
        tuple(record["deployed"]),
        tuple(record["calls"]),
        tuple(record["heard"]),
        tuple(record.get("stages", ())),
        tuple(record["concurrency"]),
        tuple(record["words"]),
        record["seconds"],
    )


def _entry(registered: Mapping[str, Any]) -> dict[str, Any]:
    """Return a registry entry at a length that a report can carry, whatever was registered."""
    reports = list(registered["reports"].items())[:REPORTS]
    return {
        "version": registered["version"],
        "model": registered["model"][:TEXT],
        "reports": {name[:200]: text[:TEXT] for name, text in reports},
    }


def _conclusion(record: Mapping[str, Any], jobs: tuple[Job, ...]) -> tuple[str, str]:
    if record["overrun"]:
        return "overrun", str(record["overrun"])
    if record["code"] is None or record["code"] < 0:
        return "overrun", "the workflow's own runner was killed while it ran: by a step, or for want of memory"
    if not jobs and record["code"]:
        said = " ".join(record["words"][-2:])[-300:]
        return "refused", f"the engine cannot run the workflow: {said}"
    return ("failure" if record["code"] else "success"), ""


def _jobs(log: list[Mapping[str, Any]]) -> Iterator[Job]:
    """Yield the jobs in the order in which they are first spoken of."""
    by_name: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in log:
        if entry.get("jobID"):
            event, stage = str(entry.get("event", "")), str(entry.get("stage_key", ""))
            by_name.setdefault((event, stage, str(entry.get("job")).strip()), []).append(entry)
    for (event, stage, label), entries in by_name.items():
        result = next((str(one["jobResult"]) for one in reversed(entries) if "jobResult" in one), "cut")
        outputs = {str(one.get("name")): str(one.get("arg")) for one in entries if one.get("command") == "set-output"}
        matrix = entries[0].get("matrix") or {}
        yield Job(
            str(entries[0]["jobID"]), event, stage, label, matrix, result, tuple(_steps(entries, result)), outputs
        )


def _steps(entries: list[Mapping[str, Any]], result: str) -> Iterator[Step]:
    """Yield the steps proper; a failure in a job that succeeded was one to continue on.

    A composite action prints nothing itself: what the last step in it that failed had printed counts as its own.
    """
    within: dict[str, tuple[str, ...]] = {}
    for one in entries:
        place = one.get("stepID") or ()
        if one.get("stage") != MAIN or "stepResult" not in one or not place:
            continue
        outcome, step, tail = str(one["stepResult"]), str(place[0]), tuple(one.get("tail", ()))
        if len(place) > 1:
            within[step] = tail or within.get(step, ())
            continue
        conclusion = "success" if outcome == "failure" and result == "success" else outcome
        tail = tail or (within.get(step, ()) if outcome == "failure" else ())
        yield Step(step, str(one.get("step", "")), outcome, conclusion, tail)
