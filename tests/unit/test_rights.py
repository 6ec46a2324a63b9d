"""What Roles grant, to whom, and whether a pod has credentials at all."""

import pytest

from grader.checks.rights import bindings, excess, granted, grants, has_credentials, need_reading, others
from grader.checks.spec import CheckFailureError
from grader.checks.submission import Submission
from grader.checks.view import View
from harness.files.manifests import parse

EXERCISE = {"workload": {"kind": "Deployment", "name": "web", "namespace": "shop-a", "container": "main"}}


def read(text: str) -> Submission:
    manifests, problems = parse("f.yaml", text.encode())
    assert not problems
    return Submission(tuple(manifests), (), EXERCISE)


def role(rule: str) -> View:
    return read(f"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r}}\nrules: [{rule}]\n").get(
        "Role", "r"
    )


@pytest.mark.parametrize(
    ("rule", "granted"),
    [
        ("{apiGroups: [''], resources: [configmaps], verbs: [get, patch]}", True),
        ("{apiGroups: [''], resources: [configmaps], verbs: ['*']}", True),
        ("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", True),
        ("{apiGroups: [''], resources: [configmaps], resourceNames: [runs], verbs: [patch]}", True),
        ("{apiGroups: [''], resources: [configmaps], resourceNames: [other], verbs: [patch]}", False),
        ("{apiGroups: [apps], resources: [configmaps], verbs: [patch]}", False),
        ("{apiGroups: [''], resources: [secrets], verbs: [patch]}", False),
        ("{apiGroups: [''], resources: [configmaps], verbs: [get]}", False),
        ("{verbs: [get]}", False),
    ],
)
def test_a_role_grants_what_one_of_its_rules_names(rule: str, *, granted: bool) -> None:
    assert grants(role(rule), "patch", "configmaps", "runs") is granted


def test_a_rule_with_names_grants_nothing_without_a_name() -> None:
    """`create` has no name yet when it is judged."""
    rule = role("{apiGroups: [''], resources: [configmaps], resourceNames: [runs], verbs: [create]}")
    assert not grants(rule, "create", "configmaps")


MAY = (
    {"verbs": ["create"], "group": "", "resource": "configmaps", "namespace": "shop-a", "name": ""},
    {"verbs": ["get", "patch"], "group": "", "resource": "configmaps", "namespace": "shop-a", "name": "runs"},
)


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ("{apiGroups: [''], resources: [configmaps], resourceNames: [runs], verbs: [get, patch]}", ""),
        ("{apiGroups: [''], resources: [configmaps], verbs: [create]}", ""),
        ("{apiGroups: [''], resources: [configmaps], resourceNames: [runs], verbs: [create]}", ""),
        ("{apiGroups: [''], resources: [configmaps], verbs: [create, get]}", "get configmaps"),
        ("{apiGroups: [''], resources: [configmaps], resourceNames: [runs, ca], verbs: [get]}", "get configmaps ca"),
        (
            "{apiGroups: [''], resources: [configmaps], resourceNames: [runs], verbs: [delete]}",
            "delete configmaps runs",
        ),
        ("{apiGroups: [''], resources: [secrets], resourceNames: [runs], verbs: [get]}", "get secrets runs"),
        ("{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}", "create serviceaccounts/token"),
        ("{apiGroups: [apps], resources: [deployments], verbs: [get]}", "get deployments.apps"),
        ("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", "* *.*"),
        ("{apiGroups: [''], resources: [configmaps], resourceNames: [runs], verbs: ['*']}", "* configmaps runs"),
        ("{verbs: [get]}", ""),
    ],
)
def test_all_that_a_binding_grants_is_compared_with_all_that_may_be(rule: str, more: str) -> None:
    found = read(
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r}}\nrules: [{rule}]\n---\n"
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {kind: Role, name: r}\n"
    )
    ((_, held),) = granted(found, found.get("RoleBinding", "b"))
    assert excess(held, MAY) == more
    assert excess({**held, "namespace": "shop-b"}, MAY) or rule == "{verbs: [get]}"


@pytest.mark.parametrize(
    ("subject", "bound", "alone"),
    [
        ("{kind: ServiceAccount, name: web, namespace: shop-a}", True, True),
        ("{kind: ServiceAccount, name: web}", True, True),
        ("{kind: ServiceAccount, name: web, namespace: shop-b}", False, False),
        ("{kind: ServiceAccount, name: default, namespace: shop-a}", False, False),
        ("{kind: User, name: 'system:serviceaccount:shop-a:web'}", True, True),
        ("{kind: Group, name: 'system:serviceaccounts:shop-a'}", True, False),
        ("{kind: Group, name: 'system:serviceaccounts:shop-b'}", False, False),
    ],
)
def test_a_binding_names_an_account_in_several_ways(subject: str, *, bound: bool, alone: bool) -> None:
    found = read(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: shop-a}\n"
        f"roleRef: {{kind: Role, name: r}}\nsubjects: [{subject}]\n"
    )
    assert bool(bindings(found, "web", "shop-a")) is bound
    assert (not others(found.get("RoleBinding", "b"), "web", "shop-a")) is alone


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("kind: Role\nrules: [{apiGroups: [batch], resources: [jobs], verbs: [get, list, watch]}]", True),
        ("kind: Role\nrules: [{apiGroups: [batch], resources: [jobs], verbs: [get, patch]}]", False),
        ("kind: Role\nrules: [{apiGroups: [batch], resources: [jobs], verbs: [delete]}]", False),
        ("kind: Role\nrules: [{apiGroups: [''], resources: [pods/eviction], verbs: [create]}]", False),
        ("kind: Role\nrules: [{apiGroups: [''], resources: [resourcequotas], verbs: ['*']}]", False),
        ("kind: Role\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]", False),
        ("kind: Role\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: [get]}]", False),
        ("kind: RoleBinding\nroleRef: {kind: Role, name: own}", True),
        ("kind: RoleBinding\nroleRef: {kind: ClusterRole, name: view}", True),
        ("kind: RoleBinding\nroleRef: {kind: ClusterRole, name: edit}", False),
    ],
)
def test_what_may_write_is_no_right_to_read(text: str, *, reads: bool) -> None:
    found = read(f"apiVersion: rbac.authorization.k8s.io/v1\nmetadata: {{name: r, namespace: shop-a}}\n{text}\n")
    if reads:
        need_reading(found)
    else:
        with pytest.raises(CheckFailureError):
            need_reading(found)


VOLUME = "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]"


@pytest.mark.parametrize(
    ("account", "pod", "credentials"),
    [
        ("", "", True),
        ("", "automountServiceAccountToken: false", False),
        ("automountServiceAccountToken: false", "", False),
        ("automountServiceAccountToken: false", "automountServiceAccountToken: true", True),
        ("automountServiceAccountToken: true", "automountServiceAccountToken: false", False),
        ("automountServiceAccountToken: false", VOLUME, True),
    ],
)
def test_the_pods_word_on_its_token_wins_over_the_accounts(account: str, pod: str, *, credentials: bool) -> None:
    found = read(
        f"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: web, namespace: shop-a}}\n{account}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop-a}\n"
        f"spec:\n  template:\n    spec:\n      serviceAccountName: web\n      {pod}\n"
    )
    assert has_credentials(found, found.pod(), "shop-a") is credentials
