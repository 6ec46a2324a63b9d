"""What Roles and RoleBindings of a submission grant, and whose credentials a pod gets.

Source: Kubernetes documentation, "Using RBAC Authorization" and "Configure Service Accounts for Pods".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from grader.checks.pods import all_containers, all_pods, uses
from grader.checks.submission import Submission
from grader.checks.view import View

READING = {"get", "list", "watch"}
ACCOUNT_NAME = "kubernetes.io/service-account.name"
ACCOUNT_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secret
VIEW = "view"  # the one ClusterRole of Kubernetes' own that reads, and no Secrets


def account_of(pod: View) -> str:
    """Return the name of the ServiceAccount that a pod runs as; `serviceAccount` is the older name of the field."""
    return pod.at("serviceAccountName").text() or pod.at("serviceAccount").text() or "default"


def lent(submission: Submission) -> Iterator[View]:
    """Yield each pod that is given a Secret with the token of an account other than its own."""
    for secret in submission.all("Secret"):
        owner = secret.at("metadata", "annotations", ACCOUNT_NAME).text()
        for pod in all_pods(submission) if secret.at("type").value == ACCOUNT_TOKEN else ():
            given = any(uses(pod, container, "Secret", secret.manifest.name) for container in all_containers(pod))
            if given and account_of(pod) != owner:
                yield pod


def grants(role: View, verb: str, resource: str, name: str = "", group: str = "") -> bool:
    """Whether a Role's rules allow this; without a name, on objects of every name."""
    return any(
        _names(rule.at("verbs"), verb)
        and _names(rule.at("apiGroups"), group)
        and _names(rule.at("resources"), resource)
        and (not rule.at("resourceNames").items() or name in _texts(rule.at("resourceNames")))
        for rule in role.at("rules").items()
    )


def excess(held: Mapping[str, Any], may: Iterable[Mapping[str, Any]]) -> str:
    """Return the first thing that a rule grants and nothing of `may` covers, as `verb resource name`; "" without one.

    A rule has namespace, verbs, groups, resources and names (none: every name), as lists of text; what it may be is
    told as an exercise's `rights` do. A `*` is more than anything that is listed.
    """
    here = [one for one in may if one["namespace"] == held["namespace"]]
    for group in held["groups"] or [""]:
        for resource in held["resources"]:
            for name in held["names"] or [""]:
                for verb in held["verbs"]:
                    if not any(_covers(one, verb, group, resource, name) for one in here):
                        return " ".join(filter(None, (verb, f"{resource}.{group}" if group else resource, name)))
    return ""


def _covers(one: Mapping[str, Any], verb: str, group: str, resource: str, name: str) -> bool:
    alike = verb in one["verbs"] and (group, resource) == (one["group"], one["resource"])
    return alike and one["name"] in ("", name)


def granted(submission: Submission, binding: View) -> Iterator[tuple[View, dict[str, Any]]]:
    """Yield each rule that a RoleBinding grants by a Role of the submission, and the rule as `excess` takes it."""
    home = submission.exercise["workload"]["namespace"]
    namespace = binding.manifest.namespace or home
    role = submission.find(binding.at("roleRef", "kind").text("Role"), binding.at("roleRef", "name").text(), namespace)
    for rule in role.at("rules").items() if role is not None and role.manifest.kind == "Role" else ():
        names = {"verbs": "verbs", "groups": "apiGroups", "resources": "resources", "names": "resourceNames"}
        yield rule, {"namespace": namespace, **{key: _listed(rule.at(field)) for key, field in names.items()}}


def need_reading(submission: Submission) -> None:
    """Fail where the submission grants anything but reading, or the reading of Secrets.

    Whatever may write can undo at night what the files say: a time to live, a quota, a checkpoint's Job.
    """
    for role in submission.all("Role"):
        for rule in role.at("rules").items():
            verbs, resources = _texts(rule.at("verbs")), _texts(rule.at("resources"))
            if not verbs <= READING or resources & {"secrets", "*"}:
                rule.fail("this right goes beyond reading", expected="get, list and watch, of no Secrets")
    for binding in submission.all("RoleBinding"):
        ref = binding.at("roleRef")
        if ref.at("kind").value != "Role" and ref.at("name").value != VIEW:
            ref.fail("one of the cluster's own roles is bound", expected=f"a Role of yours, or {VIEW}")


def others(binding: View, account: str, namespace: str) -> list[View]:
    """Return the subjects of a RoleBinding that mean more than the ServiceAccount, or somebody else."""
    return [
        subject
        for subject in binding.at("subjects").items()
        if subject.at("kind").text() == "Group" or not _is(subject, binding, account, namespace)
    ]


def bindings(submission: Submission, account: str, namespace: str) -> list[View]:
    """Return the RoleBindings whose subjects include the ServiceAccount, by name or by its groups."""
    return [
        view
        for view in submission.all("RoleBinding")
        if any(_is(subject, view, account, namespace) for subject in view.at("subjects").items())
    ]


def _is(subject: View, binding: View, account: str, namespace: str) -> bool:
    kind, name = subject.at("kind").text(), subject.at("name").text()
    if kind == "ServiceAccount":
        return (name, subject.at("namespace").text(binding.manifest.namespace)) == (account, namespace)
    if kind == "Group":
        return name in ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return kind == "User" and name == f"system:serviceaccount:{namespace}:{account}"


def has_credentials(submission: Submission, pod: View, namespace: str) -> bool:
    """Whether a pod gets a token for the Kubernetes API: mounted by itself, or by a volume that asks for one."""
    for volume in pod.at("volumes").items():
        if any(source.at("serviceAccountToken").present for source in volume.at("projected", "sources").items()):
            return True
    own = pod.at("automountServiceAccountToken")
    if own.present:
        return own.truth(default=True)
    account = submission.find("ServiceAccount", account_of(pod), namespace)
    return account is None or account.at("automountServiceAccountToken").truth(default=True)


def _names(field: View, wanted: str) -> bool:
    return bool({"*", wanted} & _texts(field))


def _texts(field: View) -> set[str]:
    return set(_listed(field))


def _listed(field: View) -> Sequence[str]:
    return [item.text() for item in field.items()]
