"""The Jobs of an exercise: as the submission declares them, and as they were seen to end."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from grader.checks.observed import Observed
from grader.checks.spec import EvidenceError, fail
from grader.checks.submission import Submission
from grader.checks.view import View

TOLERANCE = 0.02  # of a weight; the trainer's own are within 0.001


@dataclass(frozen=True)
class Declared:
    """One Job: what the exercise wants of it (its entry under `jobs`), and the submission's object."""

    wanted: Mapping[str, Any]
    view: View

    @property
    def pod(self) -> View:
        """The pod template's spec."""
        return self.view.at("spec", "template", "spec")

    @property
    def container(self) -> View:
        """The container that trains.

        Raises: CheckFailureError where it is gone.
        """
        containers = self.pod.at("containers")
        found = containers.named(self.wanted["container"])
        if found is None:
            containers.fail("the Job's container is gone", expected=f"a container named {self.wanted['container']}")
        return found


def declared(submission: Submission) -> Iterator[Declared]:
    """Yield the exercise's Jobs; fail at the first that the submission does not have."""
    for one in submission.exercise["jobs"]:
        yield Declared(one, submission.get("Job", one["name"], one["namespace"]))


def need_pods(job: Declared) -> None:
    """Fail where a Job runs to completion with fewer pods than it has to, or does not run at all."""
    for field in ("parallelism", "completions"):
        number = job.view.at("spec", field)
        if number.number(1) < job.wanted["pods"]:
            number.fail("the Job runs fewer pods than it has to", expected=f"at least {job.wanted['pods']}")
    if job.view.at("spec", "suspend").truth(default=False):
        job.view.at("spec", "suspend").fail("the Job is not run", expected="a Job that runs")


def wanted(submission: Submission, name: str) -> Mapping[str, Any]:
    """Return the exercise's entry of the Job that the shipped exercise calls `name`."""
    entry: Mapping[str, Any] = next(one for one in submission.exercise["jobs"] if one["name"] == submission.name(name))
    return entry


def need_complete(observed: Observed, job: Mapping[str, Any]) -> None:
    """Fail unless a Job is complete; say what kept it from it."""
    name = job["name"]
    for refused in observed.apply_errors:
        if refused["object"] == f"Job/{name}":
            fail("the API server refused the Job", object=f"Job/{name}", expected="accepted", seen=refused["message"])
    seen = _seen(observed, name)
    if "Complete" not in seen["ends"]:
        fail("the Job is not complete", object=f"Job/{name}", field="status",
             expected=f"complete within {observed.data['ready_within']:g} s", seen=_troubles(seen))  # fmt: skip


def need_devices(observed: Observed, job: Mapping[str, Any]) -> None:
    """Fail unless the pods that ended well had the GPUs that the ticket asks for, on the product that it names."""
    for pod in _succeeded(observed, job):
        name = f"Pod/{pod['name']}"
        if pod["product"] != job["product"]:
            fail(
                "the pod ran on another kind of node",
                object=name,
                expected=job["product"],
                seen=pod["product"] or "no GPU",
            )
        if pod["devices"] != {job["resource"]: job["count"]}:
            fail("the pod was given other devices", object=name, expected=f"{job['count']} of {job['resource']}",
                 seen=_listed(pod["devices"]))  # fmt: skip


def need_training(observed: Observed, job: Mapping[str, Any]) -> None:
    """Fail unless each pod that ended well has learned this run's data, with its GPUs and its loader workers."""
    learns = _seen(observed, job["name"])["learns"]
    for pod in _succeeded(observed, job):
        result = _result(pod, job)
        name = f"Pod/{pod['name']}"
        if len(_list(result, "devices")) != job["count"]:
            fail("the training saw another number of GPUs", object=name, expected=str(job["count"]),
                 seen=str(len(_list(result, "devices"))))  # fmt: skip
        if _number(result.get("workers")) < job["workers"]:
            fail("the training had fewer loader workers", object=name, expected=f"at least {job['workers']}",
                 seen=str(result.get("workers")))  # fmt: skip
        found = [_number(one) for one in _list(result, "weights")]
        if len(found) != len(learns) or any(abs(a - b) > TOLERANCE for a, b in zip(found, learns, strict=True)):
            fail("the result is not what a training on this dataset comes to", object=name,
                 expected=f"the dataset's {len(learns)} weights, to {TOLERANCE}", seen=str(found)[:120])  # fmt: skip


def need_kept(observed: Observed, job: Mapping[str, Any]) -> None:
    """Fail unless each pod that ended well wrote its checkpoints where a claim is mounted."""
    for pod in _succeeded(observed, job):
        output = PurePosixPath(str(_result(pod, job).get("output", "")))
        mounts = [PurePosixPath(place) for place in pod["claims"].get(job["container"], [])]
        if not any(output == mount or mount in output.parents for mount in mounts):
            fail("the checkpoints are gone with the pod", object=f"Pod/{pod['name']}", field="spec.volumes",
                 expected="checkpoints on a PersistentVolumeClaim", seen=f"{output}, which is on none")  # fmt: skip


def _seen(observed: Observed, name: str) -> Mapping[str, Any]:
    for one in observed.data["jobs"]:
        if one["name"] == name:
            seen: Mapping[str, Any] = one
            return seen
    raise EvidenceError(f"nobody looked at Job {name}")


def _succeeded(observed: Observed, job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a Job's pods that ended well; fail where they are fewer than it has to have."""
    found = [pod for pod in _seen(observed, job["name"])["pods"] if pod["phase"] == "Succeeded"]
    if len(found) < job["pods"]:
        fail("the Job has too few pods that ended well", object=f"Job/{job['name']}", field="status",
             expected=f"at least {job['pods']}, left where they are", seen=str(len(found)))  # fmt: skip
    return found


def _result(pod: Mapping[str, Any], job: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the training left as its termination message; a stranger's container may have left anything."""
    text = pod["messages"].get(job["container"], "")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        fail("the training left no result", object=f"Pod/{pod['name']}", field="status.containerStatuses",
             expected="the trainer's termination message", seen=text[:120] or "nothing")  # fmt: skip
    return found


def _list(result: Mapping[str, Any], key: str) -> list[Any]:
    found = result.get(key)
    return found if isinstance(found, list) else []


def _number(value: Any) -> float:  # noqa: ANN401 - whatever the container wrote
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if number else -math.inf  # which no comparison takes for a right one


def _listed(devices: Mapping[str, int]) -> str:
    return ", ".join(f"{count} of {name}" for name, count in sorted(devices.items())) or "none"


def _troubles(seen: Mapping[str, Any]) -> str:
    """Return what kept a Job from completion: how it ended, its pods' states, the newest warnings."""
    if not seen["exists"]:
        return "the Job does not exist"
    said = [f"{end}: {message}" for end, message in seen["ends"].items()]
    said += [pod["state"] for pod in seen["pods"] if pod["phase"] != "Succeeded"] if seen["pods"] else ["it has no pod"]
    return "; ".join(dict.fromkeys([*said, *seen["complaints"]]))
