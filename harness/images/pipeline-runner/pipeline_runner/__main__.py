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
    if not state.versions:
        state.production = dict(made["production"])
    repository.write({**job["files"], **made["files"]}, made.get("head", {}), run)
    began = time.monotonic()
    done: dict[str, Any] = {"name": run["name"], "stages": [], "log": [], "words": [], "registered": [], "deployed": []}
    done |= {"calls": [], "heard": [], "code": 0, "overrun": None, "concurrency": {}}
    for number, stage in enumerate(run["stages"]):
        sent = _sent(stage["payload"], done["stages"])
        repository.begin(stage, sent)
        recorder = ledger.Ledger(state, hub.Hub(run, stage), made["truth"], world.judge)
        try:
            ended = engine.play(job, run, stage) if stage["workflows"] else dict(NOTHING)
            if number == 0:
                done["concurrency"] = probe.evaluate(job, run)
        finally:
            recorded = recorder.close()
        state.take(recorded)
        _add(done, stage, ended, recorded)
        if ended["overrun"]:
            break
    return {**done, "seconds": round(time.monotonic() - began, 2), "artifacts": repository.artifacts()}


def _sent(payload: dict[str, Any], ended: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an event as it is sent: what follows a workflow's end says which run it was, and how it went."""
    follows = payload.get("workflow_run")
    if follows is None:
        return payload
    of = next(one for one in ended if one["event"] == follows["event"])
    said = {"id": of["number"], "run_number": of["number"], "conclusion": of["conclusions"].get(follows["name"])}
    return {**payload, "workflow_run": {**follows, **said}}


def _add(done: dict[str, Any], stage: dict[str, Any], ended: dict[str, Any], recorded: dict[str, Any]) -> None:
    """Add what a stage did to the run that it is part of."""
    results: dict[str, str] = {}
    for entry in ended["log"]:
        if "jobResult" in entry:
            name = str(entry.get("job")).rpartition("/")[0]
            results[name] = "failure" if "failure" in (entry["jobResult"], results.get(name)) else "success"
    told = {"event": stage["event"], "number": stage["number"], "workflows": stage["workflows"]}
    done["stages"].append({**told, "code": ended["code"], "conclusions": results})
    done["log"] += [{**entry, "event": stage["event"]} for entry in ended["log"]]
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
