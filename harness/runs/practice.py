"""The candidate's own loop: a workspace, its namespaces under their plain names, apply with prune and recreate."""

import json
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from harness.cluster import ownnode, simulation
from harness.core.errors import InputError
from harness.exercises import marker, variants, worlds
from harness.exercises.exercise import Exercise
from harness.intake import handin
from harness.intake.submission import NOTES, Submission
from harness.kube.apply import Refusal, apply_all
from harness.kube.kube import Kube, Ref, ref_of
from harness.runs import run as runs

INVENTORY = "breakfix-inventory"


def make_workspace(exercise: Exercise, folder: Path) -> bool:
    """Write the broken files, the ticket and a notes template into `folder`; return False where it is one already.

    Raises: InputError where the folder holds something else, or cannot be written.
    """
    if (folder / marker.MARKER).is_file():
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is no workspace; name another place with --dir")
    try:
        fill(exercise, folder)
    except OSError as problem:
        raise InputError(f"{folder} cannot be written: {problem.strerror}") from problem
    return True


def fill(exercise: Exercise, folder: Path) -> None:
    """Write a workspace's files into an empty or missing folder; the marker comes last."""
    files = {
        **variants.workspace_files(exercise),
        **worlds.data_of(exercise),
        "README.md": exercise.ticket.encode(),
        NOTES: handin.TEMPLATE.encode(),
    }
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    marker.write(exercise, folder)


def set_aside(folder: Path) -> Path:
    """Move a workspace's files out of the way and return where they are now."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.before-reset-{number}")).exists():
        number += 1
    aside.mkdir()
    for item in folder.iterdir():
        shutil.move(item, aside / item.name)
    return aside


def apply_workspace(
    kube: Kube,
    submission: Submission,
    tell: Callable[[str], None],
    *,
    switches: Mapping[str, str] | None = None,
    waiting: Collection[str] = (),
) -> list[Refusal]:
    """Make the cluster's practice namespaces hold exactly what the files say; return what was refused.

    The workload has a scenario's `switches` besides; Jobs that are `waiting` are left out.
    """
    exercise = submission.exercise
    make_practice_namespaces(kube, exercise, tell)
    placed = [runs.placed(exercise, manifest.value, runs.PRACTICE) for manifest in submission.manifests]
    objects = [value for value in placed if value["kind"] != "Job" or value["metadata"]["name"] not in waiting]
    for value in objects:
        if switches and (value["kind"], value["metadata"]["name"]) == (exercise.workload.kind, exercise.workload.name):
            runs.switch(value, switches)
    refused = apply_all(kube, objects, recreate=True, tell=tell)
    _prune(kube, exercise, [ref_of(value) for value in objects], tell)
    return refused


def make_practice_namespaces(kube: Kube, exercise: Exercise, tell: Callable[[str], None]) -> None:
    """Create the exercise's namespaces where they are missing, and the simulated nodes that they are tied to."""
    if exercise.simulated:
        simulation.ensure(kube, exercise.gpus, simulation.PRACTICE, tell)
    for name in exercise.namespaces:
        found = kube.get(Ref("v1", "Namespace", "", name))
        if found is not None and found.get("status", {}).get("phase") == "Terminating":
            runs.remove(kube, [name])
            found = None
        if found is None:
            value = runs.namespace(name, runs.PRACTICE, exercise.namespace_labels.get(name))
            if exercise.isolation == "exclusive":
                value["metadata"]["annotations"] = ownnode.tie(ownnode.nodes(kube)[0])
            elif exercise.simulated:
                value["metadata"]["annotations"] = simulation.tie(simulation.PRACTICE)
            kube.create(value)
            runs.wait_account(kube, name)


def remove_practice(kube: Kube, exercise: Exercise) -> None:
    """Remove the exercise's practice namespaces with all that is in them."""
    runs.remove(kube, [name for name in exercise.namespaces if kube.get(Ref("v1", "Namespace", "", name))])
    for name in exercise.priority_classes:
        kube.delete(Ref(*runs.CLASSES, "", name))


def remove_jobs(kube: Kube, exercise: Exercise) -> None:
    """Remove the exercise's Jobs from its practice namespaces, with their pods."""
    for job in exercise.jobs:
        kube.delete(Ref("batch/v1", "Job", job.namespace, job.name), grace=1, propagation="Foreground")


def remove_all_practice(kube: Kube) -> None:
    """Remove every practice namespace, of whichever exercise and seed."""
    found = kube.list_objects("v1", "Namespace", labels=f"{runs.RUN_LABEL}={runs.PRACTICE}")
    runs.remove(kube, [one["metadata"]["name"] for one in found])
    for one in kube.list_objects(*runs.CLASSES, labels=f"{runs.RUN_LABEL}={runs.PRACTICE}"):
        kube.delete(Ref(*runs.CLASSES, "", one["metadata"]["name"]))


def _prune(kube: Kube, exercise: Exercise, kept: Iterable[Ref], tell: Callable[[str], None]) -> None:
    """Delete what an earlier apply made and the files no longer hold; remember what they hold now."""
    inventory = Ref("v1", "ConfigMap", exercise.workload.namespace, INVENTORY)
    now = set(kept)
    before = kube.get(inventory)
    for entry in json.loads(before["data"]["refs"]) if before else []:
        ref = Ref(*entry)
        if ref not in now:
            tell(f"{ref.label} is no longer in your files and is removed")
            kube.delete(ref, grace=1)
    refs = sorted([ref.api_version, ref.kind, ref.namespace, ref.name] for ref in now)
    metadata = {"name": INVENTORY, "namespace": inventory.namespace}
    kube.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"refs": json.dumps(refs)}},
        manager="breakfix",
    )
