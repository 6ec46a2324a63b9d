"""A run's CronJobs: which there are, the Jobs that are theirs, and how often these were tried."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.files import tokens
from harness.kube.kube import Object, Ref

if TYPE_CHECKING:
    from grader.live.context import Context

JOB_NAME = "batch.kubernetes.io/job-name"  # the label of its pods. Source: the Job controller
MANUAL = {"cronjob.kubernetes.io/instantiate": "manual"}  # Source: kubectl, create_job.go


def find(at: "Context", name: str) -> Object | None:
    """Return the CronJob of this name; None where there is none."""
    there = (at.admin.get(Ref("batch/v1", "CronJob", namespace, name)) for namespace in at.run.namespaces)
    return next((found for found in there if found is not None), None)


def job_of(cronjob: Object, env: Mapping[str, str] | None = None) -> Object:
    """Return a Job as `kubectl create job --from` makes it, in the controller's name, with `env` in each container."""
    metadata, template = cronjob["metadata"], cronjob["spec"]["jobTemplate"]
    own = template.get("metadata") or {}
    owner = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{metadata['name']}-{tokens.fresh()}", "namespace": metadata["namespace"],
            "labels": own.get("labels") or {}, "annotations": {**MANUAL, **(own.get("annotations") or {})},
            "ownerReferences": [owner],
        },
        "spec": _with_env(template["spec"], env or {}),
    }  # fmt: skip


def _with_env(spec: Object, env: Mapping[str, str]) -> Object:
    if not env:
        return spec
    pod = spec["template"]["spec"]
    given = [{"name": key, "value": value} for key, value in env.items()]
    changed = {
        group: [
            {**container, "env": [*(one for one in container.get("env") or [] if one["name"] not in env), *given]}
            for container in pod[group]
        ]
        for group in ("initContainers", "containers")
        if pod.get(group)
    }
    return {**spec, "template": {**spec["template"], "spec": {**pod, **changed}}}


def jobs_of(at: "Context", cronjob: Object) -> list[Object]:
    """Return the Jobs that a CronJob owns and that are not on their way out."""
    metadata = cronjob["metadata"]
    return [
        job
        for job in at.admin.list_objects("batch/v1", "Job", metadata["namespace"])
        if any(owner.get("uid") == metadata["uid"] for owner in job["metadata"].get("ownerReferences") or [])
        and "deletionTimestamp" not in job["metadata"]
    ]


def pods_of(at: "Context", namespace: str, job: str) -> list[Object]:
    """Return a Job's pods."""
    return at.admin.list_objects("v1", "Pod", namespace, f"{JOB_NAME}={job}")


def restarts(pod: Object) -> int:
    """Return how often containers of a pod, those of its start among them, were started again."""
    status = pod.get("status", {})
    statuses = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    return sum(int(found.get("restartCount", 0)) for found in statuses)


def at_work(pod: Object) -> bool:
    """Whether a container of the pod runs, and nothing ends it yet."""
    status = pod.get("status", {})
    statuses = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    running = any("running" in (found.get("state") or {}) for found in statuses)
    return running and "deletionTimestamp" not in pod["metadata"] and status.get("phase") in {"Pending", "Running"}
