"""Read /job/job.json, play its runs one after the other, and write /job/result.json."""

import importlib.util
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, "/app")

from pipeline_runner import engine, hub, ledger, probe, repository

JOB = Path("/job")
NOTHING = {"code": 0, "overrun": None, "log": [], "words": []}  # of an event that starts no workflow


def world_module() -> Any:
    """Return the exercise's own code that makes data and judges models."""
    spec = importlib.util.spec_from_file_location("world", JOB / "world.py")
    if spec is None or spec.loader is None:
        raise ImportError("world.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def play(job: dict[str, Any], run: dict[str, Any], world: Any, state: ledger.State) -> dict[str, Any]:
    """Play one run, stage by stage, and return what it did."""
    made = world.make(**run["world"])
    if not state.versions or "production" in run["world"]:
        state.production = dict(made["production"])
    opens = made.get("opens", {})
    files = _opened({**job["files"], **made["files"]}, opens.get("main", {}))
    head = {**job["files"], **made["files"], **made.get("head", {})}
    tip = _opened({**job["files"], **made["main"]}, opens.get("main", {})) if "main" in made else {}
    repository.write(files, _opened(head, opens.get("head", {})), tip, run)
    began = time.monotonic()
    done: dict[str, Any] = {"name": run["name"], "stages": [], "log": [], "words": [], "registered": [], "deployed": []}
    done |= {"calls": [], "heard": [], "code": 0, "overrun": None, "concurrency": []}
    memory: dict[str, list[dict[str, Any]]] = {}
    for stage in run["stages"]:
        sent = _sent(stage, done)
        if sent is None:
            continue
        repository.begin(stage, sent, next(iter(memory.get("pulls.create", ())), None), job["engine_takes"])
        recorder = ledger.Ledger(state, hub.Hub(run, stage, memory), made["truth"], world.judge)
        try:
            ended = engine.play(job, run, stage) if stage["workflows"] else dict(NOTHING)
            done["concurrency"] += probe.evaluate(job, stage)
        finally:
            recorded = recorder.close()
        state.take(recorded)
        memory = recorded["memory"]
        repository.smuggle(stage, made.get("smuggled", {}))
        _add(done, stage, ended, recorded)
        if ended["overrun"]:
            break
    return {**done, "seconds": round(time.monotonic() - began, 2), "artifacts": repository.artifacts()}


def _opened(files: dict[str, str], openings: dict[str, str]) -> dict[str, str]:
    """Return the files, some of them with lines of the world's in front, which tell that they run."""
    return {**files, **{place: lines + files[place] for place, lines in openings.items() if place in files}}


def _sent(stage: dict[str, Any], done: dict[str, Any]) -> dict[str, Any] | None:
    """Return a stage's event as it is sent, or None where what it waits for did not happen.

    What follows a workflow's end says which run it was, and how it went; what follows a call of the API holds its words.
    """
    payload: dict[str, Any] = stage["payload"]
    opened = next((one["arguments"] for one in done["calls"] if one["call"] == "pulls.create" and one["allowed"]), {})
    words = {"{head}": str(opened.get("head", "")).rpartition(":")[2], "{title}": str(opened.get("title", ""))}
    if stage["after"]:
        of = next((one for one in done["stages"] if one["key"] == stage["after"]), None)
        if of is None:
            return None
        follows = payload["workflow_run"]
        said = {"id": of["number"], "run_number": of["number"], "run_attempt": stage["attempt"]}
        said["conclusion"] = of["conclusions"].get(
            follows["name"], "skipped"
        )  # the engine tells of no job that was skipped
        payload = {**payload, "workflow_run": {**follows, **said}}
        payload = dict(_filled(payload, words)) if opened else payload
    if stage["when"]:
        made = next((one for one in done["calls"] if _fits(one, _filled(stage["when"], words))), None)
        if made is None:
            return None
        payload = dict(_filled(payload, words))
        if isinstance(made["arguments"].get("inputs"), dict):
            payload["inputs"] = made["arguments"]["inputs"]
    return payload


def _fits(made: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether a call is the one that a stage waits for; a dispatch names the workflow and where it is to run."""
    told = made["arguments"]
    if made["call"] != wanted["call"] or not made["allowed"] or wanted.get("by") not in {None, made["by"]}:
        return False
    return all(
        str(told.get(key, "")).removeprefix("refs/heads/") in values for key, values in wanted.get("with", {}).items()
    )


def _filled(value: Any, words: dict[str, str]) -> Any:
    """Return data with what a call said, in place of the braces that stand for it."""
    if isinstance(value, dict):
        return {key: _filled(part, words) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, words) for part in value]
    if isinstance(value, str):
        for brace, word in words.items():
            value = value.replace(brace, word)
    return value


def _add(done: dict[str, Any], stage: dict[str, Any], ended: dict[str, Any], recorded: dict[str, Any]) -> None:
    """Add what a stage did to the run that it is part of."""
    results: dict[str, str] = {}
    for entry in ended["log"]:
        if "jobResult" in entry:
            name = str(entry.get("job")).rpartition("/")[0]
            results[name] = "failure" if "failure" in (entry["jobResult"], results.get(name)) else "success"
    told = {
        "key": stage["key"],
        "event": stage["event"],
        "number": stage["number"],
        "sha": stage["sha"],
        "workflows": stage["workflows"],
    }
    done["stages"].append({**told, "code": ended["code"], "conclusions": results})
    done["log"] += [{**entry, "event": stage["event"], "stage_key": stage["key"]} for entry in ended["log"]]
    for name in ("registered", "deployed", "calls", "heard"):
        done[name] += recorded[name]
    done["words"] += ended["words"]
    done["code"] = ended["code"] if done["code"] == 0 else done["code"]
    done["overrun"] = ended["overrun"]


def main() -> None:
    """Play all runs; one that overran ends the scenario."""
    job = json.loads((JOB / "job.json").read_text("utf-8"))
    result: dict[str, Any] = {"runs": [], "fault": None}
    try:
        world, state = world_module(), ledger.State()
        repository.prepare()
        for run in job["runs"]:
            result["runs"].append(play(job, run, world, state))
            if result["runs"][-1]["overrun"]:
                break
    except Exception:  # what goes wrong here is this program's fault, and must be told as such
        result["fault"] = traceback.format_exc()
    (JOB / "part.json").write_text(json.dumps(result), "utf-8")
    (JOB / "part.json").replace(JOB / "result.json")
    os._exit(0)


main()
