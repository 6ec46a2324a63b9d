"""The Jobs of an exercise: as the submission declares them, and as they were seen to end."""

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from grader.checks.blame import Sighting
from grader.checks.bounds import POD_SPECS
from grader.checks.epochs import need_epochs
from grader.checks.observed import Observed
from grader.checks.pace import need_time
from grader.checks.pods import Setting, all_containers, all_pods, claims, on_claim, setting, uses, words
from grader.checks.spec import EvidenceError, fail
from grader.checks.submission import Submission
from grader.checks.view import View

SEEN = 300  # characters of what is told of a claim
TOLERANCE = 0.02  # of a weight; the trainer's own are within 0.001
DEFAULTS = {"workers": "1", "epochs": "5", "pace": "0"}  # of the trainer, as the ticket has them
LEAST = {"workers": "loader workers", "epochs": "epochs", "pace": "seconds to an epoch"}


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
    """Fail where a Job runs to completion with fewer pods than it has to, or does not run at all; how many at once is its own matter."""
    completions, parallelism = job.view.at("spec", "completions"), job.view.at("spec", "parallelism")
    if completions.number(parallelism.number(1)) < job.wanted["pods"]:  # without a number, as many may as run at once
        completions.fail("the Job runs fewer pods than it has to", expected=f"at least {job.wanted['pods']}")
    if parallelism.number(1) < 1:
        parallelism.fail("the Job is not run", expected="a Job that runs")
    if job.view.at("spec", "suspend").truth(default=False):
        job.view.at("spec", "suspend").fail("the Job is not run", expected="a Job that runs")


def told(container: View, name: str) -> Setting:
    """Return what the trainer is told of one of its numbers: a flag wins over its variable, and the last of a flag wins."""
    line = words(container)
    for index in range(len(line) - 1, -1, -1):
        if line[index].startswith(f"--{name}="):
            return Setting(line[index].partition("=")[2], container.at("args"))
        if line[index] == f"--{name}" and index + 1 < len(line):
            return Setting(line[index + 1], container.at("args"))
    return setting(container, f"TRAINER_{name.upper()}", f"--{name}", DEFAULTS[name])


def need_told(job: Declared, name: str) -> None:
    """Fail where the files tell a training less of one of its numbers than it has to have; what only the cluster knows passes."""
    found, least = told(job.container, name), job.wanted[name]
    if found.value is None or "$" in found.value:  # looked up only when the pod starts
        return
    try:
        enough = float(found.value) >= least
    except ValueError:
        enough = False
    if not enough:
        (found.source or job.container).fail(f"the training has fewer {LEAST[name]} than it has to",
                                             expected=f"at least {least:g}", seen=found.value)  # fmt: skip


def need_left(submission: Submission) -> None:
    """Fail where finished Jobs, and their pods, are taken away by their own time to live; rights to do so are rights.need_reading's."""
    for view in submission.all("Job", "CronJob"):
        lives = view.at(*POD_SPECS[view.manifest.kind][:-3], "spec", "ttlSecondsAfterFinished")
        if lives.present:
            lives.fail(
                "the Job and its pods are removed some time after they are done",
                expected="Jobs that stay when they are done",
            )


def need_own(submission: Submission, dataset: str) -> None:
    """Fail where something else than the Jobs' own containers could train in their place, or spoil what they keep.

    That takes the key of the dataset, which Secret `dataset` holds, or a claim that a Job mounts: also one Job another's.
    """
    jobs = {_place(submission, job.pod): job for job in declared(submission)}
    kept: dict[tuple[str, str], tuple[str, str, str]] = {}
    for place, job in jobs.items():
        for claim in claims(job.pod):
            if kept.setdefault((place[0], claim.text()), place) != place:
                claim.fail("another of the ticket's Jobs keeps its work on this claim", expected="a claim of its own")
    _need_others(submission, dataset, jobs, kept)


def _need_others(submission: Submission, dataset: str, jobs: Mapping[tuple[str, str, str], Declared],
                 kept: Collection[tuple[str, str]]) -> None:  # fmt: skip
    for pod in all_pods(submission):
        job = jobs.get(_place(submission, pod))
        for namespace, name in kept if job is None else ():
            there = on_claim(pod, name) if namespace == _place(submission, pod)[0] else None
            if there is not None:
                there.fail(
                    "one of the ticket's Jobs keeps its work on this claim", expected="a claim of its own", seen=name
                )
        for container in all_containers(pod):
            own = job is not None and container.path == job.container.path
            if not own and uses(pod, container, "Secret", dataset):
                container.fail("this container gets the key of the dataset, which is for the Jobs' own trainings",
                               expected="trainings in the ticket's Jobs alone", seen=container.at("name").text())  # fmt: skip


def _place(submission: Submission, pod: View) -> tuple[str, str, str]:
    home = str(submission.exercise["workload"]["namespace"])
    return pod.manifest.namespace or home, pod.manifest.kind, pod.manifest.name


def wanted(submission: Submission, name: str) -> Mapping[str, Any]:
    """Return the exercise's entry of the Job that the shipped exercise calls `name`."""
    entry: Mapping[str, Any] = next(one for one in submission.exercise["jobs"] if one["name"] == submission.name(name))
    return entry


