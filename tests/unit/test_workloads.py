"""The table of kinds that own pods."""

import pytest

from grader.checks import schema
from harness.files.manifests import Manifest
from harness.files.workloads import WORKLOADS


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_kind_stands_where_the_api_has_it_with_its_pods_where_the_table_says(name: str) -> None:
    """An object that has only a pod's specification there lacks things, and none of them is unknown."""
    kind = WORKLOADS[name]
    value: object = {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Always"}
    for key in reversed(kind.pod_spec):
        value = {key: value}
    assert isinstance(value, dict)
    found = schema.verdict(Manifest("x", 1, {"apiVersion": kind.api_version, "kind": name, **value}))
    assert found is None or "lacks a field that the API requires" in found.message
    assert set(kind.owners) <= WORKLOADS.keys()
