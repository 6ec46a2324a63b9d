"""What a pod template means."""

import pytest

from grader.checks import pods
from grader.checks.spec import CheckFailureError
from grader.checks.view import View
from harness.files.manifests import parse
from harness.kube.requests import POD_SPECS


def view(text: str) -> View:
    manifests, problems = parse("f.yaml", f"apiVersion: v1\nkind: X\nmetadata: {{name: x}}\nspec:\n{text}".encode())
    assert not problems
    return View(manifests[0], (), manifests[0].value).at("spec")


@pytest.mark.parametrize(
    ("container", "value"),
    [
        ("  {}\n", "8080"),
        ("  env: [{name: PORT, value: '9000'}]\n", "9000"),
        ("  env: [{name: PORT, value: '1'}, {name: PORT, value: '2'}]\n", "2"),
        ("  env: [{name: PORT, value: '9000'}]\n  args: [--port=7000]\n", "7000"),
        ("  args: [--port, '7000']\n", "7000"),
        ("  command: [sh, -c]\n  args: ['exec server --port 7000 --host x']\n", "7000"),
        ("  command: [sh, -c]\n  args: ['while true; do server --port=7000; sleep 1; done']\n", "7000"),
        ("  env: [{name: PORT, valueFrom: {fieldRef: {fieldPath: a}}}]\n", None),
        ("  envFrom: [{configMapRef: {name: a}}]\n", None),
    ],
)
def test_a_setting_comes_to_what_the_program_reads(container: str, value: str | None) -> None:
    assert pods.setting(view(container), "PORT", "--port", "8080").value == value


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("[::1]", True), ("127.9.9.9", True), ("0.0.0.0", False), ("::", False), ("pod", False)],
)  # fmt: skip
def test_loopback(host: str, loopback: bool) -> None:  # noqa: FBT001 - a column of the table
    assert pods.is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("container", "seconds"),
    [
        ("  {}\n", []),
        ("  livenessProbe: {httpGet: {path: /live}}\n", [20]),
        (
            "  livenessProbe: {httpGet: {path: /live}, initialDelaySeconds: 30, periodSeconds: 5, failureThreshold: 2}\n",
            [35],
        ),
        ("  livenessProbe: {exec: {command: [a]}}\n", []),
        ("  livenessProbe: {tcpSocket: {port: 1}}\n", []),
        (
            "  startupProbe: {httpGet: {path: /live}, failureThreshold: 30}\n  livenessProbe: {httpGet: {path: /live}}\n",
            [290],
        ),
        ("  startupProbe: {exec: {command: [a]}}\n  livenessProbe: {httpGet: {path: /live}}\n", []),
        ("  startupProbe: {tcpSocket: {port: 1}}\n  livenessProbe: {httpGet: {path: /live}}\n", [20]),
        ("  startupProbe: {httpGet: {path: /live}}\n  livenessProbe: {httpGet: {path: /ready}}\n", [20, 40]),
    ],
)
def test_what_probes_allow_a_start(container: str, seconds: list[float]) -> None:
    assert [allowed for _, allowed in pods.startup_allowances(view(container))] == seconds


@pytest.mark.parametrize(
    ("path", "able"),
    [
        ("/scratch/x", True),
        ("/scratch/ro", False),
        ("/config/a", False),
        ("/elsewhere", False),
        ("/scratching", False),
        ("/gone/a", None),
    ],
)
def test_where_a_container_can_write(path: str, able: bool | None) -> None:  # noqa: FBT001 - a column of the table
    pod = view(
        """  securityContext: {readOnlyRootFilesystem: false}
  volumes:
    - {name: s, emptyDir: {}}
    - {name: c, configMap: {name: c}}
  containers:
    - name: main
      securityContext: {readOnlyRootFilesystem: true}
      volumeMounts:
        - {name: s, mountPath: /scratch}
        - {name: s, mountPath: /scratch/ro, readOnly: true}
        - {name: c, mountPath: /config}
        - {name: missing, mountPath: /gone}
"""
    )
    assert pods.writable(pod, pod.at("containers", 0), path) is able


def test_service_variables() -> None:
    service = view("  ports: [{port: 80}]\n")
    assert {"X_PORT", "X_SERVICE_HOST", "X_PORT_80_TCP_ADDR"} <= pods.service_variables(
        View(service.manifest, (), service.manifest.value)
    )
    headless = view("  clusterIP: None\n  ports: [{port: 80}]\n")
    assert pods.service_variables(View(headless.manifest, (), headless.manifest.value)) == set()


def test_an_odd_shape_fails_clearly() -> None:
    """The message names the object, the field, what was expected and what was seen."""
    with pytest.raises(CheckFailureError) as caught:
        view("  containers: {a: 1}\n").at("containers").items()
    reason = caught.value.reason
    assert (reason.object, reason.field, reason.expected, reason.seen) == (
        "X/x",
        "spec.containers",
        "a list",
        "a mapping",
    )
    assert reason.line == 5


@pytest.mark.parametrize(
    ("kind", "name", "spec", "on"),
    [
        ("Pod", "keeper", "volumes: [{name: progress, persistentVolumeClaim: {claimName: work}}]", "work"),
        (
            "Pod",
            "keeper",
            "volumes: [{name: progress, ephemeral: {volumeClaimTemplate: {spec: {}}}}]",
            "keeper-progress",
        ),
        ("Deployment", "keeper", "volumes: [{name: progress, ephemeral: {volumeClaimTemplate: {spec: {}}}}]", ""),
        (
            "StatefulSet",
            "keeper",
            "volumes: [{name: progress, ephemeral: {volumeClaimTemplate: {spec: {}}}}]",
            "keeper-0-progress",
        ),
        ("StatefulSet", "keeper", "containers: []", "data-keeper-12"),
    ],
)
def test_claims_that_are_made_for_a_pod_have_its_name(kind: str, name: str, spec: str, on: str) -> None:
    whole = (
        f"spec: {{{spec}}}"
        if kind == "Pod"
        else f"spec: {{{'volumeClaimTemplates: [{metadata: {name: data}}], ' * ('volumes' not in spec)}template: {{spec: {{{spec}}}}}}}"
    )
    manifests, _ = parse("f.yaml", f"kind: {kind}\napiVersion: v1\nmetadata: {{name: {name}}}\n{whole}\n".encode())
    pod = View(manifests[0], (), manifests[0].value).at(*POD_SPECS[kind])
    found = [
        claim
        for claim in ("work", "keeper-progress", "keeper-0-progress", "data-keeper-12", "other")
        if pods.on_claim(pod, claim)
    ]
    assert found == ([on] if on else [])
