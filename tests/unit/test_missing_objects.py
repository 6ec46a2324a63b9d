"""What is said of an object of the ticket that a submission does not have."""

import pytest

from grader.checks import CheckFailureError
from grader.checks.submission import Submission
from grader.report.report import Reason
from harness.files.manifests import parse

EXERCISE = {"workload": {"kind": "Deployment", "name": "web", "namespace": "shop-a", "container": "main"}}


def missed(*metadata: str) -> Reason:
    text = "---\n".join(f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {one}\n" for one in metadata)
    manifests, _ = parse("f.yaml", text.encode())
    with pytest.raises(CheckFailureError) as caught:
        Submission(tuple(manifests), (), EXERCISE).workload()
    return caught.value.reason


def test_one_of_the_same_name_in_another_namespace_is_told_apart() -> None:
    """Else the report would expect what it says that it sees."""
    told = missed("{name: web, namespace: shop-b}", "{name: api}")
    assert told.message == "Deployment/web is missing in namespace shop-a"
    assert told.expected == "the object of the ticket in namespace shop-a"
    assert told.seen == "Deployment/web in namespace shop-b, Deployment/api in namespace shop-a"


def test_namespaces_are_not_told_where_there_is_but_one() -> None:
    told = missed("{name: api, namespace: shop-a}")
    assert (told.message, told.seen) == ("Deployment/web is missing", "Deployment/api")
