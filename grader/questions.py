"""What a scenario asks about the workload: what its identity may do, where its pods get to, what it has recorded."""

import json
from dataclasses import asdict
from typing import Any

from harness.errors import EnvironmentBrokenError
from harness.expectations import Permission
from harness.kube import ApiRefusedError, Ref
from harness.run import SENTINEL, Run
from harness.status import is_ready

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
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

    Raises: EnvironmentBrokenError where our own pod, which stands for other teams' pods, is not up.
    """
    wanted = run.exercise.reach
    if wanted is None:
        return []
    hosts = [run.renaming.text(place.host) if place.host else _sentinel(run) for place in wanted.places]
    order = json.dumps([[host, place.port] for host, place in zip(hosts, wanted.places, strict=True)])
    try:
        output = run.admin.execute(
            run.workload.namespace, pod, run.exercise.workload.container, [*wanted.probe, order], seconds=REACH_SECONDS
        )
        answers, trouble = list(json.loads(output)), ""
    except (ApiRefusedError, ValueError, TypeError) as problem:  # whatever a submission did to its container
        answers, trouble = [], str(problem)
    if not trouble and len(answers) != len(hosts):
        answers, trouble = [], f"it answered {output[:200]!r}"
    return [
        {**asdict(place), "trouble": trouble, "reason": None if trouble else answers[number]}
        for number, place in enumerate(wanted.places)
    ]


def _sentinel(run: Run) -> str:
    """Return the address of our sentinel, which accepts connections from wherever policies let them out."""
    pods = run.admin.list_objects("v1", "Pod", run.prober_namespace, f"app.kubernetes.io/name={SENTINEL}")
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
