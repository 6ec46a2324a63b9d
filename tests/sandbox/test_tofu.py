"""What hostile infrastructure code can and cannot do: it ends by its bounds, and reads nothing of the job or of the cluster's keeper."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from grader.plays.tofu import CONTROLLERS, ENTRYPOINT
from grader.venues.tofu import FOLDERS, IMAGE, MEMORY, SUPERVISOR
from harness.containers.sandbox import Bounds, Sandbox, open_sandbox

pytestmark = pytest.mark.sandbox
PLANTED = "planted-1f2e3d4c5b6a"
BACKEND = 'terraform {\n  backend "kubernetes" {\n    namespace     = "tofu-state"\n    secret_suffix = "a"\n  }\n}\n'
CLUSTER = [
    {"plural": "namespaces", "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tofu-state"}},
    {
        "plural": "clusterrolebindings", "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "engineer"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "engineer"}],
    },
]  # fmt: skip
HOSTILE = {
    "ranges": '[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : "${a}${b}${c}"]]]',
    "the-job": 'file(join("/", ["", "job", "job.json"]))',
    "the-tokens": 'file(join("/", ["", "store", "tokens"]))',
    "the-keeper": 'file(join("/", ["", "proc", "1", "environ"]))',
    "its-keys": 'file(join("/", ["", "etc", "kubernetes", "pki", "sa.key"]))',
}  # fmt: skip


@pytest.fixture(scope="module")
def tofu() -> Iterator[Sandbox]:
    with open_sandbox(lambda _: None, force=None, image=IMAGE, bounds=Bounds(MEMORY, FOLDERS)) as sandbox:
        yield sandbox


def played(sandbox: Sandbox, layers: dict[str, str], seconds: float = 20) -> dict[str, dict[str, Any]]:
    step = {"verb": "apply", "inputs": "usual", "locked": False, "instead": {}, "edit": {}}
    job = {
        "files": {f"{name}/main.tf": text for name, text in layers.items()}, "applied": {}, "inputs": {"usual": {}},
        "cluster": CLUSTER, "state": "tofu-state", "variables": {"token": PLANTED}, "planted": ["token"],
        "controllers": CONTROLLERS, "processor": seconds, "seconds": 5 * seconds, "lines": 25, "before": [],
        "runs": [{**step, "name": name, "layer": name} for name in layers],
    }  # fmt: skip
    found = sandbox.play(job, SUPERVISOR, threading.Event(), ENTRYPOINT)["runs"]
    return {one["name"]: one for one in found}


def test_hostile_code_fails_its_own_step_and_what_follows_is_played(tofu: Sandbox) -> None:
    layers = {
        name: f'{BACKEND}resource "terraform_data" "x" {{\n  input = {code}\n}}\n' for name, code in HOSTILE.items()
    }
    good = f'{BACKEND}variable "token" {{}}\nresource "terraform_data" "x" {{\n  input = "well"\n}}\n'
    seen = played(tofu, {**layers, "good": good})
    assert {name: bool(step["failed"]) for name, step in seen.items()} == {
        **dict.fromkeys(HOSTILE, True),
        "good": False,
    }
    for name in set(HOSTILE) - {"ranges"}:
        assert "permission denied" in "\n".join(seen[name]["tail"]), seen[name]["tail"]


def test_a_planted_value_is_found_in_state_plan_and_output(tofu: Sandbox) -> None:
    leaky = f'{BACKEND}variable "token" {{}}\nresource "terraform_data" "x" {{\n  input = var.token\n}}\noutput "x" {{\n  value = "x${{var.token}}"\n}}\n'
    hidden = f'{BACKEND.replace(chr(34) + "a", chr(34) + "b")}variable "token" {{}}\nresource "terraform_data" "x" {{\n  input = sha256(var.token)\n}}\n'
    seen = played(tofu, {"hidden": hidden, "leaky": leaky})
    assert seen["hidden"]["leaks"] == []
    assert seen["leaky"]["leaks"] == ["the plan file", "the state tfstate-default-a", "what tofu printed"]
