"""What a scenario of the first form comes to in steps: readiness, a hold, a disturbance; or Jobs in waves; or places.

This is here until the exercises that are written so are written as steps.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.yamlfile import Path_

Step = tuple[str, Any]


def steps(data: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[Step]:
    """Yield the verbs of a valid scenario of a valid exercise.yaml, in order, each with what it is told."""
    within = {"within": scenario["ready_within"]}
    first, *waves = scenario.get("waves") or [{}]
    yield "apply", {"switches": scenario.get("switches", {}), "jobs": first.get("jobs", [])}
    if any(pool.get("simulated") for pool in data.get("gpus", [])):
        yield "place", within
    elif data.get("jobs"):
        for wave in waves:
            yield from _wave(wave)
        yield "complete", within
        if any(job.get("keeps") for job in data["jobs"]):
            yield "kept", None
    else:
        yield "ready", within
        yield "hold", scenario.get("hold", 0.0)
        yield from (("reach", None), ("read", None))
        if "disturb" in scenario:
            yield scenario["disturb"], data["workload"]["name"]
            yield "recover", {"within": scenario["recover_within"]} if "recover_within" in scenario else None


def _wave(wave: Mapping[str, Any]) -> Iterator[Step]:
    yield "when", wave["after"]
    if "jobs" in wave:
        yield "apply", {"jobs": wave["jobs"]}
    if "evict" in wave:
        yield "evict", {"job": wave["evict"]}


def strays(data: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Yield what does not fit together in the waves of an exercise.yaml: place and message."""
    known = {job["name"] for job in data.get("jobs", [])}
    for name, scenario in data.get("scenarios", {}).items():
        come: set[str] = set()  # a wave waits for, or evicts, only what came before it
        for number, wave in enumerate(scenario.get("waves", [])):
            place = ("scenarios", name, "waves", number)
            for job in [wave["after"]["job"] if "after" in wave else "", wave.get("evict", "")]:
                if job and job not in come:
                    yield place, f"a wave names Job {job}, which no wave before it applies"
            for job in wave.get("jobs", []):
                if job not in known or job in come:
                    yield (
                        place,
                        f"waves apply Job {job}, which {'jobs does not list' if job not in known else 'came before'}",
                    )
            come |= set(wave.get("jobs", []))
            if number and "after" not in wave:
                yield place, "a wave after the first says after which Job and epoch it comes"
