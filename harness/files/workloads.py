"""The kinds of objects that own pods: where each stands in the API, where its pods' specification is, what makes it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class WorkloadKind:
    """One kind: its apiVersion, the path to its pods' specification, and which kinds may own one, the nearest first.

    `replicated` kinds run as many pods as their `spec.replicas` says.
    """

    api_version: str
    pod_spec: tuple[str, ...]
    owners: tuple[str, ...] = ()
    replicated: bool = False


TEMPLATE = ("spec", "template", "spec")
# Source: the Kubernetes API reference, "Workload resources".
WORKLOADS: Mapping[str, WorkloadKind] = {
    "Pod": WorkloadKind("v1", ("spec",), ("ReplicaSet", "StatefulSet", "DaemonSet", "Job")),
    "Deployment": WorkloadKind("apps/v1", TEMPLATE, replicated=True),
    "StatefulSet": WorkloadKind("apps/v1", TEMPLATE, replicated=True),
    "DaemonSet": WorkloadKind("apps/v1", TEMPLATE),
    "ReplicaSet": WorkloadKind("apps/v1", TEMPLATE, ("Deployment",), replicated=True),
    "Job": WorkloadKind("batch/v1", TEMPLATE, ("CronJob",)),
    "CronJob": WorkloadKind("batch/v1", ("spec", "jobTemplate", "spec", "template", "spec")),
}
