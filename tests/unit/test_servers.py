"""What serves in a pod, and where a Service leads: told as the kubelet and the API read the files."""

import pytest

from grader.checks.pods import led_to, references_of, setting
from grader.checks.servers import is_alone, programs, serves
from grader.checks.submission import Submission
from grader.checks.values import looked_up
from grader.checks.view import View
from harness.files.manifests import parse

EXERCISE = {"workload": {"kind": "Deployment", "name": "web", "namespace": "shop-a", "container": "main"}}
MAIN = "{name: main, image: 'shop/web-server:1.0'}"
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {PROGRAM: web_server, PORT: '9000'}\n"


def read(*containers: str, more: str = "") -> Submission:
    """Return a submission whose workload has these containers, and a ConfigMap of settings."""
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop-a}\n"
        f"spec: {{template: {{spec: {{containers: [{', '.join(containers)}]{more}}}}}}}\n"
    )
    manifests, problems = parse("f.yaml", f"{deployment}---\n{SETTINGS}".encode())
    assert not problems
    return Submission(tuple(manifests), (), EXERCISE)


def beside(text: str) -> tuple[Submission, View]:
    """Return a submission with a second container, and that container."""
    submission = read(MAIN, f"{{name: other, image: 'shop/web-server:1.0', {text}}}")
    return submission, submission.pod().at("containers", 1)


@pytest.mark.parametrize(
    ("text", "called", "alone"),
    [
        ("args: [--port=1]", True, True),
        ("command: []", True, True),
        ("command: [python3, -m, web_server]", True, True),
        ("command: [python3, /app/web_server/__main__.py]", True, True),
        ("command: [python3, -m, $(P)], env: [{name: P, value: web_server}]", True, True),
        ("command: [python3, -m, $(P)], env: [{name: A, value: web}, {name: P, value: $(A)_server}]", True, True),
        ("command: [python3, -m, $$(P)], env: [{name: P, value: web_server}]", False, False),
        ("command: [python3, -m, $(PROGRAM)], envFrom: [{configMapRef: {name: settings}}]", True, True),
        ("command: [sh, -c, 'unset X; exec python3 -m web_server']", True, True),
        ("command: [sh, -c, 'watch & exec python3 -m web_server']", True, False),
        ("command: [sh, -c, 'while true; do python3 -m web_server; done']", True, False),
        ("lifecycle: {postStart: {exec: {command: [sh, -c, 'watch &']}}}", True, False),
        ("command: [sh, -c, 'sleep 9; pkill -f web_server']", False, False),
        ("command: [sleep, '9']", False, False),
    ],
)
def test_what_calls_the_program_serves(text: str, called: bool, alone: bool) -> None:  # noqa: FBT001 - columns of the table
    submission, other = beside(text)
    assert (other in programs(submission, submission.pod())) is called
    assert is_alone(other, submission) is alone


def test_who_names_the_program_serves_where_nothing_calls_it() -> None:
    """As a script that starts it would."""
    wrapped = MAIN[:-1] + ", command: [sh, -c, 'supervise --what web_server']}"
    submission = read(wrapped)
    assert serves(submission.container(), submission)
    assert programs(submission, submission.pod()) == [submission.container()]


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("args: [--port=$(A)], env: [{name: A, value: '7000'}]", "7000"),
        ("args: [--port=$(A)]", None),
        ("envFrom: [{configMapRef: {name: settings}}]", "9000"),
        ("envFrom: [{prefix: MY_, configMapRef: {name: settings}}]", "8080"),
        ("env: [{name: PORT, valueFrom: {configMapKeyRef: {name: settings, key: PORT}}}]", "9000"),
        ("env: [{name: PORT, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", None),
    ],
)
def test_a_port_is_looked_up_in_config_maps(text: str, port: str | None) -> None:
    submission, other = beside(text)
    assert setting(other, "PORT", "--port", "8080", looked_up(submission, other)).value == port


@pytest.mark.parametrize(
    ("entry", "port"),
    [
        ("{port: 80}", 80),
        ("{port: 80, targetPort: 8081}", 8081),
        ("{port: 80, targetPort: http}", 8080),
        ("{port: 80, targetPort: side}", 9100),
        ("{port: 80, targetPort: first}", None),
    ],
)
def test_a_service_leads_to_ports_of_containers_that_stay(entry: str, port: int | None) -> None:
    http = "{name: main, ports: [{name: http, containerPort: 8080}]}"
    more = (
        ", initContainers: [{name: side, restartPolicy: Always, ports: [{name: side, containerPort: 9100}]},"
        " {name: first, ports: [{name: first, containerPort: 1}]}]"
    )
    service, _ = parse(
        "s.yaml", f"apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{entry}]}}".encode()
    )
    view = View(service[0], (), service[0].value)
    assert led_to(view.at("spec", "ports", 0), read(http, more=more).pod()) == port


def test_a_container_has_its_own_references_and_those_it_mounts() -> None:
    """Not those of the container beside it."""
    env = "env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: %s}}}]"
    submission = read(
        f"{{name: main, {env % 'mine'}, volumeMounts: [{{name: v, mountPath: /v}}]}}",
        f"{{name: other, {env % 'theirs'}, volumeMounts: [{{name: w, mountPath: /w}}]}}",
        more=", volumes: [{name: v, secret: {secretName: s, items: [{key: file, path: x}]}}, {name: w, configMap: {name: c}}]",
    )
    found = references_of(submission.pod(), submission.container())
    assert [(ref.kind, ref.name, ref.key) for ref in found] == [("Secret", "s", "mine"), ("Secret", "s", "file")]
