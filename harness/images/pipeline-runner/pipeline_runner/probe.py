"""What the engine makes of the workflow's concurrency settings for an event: the expressions, evaluated by act itself."""

import json
from typing import Any

from pipeline_runner import bounds, engine
from pipeline_runner.repository import PROBE

SECONDS = 30
PRINT = "python3 -c 'import os, json; print(json.dumps([os.environ[name] for name in \"PGC\"]))'"


def evaluate(job: dict[str, Any], run: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return group and cancel-in-progress by where they stand: '' for the workflow, else the job's name."""
    if not job["concurrency"]:
        return {}
    folder = PROBE / ".github" / "workflows"
    folder.mkdir(parents=True)
    steps = [
        {"run": PRINT, "env": {"P": f"_{one['place']}", "G": one["group"], "C": one["cancel"]}}
        for one in job["concurrency"]
    ]
    workflow = {
        "name": job["concurrency"][0]["workflow"],
        "on": run["stages"][0]["event"],
        "jobs": {"probe": {"runs-on": "ubuntu-latest", "steps": steps}},
    }
    (folder / "probe.yml").write_text(json.dumps(workflow), "utf-8")
    log = engine.Log()
    engine.bounded(engine.command(job, run["stages"][0], PROBE, folder), PROBE, log, SECONDS, {})
    bounds.end_all()
    bounds.reap()
    said = [line.partition(": ")[2] for line in log.words]
    values = [json.loads(line) for line in said if line.startswith('["_')]
    return {place.removeprefix("_"): {"group": group, "cancel": cancel} for place, group, cancel in values}
