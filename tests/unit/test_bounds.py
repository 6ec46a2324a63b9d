"""What no submission may contain, each with the place that is named."""

from decimal import Decimal
from typing import Any

import pytest

from grader.checks import bounds
from grader.checks.bounds import trespasses
from grader.checks.submission import Submission
from harness.files.manifests import parse
from harness.files.quantity import quantity
from harness.runs import run as runs

EXERCISE = {
    "workload": {"kind": "Deployment", "name": "web", "namespace": "shop-a", "container": "main", "replicas": 1},
    "namespaces": ["shop-a", "shop-b"],
    "images": ["img:1"],
    "max_requests": {"cpu": "1", "memory": "1Gi"},
}
POD = """apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop-a}
spec:
  containers:
    - {name: main, image: "img:1"}
"""


def found(text: str, **exercise: Any) -> list[str]:
    manifests, problems = parse("f.yaml", text.encode())
    assert not problems
    submission = Submission(tuple(manifests), (), EXERCISE | exercise)
    return [f"{view.field}: {problem}" for view, problem in trespasses(submission)]


def pod(extra: str) -> str:
    return POD + extra


SET = """apiVersion: apps/v1
kind: StatefulSet
metadata: {name: s}
spec:
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: main, image: "img:1"}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]
"""
CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: mine}\nvalue: 1\n"


@pytest.mark.parametrize(
    ("text", "listed", "trespass"),
    [
        (CLASS, ["mine"], []),
        (CLASS, [], ["kind: objects of kind PriorityClass are not part of this exercise"]),
        (CLASS, ["ours"], ["metadata.name: only the PriorityClasses ours belong to this exercise"]),
        (CLASS + "globalDefault: true\n", ["mine"], ["globalDefault: a default for every pod of the cluster is refused on the grading cluster"]),
        (CLASS.replace("mine}", "mine, finalizers: [a/b]}"), ["mine"], ["metadata.finalizers: finalizers are refused on the grading cluster"]),
        ("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: breakfix-objects}\n", [], ["metadata.name: the name breakfix-objects is the grading cluster's own"]),
    ],
)  # fmt: skip
def test_only_the_listed_priority_classes_are_allowed(text: str, listed: list[str], trespass: list[str]) -> None:
    assert found(text, priority_classes=listed) == trespass


def test_a_class_stands_outside_of_namespaces() -> None:
    twice = CLASS + "---\n" + CLASS.replace("mine}", "mine, namespace: shop-a}")
    assert found(twice, priority_classes=["mine"]) == [": PriorityClass/mine is declared 2 times; keep one"]


@pytest.mark.parametrize("kind", ["ResourceQuota", "LimitRange"])
def test_what_the_platform_sets_is_its_own_unless_it_is_handed_over(kind: str) -> None:
    """In its own files it always is."""
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: mine}}\n"
    manifests, _ = parse("f.yaml", text.encode())
    for files, handed_over, allowed in (
        ({"f.yaml": text}, [], False),
        ({"f.yaml": text}, [kind], True),
        ({}, [], True),
    ):
        submission = Submission(tuple(manifests), (), EXERCISE | {"hands_over": handed_over}, files)
        assert (not list(trespasses(submission))) is allowed


def test_the_quotas_name_is_the_runs_own() -> None:
    assert bounds.QUOTA == runs.QUOTA


def test_a_plain_pod_is_allowed() -> None:
    assert found(POD) == []


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (POD.replace("shop-a", "kube-system"), "metadata.namespace"),
        (POD.replace("img:1", "other:1"), "spec.containers[0].image"),
        (POD.replace("name: p,", "name: p, finalizers: [a/b],"), "metadata.finalizers"),
        (POD.replace("name: p,", "name: p, ownerReferences: [{kind: Node}],"), "metadata.ownerReferences"),
        (pod("  hostNetwork: true\n"), "spec.hostNetwork"),
        (pod("  hostPID: true\n"), "spec.hostPID"),
        (pod("  hostIPC: true\n"), "spec.hostIPC"),
        (pod("  nodeName: node-1\n"), "spec.nodeName"),
        (pod("  priorityClassName: system-node-critical\n"), "spec.priorityClassName"),
        (pod("  volumes: [{name: v, hostPath: {path: /}}]\n"), "spec.volumes[0].hostPath"),
        (pod("  initContainers: [{name: i, image: evil}]\n"), "spec.initContainers[0].image"),
        (POD.replace("}\n", ", securityContext: {privileged: true}}\n").replace("shop-a, securityContext: {privileged: true}", "shop-a"), "spec.containers[0].securityContext.privileged"),
        (POD.replace('"img:1"}', '"img:1", ports: [{hostPort: 80}]}'), "spec.containers[0].ports[0].hostPort"),
        (POD.replace('"img:1"}', '"img:1", env: [{name: BREAKFIX_LOAD_SECONDS}]}'), "spec.containers[0].env[0].name"),
        (POD.replace('"img:1"}', '"img:1", resources: {requests: {cpu: 2}}}'), "spec.containers[0].resources"),
        (POD.replace('"img:1"}', '"img:1", resources: {limits: {memory: 2Gi}}}'), "spec.containers[0].resources"),
        ("apiVersion: v1\nkind: Node\nmetadata: {name: one}\n", "kind"),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: one}\n", "kind"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {externalIPs: [1.2.3.4]}\n", "spec.externalIPs"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: ExternalName}\n", "spec.type"),
        (POD + "---\n" + POD, ""),
        (pod("  volumes: [{name: v, image: {reference: 'other:1'}}]\n"), "spec.volumes[0].image.reference"),
        (SET.replace("{labels", "{finalizers: [a/b], labels"), "spec.template.metadata.finalizers"),
        (SET.replace("{name: data}", "{name: data, finalizers: [a/b]}"), "spec.volumeClaimTemplates[0].metadata.finalizers"),
    ],
)  # fmt: skip
def test_each_trespass_is_named(text: str, field: str) -> None:
    assert [one.partition(":")[0] for one in found(text)] == [field]


@pytest.mark.parametrize(("policy", "bounded"), [("", False), ("concurrencyPolicy: Allow,", False),
                                                ("concurrencyPolicy: Forbid,", True), ("concurrencyPolicy: Replace,", True)])  # fmt: skip
def test_jobs_that_pile_up_are_out_of_bounds(policy: str, *, bounded: bool) -> None:
    text = f"""apiVersion: batch/v1
kind: CronJob
metadata: {{name: c}}
spec: {{{policy} jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: main, image: "img:1"}}]}}}}}}}}}}
"""
    assert [one.partition(":")[0] for one in found(text)] == ([] if bounded else ["spec.concurrencyPolicy"])


def test_replicas_count() -> None:
    """Ten times a tenth of the allowance is allowed, eleven times is not."""
    text = """apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 10
  template: {spec: {containers: [{name: main, image: "img:1", resources: {requests: {cpu: 100m}}}]}}
"""
    assert found(text) == []
    assert len(found(text.replace("replicas: 10", "replicas: 11"))) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [("250m", "0.25"), ("1", "1"), (2, "2"), (0.5, "0.5"), ("1Ki", "1024"), ("1k", "1000"), ("1e3", "1000"), ("1.5Gi", "1610612736"), (".5", "0.5"), ("100n", "0.0000001")],
)  # fmt: skip
def test_quantities(text: Any, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1gb", None, [], {}, True, "1e999", "--1", "0x10"])
def test_what_is_no_quantity(text: Any) -> None:
    assert quantity(text) is None
