"""What a scenario asks about the workload: what its identity may do, where its pods get to, what it has recorded."""

import json
import secrets
import time
from dataclasses import asdict
from typing import Any

from harness.core.deadline import Deadline
from harness.core.errors import EnvironmentBrokenError
from harness.exercises.expectations import Destination, Permission
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref, path_of
from harness.kube.status import is_ready
from harness.runs import run as runs
from harness.runs.run import HELPER_LABEL, SENTINEL, Run

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
ALL_RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
NOBODY = "breakfix-nobody"  # a ServiceAccount that is nowhere: it holds what Kubernetes gives everybody
GUEST = "breakfix-guest"
LOWEST_USER = 100_000
REACH_SECONDS = 30.0


def access(run: Run) -> list[dict[str, Any]]:
    """Return what the API server says of each permission that the exercise asks about; nothing without a workload."""
    account = _account(run)
    return [] if account is None else [_review(run, account, one) for one in run.exercise.access]


def _account(run: Run) -> str | None:
    """Return the name of the ServiceAccount that the workload's pods run as; None without a workload."""
    workload = run.admin.get(run.workload)
    return None if workload is None else workload["spec"]["template"]["spec"].get("serviceAccountName", "default")


def rights(run: Run) -> dict[str, Any] | None:
    """Return all that the workload's identity holds beyond what everybody does, and what it may hold.

    None without a workload, or where the exercise does not ask. Source: the API's SelfSubjectRulesReview, which lists
    the rules of every Role and ClusterRole that is bound to a user or one of its groups.
    """
    account = _account(run) if run.exercise.rights else None
    if account is None:
        return None
    common = _rules(run, f"system:serviceaccount:{run.prober_namespace}:{NOBODY}", run.prober_namespace)
    identity = f"system:serviceaccount:{run.workload.namespace}:{account}"
    held = [
        {"namespace": namespace, **rule}
        for namespace in run.namespaces
        for rule in _rules(run, identity, namespace)
        if rule not in common
    ]
    may = [{**asdict(one), "namespace": run.renaming.text(one.namespace)} for one in run.exercise.rights]
    return {"account": account, "held": held, "may": may}


def _rules(run: Run, user: str, namespace: str) -> list[dict[str, list[str]]]:
    """Return the rules that a user holds in a namespace, paths of the API server's own among them."""
    as_user = Kube(run.admin.kubeconfig, impersonate=user)
    try:
        status = as_user.request("POST", ALL_RULES, body=_asked_of(namespace))["status"]
    finally:
        as_user.close()
    plain = [
        {
            "verbs": rule["verbs"],
            "groups": rule.get("apiGroups") or [],
            "resources": rule.get("resources") or [],
            "names": rule.get("resourceNames") or [],
        }
        for rule in status.get("resourceRules") or []
    ]
    paths = [
        {"verbs": rule["verbs"], "groups": [], "resources": rule.get("nonResourceURLs") or [], "names": []}
        for rule in status.get("nonResourceRules") or []
    ]
    return [*plain, *paths]


def _asked_of(namespace: str) -> Object:
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }


def _review(run: Run, account: str, asked: Permission) -> dict[str, Any]:
    """Ask about one permission; user and groups are those that the API server gives a ServiceAccount."""
    home = run.workload.namespace
    attributes = {
        "verb": asked.verb, "group": asked.group, "resource": asked.resource, "subresource": asked.subresource,
        "name": asked.name, "namespace": run.renaming.text(asked.namespace),
    }  # fmt: skip
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{home}:{account}",
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{home}", "system:authenticated"],
            "resourceAttributes": attributes,
        },
    }
    answer = run.admin.request("POST", REVIEWS, body=review)
    return {**asdict(asked), "account": account, "answer": bool(answer["status"]["allowed"])}


def reach(run: Run, pod: str) -> list[dict[str, Any]]:
    """Return, for each place of the exercise, why a pod of the workload could not connect to it; None where it could.

    It is tried by a container of our own image, added to the pod: what a submission does to its containers does not
    matter, and all containers of a pod share its network.

    Raises: EnvironmentBrokenError where that container does not run, or a pod of ours that stands for another is not up.
    """
    places = run.exercise.reach
    if not places:
        return []
    hosts = [_address(run, place) for place in places]
    order = json.dumps([[host, place.port] for host, place in zip(hosts, places, strict=True)])
    trouble, answers, began = "", [None] * len(places), time.time()
    try:
        answers = json.loads(_look_around(run, pod, order))
    except ApiRefusedError as problem:  # the pod went away
        trouble = str(problem)
    when = {"t": began, "ms": 1000 * (time.time() - began)}  # of all together: which was tried when is not told
    return [
        {**asdict(place), "trouble": trouble, "reason": reason, **when}
        for place, reason in zip(places, answers, strict=True)
    ]


def _look_around(run: Run, pod: str, order: str) -> str:
    """Return what our container in a pod of the workload says when it has ended."""
    namespace = run.workload.namespace
    path = path_of("v1", "Pod", namespace, pod)
    user = LOWEST_USER + secrets.randbelow(LOWEST_USER)  # one that no process of the submission's can foresee and be
    body = {"spec": {"ephemeralContainers": [runs.guest(GUEST, ["reach", order], user)]}}
    patch = "application/strategic-merge-patch+json"
    run.admin.request("PATCH", f"{path}/ephemeralcontainers", body=body, content_type=patch)
    deadline = Deadline(REACH_SECONDS, f"our container in pod {pod}")
    while True:
        statuses = run.admin.request("GET", path)["status"].get("ephemeralContainerStatuses") or []
        state: Object = statuses[0].get("state", {}) if statuses else {}
        if state.get("terminated", {}).get("exitCode") == 0:
            return run.admin.log(namespace, pod, GUEST, lines=1)
        deadline.check(json.dumps(state))
        deadline.pause(0.2)


def decoys_up(run: Run) -> bool:
    """Whether every decoy accepts connections."""
    places = [(run.renaming.text(one.namespace), runs.decoy_name(run, one)) for one in run.exercise.decoys]
    found = [run.admin.get(Ref("v1", "Pod", *place)) for place in places]
    return all(is_ready((pod or {}).get("status", {})) for pod in found)


def _address(run: Run, place: Destination) -> str:
    """Return where a place is: its host, or the address of our pod that stands for it and accepts every connection.

    Raises: EnvironmentBrokenError where that pod is not up: silence would look like a policy.
    """
    if place.host:
        return run.renaming.text(place.host)
    decoy = next((one for one in run.exercise.decoys if one.name == place.decoy), None)
    if decoy is None:
        pods = run.admin.list_objects("v1", "Pod", run.prober_namespace, f"{HELPER_LABEL}={SENTINEL}")
    else:
        found = run.admin.get(Ref("v1", "Pod", run.renaming.text(decoy.namespace), runs.decoy_name(run, decoy)))
        pods = [] if found is None else [found]
    addresses = [pod["status"].get("podIP", "") for pod in pods if is_ready(pod.get("status", {}))]
    if not addresses:
        raise EnvironmentBrokenError(f"a pod of ours that stands for {place.name} is not up")
    return str(addresses[0])


def records(run: Run) -> dict[str, str] | None:
    """Return the entries of the ConfigMap that the workload records in; None where there is none."""
    wanted = run.exercise.records
    if wanted is None:
        return None
    found = run.admin.get(Ref("v1", wanted["kind"], run.renaming.text(wanted["namespace"]), wanted["name"]))
    return None if found is None else dict(found.get("data") or {})
