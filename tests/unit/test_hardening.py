"""Hardening is read of every container, and a secret is found wherever it stands."""

import base64
from typing import Any

import pytest
import yaml

from grader.checks.hardening import weaknesses
from grader.checks.pods import home_of, overridden, setting
from grader.checks.submission import Submission
from grader.checks.values import spelled_out, tells
from grader.checks.view import View
from harness.files.manifests import parse

HARD = {"runAsUser": 7, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False}
TOKEN = "practice-token-3f9c"  # noqa: S105 - a made-up one


def submission(*values: dict[str, Any], file: str = "manifests/f.yaml") -> Submission:
    manifests, problems = parse(file, yaml.safe_dump_all(values).encode())
    assert not problems
    return Submission(tuple(manifests), (), {"workload": {"namespace": "n"}})


def pod(kind: str = "Pod", security: dict[str, Any] | None = None, **groups: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"securityContext": security or {}, **groups}
    if kind != "Pod":
        spec = {"template": {"spec": spec}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "p"}, "spec": spec}


def container(**changed: Any) -> dict[str, Any]:
    context = {key: value for key, value in (HARD | changed).items() if value is not None}
    return {"name": "c", "securityContext": context}


def places(value: dict[str, Any]) -> list[str]:
    return [weakness.place.field.rpartition("securityContext.")[2] for weakness in weaknesses(submission(value))]


@pytest.mark.parametrize(
    ("changed", "pod_level", "place"),
    [
        ({}, {}, None),
        ({"runAsUser": None, "runAsNonRoot": True}, {}, None),
        ({"runAsUser": None}, {"runAsNonRoot": True}, None),
        ({"runAsUser": None}, {"runAsUser": 5}, None),
        ({"runAsNonRoot": False}, {"runAsNonRoot": True}, None),  # the user is another than root all the same
        ({"runAsUser": None}, {}, "runAsNonRoot"),
        ({"runAsUser": None}, {"runAsUser": 0}, "runAsUser"),
        ({"runAsUser": 0}, {"runAsUser": 5, "runAsNonRoot": True}, "runAsUser"),
        ({"readOnlyRootFilesystem": None}, {}, "readOnlyRootFilesystem"),
        ({"readOnlyRootFilesystem": False}, {}, "readOnlyRootFilesystem"),
        ({"allowPrivilegeEscalation": None}, {}, "allowPrivilegeEscalation"),
        ({"capabilities": {"drop": ["ALL"]}}, {}, None),
        ({"capabilities": {"add": ["NET_BIND_SERVICE"]}}, {}, None),
        ({"capabilities": {"add": ["CHOWN"]}}, {}, "capabilities.add[0]"),
        ({"seccompProfile": {"type": "Unconfined"}}, {}, "seccompProfile.type"),
        ({}, {"seccompProfile": {"type": "Unconfined"}}, "seccompProfile.type"),
        ({"procMount": "Unmasked"}, {}, "procMount"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("group", ["containers", "initContainers"])
def test_a_container_is_judged_by_its_own_context_else_the_pods(
    changed: dict[str, Any], pod_level: dict[str, Any], place: str | None, group: str
) -> None:
    groups: dict[str, Any] = {"containers": [container()], group: [container(**changed)]}
    if group == "initContainers" and place and "run" in place:
        groups["containers"] = [container(runAsUser=9)]
    assert set(places(pod(security=pod_level, **groups))) == ({place} if place else set())


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"])
def test_every_kind_of_workload_is_read(kind: str) -> None:
    assert places(pod(kind, containers=[container(), container(runAsUser=0)])) == ["runAsUser"]


def test_a_sidecar_is_an_init_container_like_any_other() -> None:
    sidecar = {**container(readOnlyRootFilesystem=None), "restartPolicy": "Always"}
    assert places(pod(containers=[container()], initContainers=[sidecar])) == ["readOnlyRootFilesystem"]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"Authorization: Bearer {TOKEN}",
        encoded(TOKEN),
        f"decode('{encoded(TOKEN)}')",
        encoded(f"Bearer {TOKEN}").rstrip("="),
        base64.urlsafe_b64encode(f"??>>{TOKEN}".encode()).decode(),
        f"{encoded(TOKEN)[:9]}\n  {encoded(TOKEN)[9:]}",
        *(f"https://example.com/{'x' * length}/{encoded(TOKEN)}" for length in range(4)),
        f"/try/{encoded(TOKEN).rstrip('=')}/now",
    ],
)
def test_a_secret_is_told_plainly_and_in_base64(text: str) -> None:
    assert tells(text, TOKEN)


@pytest.mark.parametrize("text", ["practice-token", encoded("something else altogether"), ""])
def test_other_text_tells_no_secret(text: str) -> None:
    assert not tells(text, TOKEN)


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "ConfigMap", "data": {"a": {"b": [TOKEN]}}},
        {"kind": "ConfigMap", "data": {TOKEN: ""}},
        {"kind": "ConfigMap", "binaryData": {"a": encoded(TOKEN)}},
        {"kind": "Pod", "metadata": {"name": "p", "annotations": {"note": TOKEN}}},
    ],
)
def test_a_secret_is_found_in_any_place_of_any_object(value: dict[str, Any]) -> None:
    whole = {"apiVersion": "v1", "metadata": {"name": "p"}, **value}
    assert list(spelled_out(submission(whole), "manifests/", TOKEN))
    assert not list(spelled_out(submission(whole, file="platform/f.yaml"), "manifests/", TOKEN))


