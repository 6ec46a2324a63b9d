"""Hostile OpenTofu code that no look at the files stops: a clear end for each, nothing read that is not the candidate's, nothing left."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.plays.place import Place
from grader.venues import venue_of
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.exercises.exercise import Exercise
from harness.intake.submission import collect

pytestmark = pytest.mark.sandbox
SLUG, LAYER = "terraform-rebuild", "platform"
SECONDS = 5.0  # of a processor; the exercise's own code needs less


def at(*parts: str) -> str:
    """Return an expression for an absolute path that no file says."""
    return f'join("/", {json.dumps(["", *parts])})'


def printed(expression: str) -> str:
    return f'output "x" {{\n  value = {expression}\n}}\n'


def made(namespace: str, *more: str) -> str:
    """Return code that makes a ConfigMap, by a provider that is told something more, where it is told."""
    alias = "".join(f"  {line}\n" for line in ('alias = "other"', *more))
    provider = f'provider "kubectl" {{\n{alias}}}\n' if more else ""
    thing = f'{{ apiVersion = "v1", kind = "ConfigMap", metadata = {{ name = "x", namespace = "{namespace}" }} }}'
    chosen = "  provider  = kubectl.other\n" if more else ""
    return f'{provider}resource "kubectl_manifest" "x" {{\n{chosen}  yaml_body = yamlencode({thing})\n}}\n'


# The code, and any of the words that say why it ended.
HOSTILE: dict[str, tuple[str, tuple[str, ...]]] = {
    "the API's tokens": (printed(f'file({at("store", "tokens")})'), ("no file exists", "permission denied")),
    "the supervisor's environment": (printed(f'file({at("proc", "1", "environ")})'), ("permission denied",)),
    "the job with all its steps": (printed(f'file({at("job", "job.json")})'), ("no file exists", "permission denied")),
    "an administrator's kubeconfig": (
        made("kube-system", f'config_path = {at("store", "kubeconfig")}'), ("permission denied", "forbidden", "no such file", "failed")),
    "more rights than the engineer's": (
        'resource "kubectl_manifest" "x" {\n  yaml_body = yamlencode({ apiVersion = "v1", kind = "Node", metadata = { name = "x" } })\n}\n', ("forbidden",)),
    "another API server": (
        made("default", 'host = "https://192.0.2.7:6443"', "load_config_file = false", 'token = "none"'), ("unreachable", "failed")),
    "a huge range": (printed("length(range(pow(10, 9)))"), ("more than 1024 values", "1024")),
    "a heap of memory": (
        printed("length(flatten([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : [a, b, c]]]]))"), ("signal",)),
    "work for hours": (printed('bcrypt("x", 30)'), ("signal",)),
    "state over a file of the store": (
        'terraform {\n  backend "local" {\n    path = "/store/etcd/x"\n  }\n}\n', ("duplicate", "permission denied")),
}  # fmt: skip


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    """The exercise with one step, whose commands may use less of a processor."""
    found = exercises.load(SLUG)
    assert found.infrastructure is not None
    (empty,) = (one for one in found.infrastructure.scenarios if one.name == "empty")
    short = replace(found.infrastructure, seconds=SECONDS, scenarios=(replace(empty, steps=empty.steps[:1]),))
    return replace(found, infrastructure=short)


def played(exercise: Exercise, text: str, folder: Path, place: Place) -> dict[str, Any]:
    for path, told in {**faults.reference_files(exercise), f"{LAYER}/hostile.tf": text}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(told)
    submission = collect(exercise, folder)
    assert not submission.problems
    seen: dict[str, Any] = venue_of(exercise).play(submission, "empty", place, threading.Event(), lambda _: None)
    return seen


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_ends_and_gets_nothing(
    place_of: Callable[[Exercise], Place], exercise: Exercise, tmp_path: Path, name: str
) -> None:
    """The step fails, which is the candidate's; the machine holds, and what it printed says why."""
    code, words = HOSTILE[name]
    seen = played(exercise, code, tmp_path, place_of(exercise))
    assert seen["evidence"] is None
    (step,) = seen["steps"]
    told = f"{step['failed']}\n" + "\n".join(step["tail"])
    assert step["failed"], told
    assert any(word in told.casefold() for word in words), told
    assert not [word for word in ("system:masters", "client-key", "build-teams-again") if word in told]
    assert not [thing for thing in step["objects"] if thing["metadata"]["name"] == "x"]
