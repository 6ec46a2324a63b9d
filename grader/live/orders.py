"""Tell our prober, or who calls in its place, while it runs, to send otherwise than it was planned."""

import json
from typing import TYPE_CHECKING

from harness.core.errors import EnvironmentBrokenError
from harness.kube.kube import ApiRefusedError
from harness.runs.run import HELPER_LABEL

if TYPE_CHECKING:
    from grader.live.context import Context

FOLLOWED = 5.0  # seconds until the prober has begun to do so; a beat and the start of a process


def give(at: "Context", **order: float) -> float:
    """Return when the prober began to follow an order: `rps`, requests a second, or `low` and `high`, parts of inputs' ranges.

    Raises: EnvironmentBrokenError where it does not.
    """
    began, place, prober = at.now(), at.run.prober_namespace, at.run.prober
    pods = at.admin.list_objects("v1", "Pod", place, f"{HELPER_LABEL}={prober}")
    argv = ["python3", "-m", _program(at), "order", json.dumps(order)]
    try:
        at.admin.execute(place, pods[0]["metadata"]["name"], prober, argv)
    except (ApiRefusedError, IndexError) as problem:
        raise EnvironmentBrokenError(f"our prober took no order: {problem}") from problem
    if not at.wait(lambda: _followed(at, began) is not None, FOLLOWED):
        raise EnvironmentBrokenError(f"our prober did not follow an order within {FOLLOWED:g} s")
    return _followed(at, began) or began


def _program(at: "Context") -> str:
    """Return what takes orders: the prober, or the program of an image that calls in its place, which is called as the image is."""
    traffic = at.run.exercise.traffic
    image = traffic.caller if traffic else None
    return image.rpartition("/")[2].partition(":")[0].replace("-", "_") if image else "prober"


def _followed(at: "Context", since: float) -> float | None:
    return next((float(one["t"]) for one in at.watch.probes if one["kind"] == "order" and one["t"] >= since), None)
