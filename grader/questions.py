"""What a scenario asks about the workload: what its identity may do, where its pods get to, what it has recorded."""

import json
import secrets
from dataclasses import asdict
from typing import Any

from harness import run as runs
from harness.deadline import Deadline
from harness.errors import EnvironmentBrokenError
from harness.expectations import Permission
from harness.kube import ApiRefusedError, Object, Ref, path_of
from harness.run import HELPER_LABEL, SENTINEL, Run
from harness.status import is_ready

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
GUEST = "breakfix-guest"
LOWEST_USER = 100_000
REACH_SECONDS = 30.0


def access(run: Run) -> list[dict[str, Any]]:
    """Return what the API server says of each permission that the exercise asks about; nothing without a workload."""
    workload = run.admin.get(run.workload)
    if workload is None:
        return []
    account = workload["spec"]["template"]["spec"].get("serviceAccountName", "default")
    return [_review(run, account, one) for one in run.exercise.access]


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

    Raises: EnvironmentBrokenError where that container does not run, or our pod that stands for other teams' is not up.
    """
    places = run.exercise.reach
    if not places:
        return []
    hosts = [run.renaming.text(place.host) if place.host else _sentinel(run) for place in places]
    order = json.dumps([[host, place.port] for host, place in zip(hosts, places, strict=True)])
    trouble, answers = "", [None] * len(places)
    try:
        answers = json.loads(_look_around(run, pod, order))
    except ApiRefusedError as problem:  # the pod went away
        trouble = str(problem)
    return [
        {**asdict(place), "trouble": trouble, "reason": reason} for place, reason in zip(places, answers, strict=True)
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


def _sentinel(run: Run) -> str:
    """Return the address of our sentinel, which accepts connections from wherever policies let them out."""
    pods = run.admin.list_objects("v1", "Pod", run.prober_namespace, f"{HELPER_LABEL}={SENTINEL}")
    addresses = [pod["status"].get("podIP", "") for pod in pods if is_ready(pod.get("status", {}))]
    if not addresses:
        raise EnvironmentBrokenError("a pod of ours that stands for other teams' pods is not up")
    return str(addresses[0])


def records(run: Run) -> dict[str, str] | None:
    """Return the entries of the ConfigMap that the workload records in; None where there is none."""
    wanted = run.exercise.records
    if wanted is None:
        return None
    found = run.admin.get(Ref("v1", wanted["kind"], run.renaming.text(wanted["namespace"]), wanted["name"]))
    return None if found is None else dict(found.get("data") or {})