def views(submitted: Submission) -> tuple[View, View]:
    spec = submitted.all("Pod")[0].at("spec")
    return spec, spec.at("containers", 0)


@pytest.mark.parametrize(
    ("spec", "home"),
    [
        ({}, "/home/server"),
        ({"securityContext": {"runAsUser": 1000}}, "/home/server"),
        ({"securityContext": {"runAsUser": 33}}, "/var/www"),
        ({"securityContext": {"runAsUser": 65534}}, "/nonexistent"),
        ({"securityContext": {"runAsUser": 10001}}, "/"),
        ({"env": [{"name": "HOME", "value": "/scratch"}]}, "/scratch"),
        ({"command": ["sh", "-c", "HOME=/scratch exec serve"]}, "/scratch"),
        ({"command": ["sh", "-c", "export HOME=$(mktemp -d); serve"]}, None),
        ({"envFrom": [{"configMapRef": {"name": "x"}}]}, None),
        ({"volumeMounts": [{"name": "users", "mountPath": "/etc/passwd"}]}, None),
    ],
)
def test_home_comes_from_the_image_where_nothing_sets_it(spec: dict[str, Any], home: str | None) -> None:
    assert home_of(*views(submission(pod(containers=[{"name": "c", **spec}])))) == home


def test_a_setting_with_something_to_fill_in_is_not_known() -> None:
    _, one = views(submission(pod(containers=[{"name": "c", "args": ["--cache=$(ROOT)/cache"]}])))
    assert setting(one, "CACHE", "--cache", "/").value is None


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ({}, ["WEB_PORT"]),
        ({"env": [{"name": "WEB_PORT", "value": "1"}]}, []),
        ({"envFrom": [{"configMapRef": {"name": "settings"}}]}, []),
        ({"envFrom": [{"prefix": "X_", "configMapRef": {"name": "settings"}}]}, ["WEB_PORT"]),
        ({"command": ["sh", "-c", "WEB_PORT=80 exec serve"]}, []),
        ({"command": ["sh", "-c", "unset WEB_PORT; exec serve"]}, []),
    ],
)
def test_a_services_variable_lands_only_where_nothing_else_sets_it(spec: dict[str, Any], names: list[str]) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"WEB_PORT": "80"}}
    submitted = submission(pod(containers=[{"name": "c", **spec}]), service, config)
    assert [name for _, name in overridden(submitted, *views(submitted), ["WEB_PORT"])] == names