def need_complete(observed: Observed, job: Mapping[str, Any]) -> None:
    """Fail unless a Job is complete, and whatever is no Job was accepted; say what kept it from it."""
    name = job["name"]
    for refused in observed.apply_errors:
        if refused["object"] == f"Job/{name}" or not refused["object"].startswith("Job/"):
            fail("the API server refused it", object=refused["object"], expected="accepted", seen=refused["message"],
                 symptoms=[Sighting()])  # fmt: skip
    seen = _seen(observed, name)
    if "Complete" not in seen["ends"]:
        late = observed.late("applied", observed.data["ready_within"], "completed")
        fail("the Job is not complete", object=f"Job/{name}", field="status",
             expected=f"complete within {observed.data['ready_within']:g} s", seen=_troubles(seen),
             symptoms=[Sighting() if seen["ends"] else late])  # fmt: skip


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
    """Fail unless each pod that ended well has learned this run's data itself, with its GPUs and workers, in an honest time."""
    learns = _seen(observed, job["name"])["learns"]
    for pod in _succeeded(observed, job):
        result = _result(pod, job)
        name = f"Pod/{pod['name']}"
        if len(_list(result, "devices")) != job["count"]:
            fail("the training saw another number of GPUs", object=name, expected=str(job["count"]),
                 seen=str(len(_list(result, "devices"))))  # fmt: skip
        for field, name_of in LEAST.items():
            if job[field] and _number(result.get(field)) < job[field]:
                fail(f"the training had fewer {name_of}", object=name, expected=f"at least {job[field]:g}",
                     seen=str(result.get(field)))  # fmt: skip
        found = [_number(one) for one in _list(result, "weights")]
        if not _alike(found, learns):
            fail("the result is not what a training on this dataset comes to", object=name,
                 expected=f"the dataset's {len(learns)} weights, to {TOLERANCE}", seen=str(found)[:120])  # fmt: skip
    need_time(observed, job, _succeeded(observed, job))
    need_epochs(observed, job, _succeeded(observed, job))


def need_kept(observed: Observed, job: Mapping[str, Any]) -> None:
    """Fail unless each pod that ended well wrote its checkpoints to a claim, that of the ticket where it names one, and they are there."""
    for pod in _succeeded(observed, job):
        output = normpath(str(_result(pod, job).get("output", "")))
        claim = _claim_at(PurePosixPath(output), pod["mounts"].get(job["container"], {}))
        if not claim:
            fail("the checkpoints are gone with the pod", object=f"Pod/{pod['name']}", field="spec.volumes",
                 expected="checkpoints on a PersistentVolumeClaim", seen=f"{output}, which is on none")  # fmt: skip
        if job["claim"] not in ("", claim):
            fail("the checkpoints are on another claim", object=f"Pod/{pod['name']}", field="spec.volumes",
                 expected=f"claim {job['claim']}", seen=f"{output}, on claim {claim}")  # fmt: skip
        _need_left(observed, job, claim)


def _need_left(observed: Observed, job: Mapping[str, Any], claim: str) -> None:
    """Fail unless a plain file on the claim holds the training's state after its last epoch, when all its pods have ended.

    Where on the claim is the Job's own matter. A link is none: what it leads to may have ended with the pod.
    """
    told = next(
        (left for left in observed.data.get("kept", ()) if (left["job"], left["claim"]) == (job["name"], claim)), None
    )
    if told is None:
        raise EvidenceError(f"nobody looked at what Job {job['name']} has left on claim {claim}")
    learns = _seen(observed, job["name"])["learns"]
    if not any(
        checkpoint["own"] and checkpoint["epoch"] >= job["epochs"] and _alike(checkpoint["weights"], learns)
        for checkpoint in told["checkpoints"]
    ):
        fail("the checkpoints are not on the claim any more", object=f"PersistentVolumeClaim/{claim}",
             expected=f"a file with the state after epoch {job['epochs']} of this training", seen=_on_claim(told))  # fmt: skip


def _on_claim(told: Mapping[str, Any]) -> str:
    """Return what is on a claim, in words."""
    found = [
        f"{checkpoint['path']}, of epoch {checkpoint['epoch']}{'' if checkpoint['own'] else ' of another dataset'}"
        for checkpoint in told["checkpoints"]
    ]
    return told["missing"] or "; ".join([*found, *told["others"]])[:SEEN] or "nothing"


def _claim_at(folder: PurePosixPath, mounts: Mapping[str, str]) -> str:
    """Return the claim that a folder is on, '' for none: of mounts within each other the inner one holds."""
    over = [mount for mount in mounts if folder.is_relative_to(normpath(mount))]
    return mounts[max(over, key=lambda mount: len(PurePosixPath(mount).parts))] if over else ""


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
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        fail("the training left no result", object=f"Pod/{pod['name']}", field="status.containerStatuses",
             expected="the trainer's termination message", seen=text[:120] or "nothing")  # fmt: skip
    return found


def _alike(weights: Sequence[float], learns: Sequence[float]) -> bool:
    pairs = zip(weights, learns, strict=False)
    return len(weights) == len(learns) and all(abs(weight - learned) <= TOLERANCE for weight, learned in pairs)


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
