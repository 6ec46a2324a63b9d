"""What the engine makes of the workflow's concurrency settings for an event: the expressions, evaluated by act itself."""

import json
from typing import Any

from pipeline_runner import bounds, engine
from pipeline_runner.repository import PROBE

SECONDS = 30
PRINT = "python3 -c 'import os, json; print(json.dumps([os.environ[name] for name in \"PGVC\"]))'"


def evaluate(job: dict[str, Any], stage: dict[str, Any]) -> list[dict[str, str]]:
    """Return a stage's concurrency settings with their expressions evaluated, workflow by workflow."""
    return [
        {**one, **found} for settings in stage.get("concurrency", ()) for one, found in _evaluated(job, stage, settings)
    ]


def _evaluated(
    job: dict[str, Any], stage: dict[str, Any], settings: list[dict[str, str]]
) -> list[tuple[dict[str, str], dict[str, str]]]:
    folder = PROBE / ".github" / "workflows"
    folder.mkdir(parents=True, exist_ok=True)
    steps = [
        {"run": PRINT, "env": {"P": f"_{number}", "G": one["group"], "V": one["varied"], "C": one["cancel"]}}
        for number, one in enumerate(settings)
    ]
    workflow = {
        "name": settings[0]["label"],
        "on": stage["event"],
        "jobs": {"probe": {"runs-on": "ubuntu-latest", "steps": steps}},
    }
    (folder / "probe.yml").write_text(json.dumps(workflow), "utf-8")
    log = engine.Log()
    engine.bounded(engine.command(job, stage, PROBE, folder), PROBE, log, SECONDS, {})
    bounds.end_all()
    bounds.reap()
    said = [line.partition(": ")[2] for line in log.words]
    values = [json.loads(line) for line in said if line.startswith('["_')]
    return [
        (settings[int(number.removeprefix("_"))], {"group": group, "varied": varied, "cancel": cancel})
        for number, group, varied, cancel in values
    ]
