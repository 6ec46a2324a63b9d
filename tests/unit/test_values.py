"""What a variable holds in the running container, as far as the files tell."""

import pytest

from grader.checks import CheckFailureError
from grader.checks.submission import Submission
from grader.checks.values import need_keys, source, value
from harness.files.manifests import parse

EXERCISE = {"workload": {"kind": "Deployment", "name": "web", "namespace": "shop-a", "container": "main"}}
HOLDER = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop-a}\n"


def read(container: str, *others: str) -> Submission:
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop-a}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: main, {container}}}]}}}}}}\n"
    )
    manifests, problems = parse("f.yaml", "---\n".join([deployment, *others]).encode())
    assert not problems
    return Submission(tuple(manifests), (), EXERCISE)


REF = "env: [{name: V, valueFrom: {secretKeyRef: {name: s, key: k}}}]"


@pytest.mark.parametrize(
    ("container", "secret", "held"),
    [
        ("env: [{name: V, value: x}]", "", "x"),
        (REF, "data: {k: eAo=}", "x\n"),
        (REF, "data: {k: eAo=}\nstringData: {k: x}", "x"),
        (REF, "stringData: {other: x}", None),
        ("envFrom: [{prefix: P_, secretRef: {name: s}}]", "stringData: {V: wrong}", None),
        ("envFrom: [{secretRef: {name: s}}]", "stringData: {V: x}", "x"),
        ("envFrom: [{prefix: V, secretRef: {name: s}}]", "stringData: {V: wrong, '': x}", "x"),
        ("env: [{name: V, value: why}], envFrom: [{secretRef: {name: s}}]", "stringData: {V: x}", "why"),
        ("env: [{name: V, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", "", None),
        ("image: x", "", None),
    ],
)
def test_a_variable_is_looked_up_as_the_kubelet_does(container: str, secret: str, held: str | None) -> None:
    submission = read(container, HOLDER + secret)
    found = source(submission, submission.container(), "V")
    assert (value(submission, found) if found else None) == held


def test_what_is_no_base64_is_told() -> None:
    submission = read(REF, HOLDER + "data: {k: '%%'}")
    found = source(submission, submission.container(), "V")
    assert found is not None
    with pytest.raises(CheckFailureError, match="is not base64 of text"):
        value(submission, found)


@pytest.mark.parametrize(
    ("container", "message"),
    [(REF.replace("key: k", "key: z"), "does not have"), (REF.replace("name: s", "name: z"), "does not exist")],
)
def test_a_reference_that_leads_nowhere_is_told(container: str, message: str) -> None:
    submission = read(container, HOLDER + "data: {k: eA==}")
    with pytest.raises(CheckFailureError, match=message):
        need_keys(submission, submission.pod())
