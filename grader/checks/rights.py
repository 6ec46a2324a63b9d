"""What Roles and RoleBindings of a submission grant, and whose credentials a pod gets.

Source: Kubernetes documentation, "Using RBAC Authorization" and "Configure Service Accounts for Pods".
"""

from collections.abc import Iterator

from grader.checks.submission import Submission
from grader.checks.view import View

BUILT_IN = ("cluster-admin", "admin", "edit", "view")  # ClusterRoles that every cluster has


def account_of(pod: View) -> str:
    """Return the name of the ServiceAccount that a pod runs as."""
    return pod.at("serviceAccountName").text() or "default"


def grants(role: View, verb: str, resource: str, name: str = "", group: str = "") -> bool:
    """Whether a Role's rules allow this; without a name, on objects of every name."""
    return any(
        _names(rule.at("verbs"), verb)
        and _names(rule.at("apiGroups"), group)
        and _names(rule.at("resources"), resource)
        and (not rule.at("resourceNames").items() or name in _texts(rule.at("resourceNames")))
        for rule in role.at("rules").items()
    )


def wildcards(submission: Submission) -> Iterator[View]:
    """Yield each place of a Role's rules that stands for everything."""
    for role in submission.all("Role"):
        for rule in role.at("rules").items():
            for key in ("verbs", "apiGroups", "resources"):
                yield from (item for item in rule.at(key).items() if item.text().startswith("*"))


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
    return {item.text() for item in field.items()}
