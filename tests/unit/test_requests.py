"""What the pods of an object request in all, case by case after Kubernetes' documentation."""

from decimal import Decimal
from typing import Any

import pytest

from harness.kube.requests import Requests, requests_of

MI = 2**20
Container = dict[str, Any]


def container(cpu: str, memory: str = "0", **more: Any) -> Container:
    return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}


def sidecar(cpu: str) -> Container:
    return container(cpu, restartPolicy="Always")


def pod(*containers: Container, init: tuple[Container, ...] = (), **more: Any) -> dict[str, Any]:
    return {"kind": "Pod", "spec": {"containers": [*containers], "initContainers": [*init], **more}}


def workload(kind: str, spec: dict[str, Any], *containers: Container) -> dict[str, Any]:
    template = {"spec": {"containers": list(containers or (container("100m", "64Mi"),))}}
    work = {**spec, "template": template}
    return {
        "kind": kind,
        "metadata": {"name": "w"},
        "spec": {"jobTemplate": {"spec": work}} if kind == "CronJob" else work,
    }


def autoscaler(most: object, kind: str = "Deployment", name: str = "w", namespace: str | None = None) -> dict[str, Any]:
    target = {"kind": kind, "name": name}
    metadata = {"namespace": namespace} if namespace else {}
    return {
        "kind": "HorizontalPodAutoscaler", "metadata": metadata,
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": most},
    }  # fmt: skip


def limits(**container_limits: Any) -> dict[str, Any]:
    return {"kind": "LimitRange", "spec": {"limits": [{"type": "Container", **container_limits}]}}


def cpu(found: Requests) -> Decimal:
    return found["cpu"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (pod(container("50m"), container("70m")), "0.12"),  # containers run side by side
        (pod(container("50m"), init=(container("200m"),)), "0.2"),  # an init container runs before them
        (pod(container("50m"), init=(container("20m"),)), "0.05"),
        (pod(container("50m"), init=(container("200m"), container("300m"))), "0.3"),  # and one after the other
        (pod(container("50m"), init=(sidecar("400m"),)), "0.45"),  # a sidecar stays
        (pod(container("50m"), init=(sidecar("100m"), container("200m"))), "0.3"),  # beside what starts after it
        (pod(container("50m"), init=(container("200m"), sidecar("100m"))), "0.2"),  # not beside what ended before it
        (pod(container("50m"), init=(sidecar("100m"), container("120m"), sidecar("100m"))), "0.25"),
        (pod(container("50m"), overhead={"cpu": "25m"}), "0.075"),
        (pod(container("50m"), resources={"requests": {"cpu": "1"}}), "1"),  # the pod's own request decides
        (pod(container("50m"), resources={"limits": {"cpu": "1"}}), "0.05"),
        (pod({}, resources={"limits": {"cpu": "1"}}), "1"),
        (pod({"resources": {"limits": {"cpu": "2"}}}), "2"),  # a limit alone is the request
        (pod({"resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "0"}}}), "0"),
        (pod(container("-8"), container("50m")), "0.05"),  # nothing is given back
        (pod({}), "0"),
        ({"kind": "ConfigMap", "data": {}}, "0"),
    ],
)  # fmt: skip
def test_a_pod_counts_as_the_scheduler_counts_it(value: dict[str, Any], expected: str) -> None:
    assert cpu(requests_of(value)) == Decimal(expected)


@pytest.mark.parametrize(
    ("kind", "spec", "copies"),
    [
        ("Deployment", {}, 1),
        ("Deployment", {"replicas": 3}, 3),
        ("Deployment", {"replicas": 0}, 0),
        ("Deployment", {"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": 2}}}, 2),  # the ticket says: not counted
        ("StatefulSet", {"replicas": 4}, 4),
        ("ReplicaSet", {"replicas": 4}, 4),
        ("DaemonSet", {}, 3),
        ("Job", {}, 1),
        ("Job", {"parallelism": 3}, 3),
        ("Job", {"completions": 5}, 1),
        ("Job", {"parallelism": 3, "completions": 2}, 2),
        ("Job", {"parallelism": 3, "completions": 9, "completionMode": "Indexed"}, 3),
        ("Job", {"parallelism": 0}, 0),
        ("CronJob", {"parallelism": 2}, 2),
    ],
)  # fmt: skip
def test_all_pods_that_run_at_once_count(kind: str, spec: dict[str, Any], copies: int) -> None:
    found = requests_of(workload(kind, spec), nodes=3)
    assert found == {"cpu": copies * Decimal("0.1"), "memory": copies * 64 * MI}


@pytest.mark.parametrize(
    ("scaler", "copies"),
    [
        (autoscaler(7), 7),
        (autoscaler(1), 2),  # it starts with what the Deployment says
        (autoscaler("many"), 2),
        (autoscaler(7, name="other"), 2),
        (autoscaler(7, kind="StatefulSet"), 2),
        (autoscaler(7, namespace="elsewhere"), 2),
    ],
)
def test_an_autoscaler_counts_with_its_maximum(scaler: dict[str, Any], copies: int) -> None:
    assert cpu(requests_of(workload("Deployment", {"replicas": 2}), [scaler])) == copies * Decimal("0.1")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (limits(defaultRequest={"cpu": "300m"}, default={"cpu": "1"}), "0.35"),
        (limits(default={"cpu": "1"}), "1.05"),
        (limits(max={"cpu": "2"}, min={"cpu": "10m"}), "2.05"),
        (limits(min={"cpu": "10m"}), "0.06"),
        ({"kind": "LimitRange", "spec": {"limits": [{"type": "Pod", "max": {"cpu": "2"}}]}}, "0.05"),
    ],
)
def test_a_limit_range_fills_in_what_containers_do_not_name(given: dict[str, Any], expected: str) -> None:
    assert cpu(requests_of(pod({}, container("50m")), [given])) == Decimal(expected)


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "Pod", "spec": []},
        {"kind": "Pod", "spec": {"containers": {"name": "x"}}},
        {"kind": "Pod", "spec": {"containers": [7, {"resources": {"requests": "1", "limits": ["2"]}}]}},
        {"kind": "Pod", "spec": {"containers": [{"resources": {"requests": {"cpu": "lots"}}}]}},
        {"kind": "Deployment", "spec": {"replicas": "3", "template": {"spec": {"containers": None}}}},
        {"kind": "Deployment", "metadata": "w", "spec": {"template": None, "replicas": 2.5}},
        {"kind": "CronJob", "spec": {"jobTemplate": "x"}},
        {"kind": ["Pod"]} | {"kind": "Other"},
    ],
)
def test_odd_shapes_count_as_absent(value: dict[str, Any]) -> None:
    assert requests_of(value, [autoscaler(2), limits(max={}), {"kind": "LimitRange", "spec": {"limits": 1}}]) == {
        "cpu": 0, "memory": 0,
    }  # fmt: skip
