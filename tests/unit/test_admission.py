"""What a run is counted for before it may begin."""

from decimal import Decimal
from typing import Any

import pytest

from harness.admission import requested

CONTAINER = {"resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "2", "memory": "1Gi"}}}


def deployment(**spec: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "spec": {"replicas": 3, "template": {"spec": {"containers": [CONTAINER]}}, **spec}}


@pytest.mark.parametrize(
    ("value", "cpu", "memory"),
    [
        (deployment(), "0.3", 3 * 2**30),
        (deployment(replicas=None), "0.1", 2**30),
        (deployment(template={"spec": {"containers": None}}), "0", 0),
        ({"kind": "Pod", "spec": {"containers": [CONTAINER, CONTAINER]}}, "0.2", 2 * 2**30),
        ({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"parallelism": 2, "template": {"spec": {"containers": [CONTAINER]}}}}}}, "0.2", 2 * 2**30),
        ({"kind": "ConfigMap", "data": {}}, "0", 0),
    ],
)  # fmt: skip
def test_all_copies_count_by_request_else_limit(value: dict[str, Any], cpu: str, memory: int) -> None:
    assert requested(value) == {"cpu": Decimal(cpu), "memory": memory}


def test_an_init_container_counts_where_it_is_the_largest_and_a_sidecar_always() -> None:
    large = {"resources": {"requests": {"cpu": "1"}}}
    sidecar = {"resources": {"requests": {"cpu": "50m"}}, "restartPolicy": "Always"}
    pod = {"containers": [CONTAINER], "initContainers": [large, sidecar]}
    assert requested({"kind": "Pod", "spec": pod})["cpu"] == 1
    assert requested({"kind": "Pod", "spec": {**pod, "initContainers": [sidecar]}})["cpu"] == Decimal("0.15")
