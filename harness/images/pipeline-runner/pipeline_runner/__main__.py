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

from pipeline_runner import engine, ledger, probe, repository

JOB = Path("/job")


def world_module() -> Any:
    """Return the exercise's own code that makes data and judges models."""
    spec = importlib.util.spec_from_file_location("world", JOB / "world.py")
    if spec is None or spec.loader is None:
        raise ImportError("world.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def play(job: dict[str, Any], run: dict[str, Any], world: Any, state: ledger.State) -> dict[str, Any]:
    """Play one run and return what it did."""
    made = world.make(**run["world"])
    if not state.versions:
        state.production = dict(made["production"])
    repository.write({**job["files"], **made["files"]}, run)
    recorder = ledger.Ledger(state, made["truth"], world.judge)
    began = time.monotonic()
    try:
        outcome = engine.play(job, run)
        concurrency = probe.evaluate(job, run)
    finally:
        recorded = recorder.close()
    state.take(recorded)
    return {
        "name": run["name"],
        "seconds": round(time.monotonic() - began, 2),
        "concurrency": concurrency,
        "artifacts": repository.artifacts(),
        "registered": recorded["registered"],
        "deployed": recorded["deployed"],
        **outcome,
    }


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
