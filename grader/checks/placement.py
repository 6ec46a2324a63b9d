"""Where the scheduler may put a pod: tolerations against taints, selectors and required affinity against a node's labels.

Sources: Kubernetes documentation on taints and tolerations, and on assigning pods to nodes.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from grader.checks.bounds import POD_SPECS
from grader.checks.submission import Submission
from grader.checks.view import View
from harness.exercises import gpus
from harness.exercises.gpuprofiles import PROFILES, Profile

EFFECT = "NoSchedule"
Labels = Mapping[str, str]

# Products that no exercise has, of families that none has: a node that joins may be of any.
STRANGERS = (
    Profile("l40s", "NVIDIA L40S", 46068, "ada-lovelace", "8.9", "g6e.48xlarge", "26b9", 192, 1536),
    Profile("b200", "NVIDIA B200", 183359, "blackwell", "10.0", "p6-b200.48xlarge", "2901", 192, 2048),
)
GIVEN = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")  # by Kubernetes itself, for a while
GIVEN_SECONDS = 300  # so long, unless the API server is told otherwise
# What feature discovery says of a node, by the beginnings of its labels: where it does not say it, the node does not have it.
DISCOVERED = ("nvidia.com/", "feature.node.kubernetes.io/", "node.kubernetes.io/instance-type")


def excess(pod: View) -> Iterator[View]:
    """Yield the tolerations that match another taint than that of GPU nodes, but for those that Kubernetes gives each pod.

    One without a key matches every taint; a cordoned node has one of its own, node.kubernetes.io/unschedulable.
    """
    for one in pod.at("tolerations").items():
        given = one.at("key").text() in GIVEN and one.at("effect").text() == "NoExecute"
        brief = one.at("tolerationSeconds").number(math.inf) <= GIVEN_SECONDS
        if one.at("key").text() != gpus.TAINT and not (given and brief):
            yield one


def need_narrow(submission: Submission) -> None:
    """Fail where a pod of the submission would also be placed on nodes that another taint keeps free, or stay there."""
    for view in submission.all(*POD_SPECS):
        for one in excess(view.at(*POD_SPECS[view.manifest.kind])):
            if one.at("key").text() in GIVEN and one.at("tolerationSeconds").present:
                one.fail(
                    "the pod stays on a node that is gone for longer than Kubernetes lets it",
                    expected=f"at most {GIVEN_SECONDS} seconds, with effect NoExecute",
                )
            one.fail("this toleration also matches another taint", expected="the taint of the GPU nodes alone")
        if view.manifest.kind == "DaemonSet":
            view.at("kind").fail(
                "Kubernetes lets such pods tolerate a node that is cordoned off",
                expected="the taint of the GPU nodes alone",
            )


def tolerates(pod: View, value: str) -> bool:
    """Whether a pod tolerates the GPU taint with this value; '' stands for a node without the taint."""
    return not value or any(_matches_taint(one, value) for one in pod.at("tolerations").items())


def _matches_taint(toleration: View, value: str) -> bool:
    operator, key = toleration.at("operator").text("Equal"), toleration.at("key").text()
    if toleration.at("effect").text(EFFECT) not in ("", EFFECT) or key not in ("", gpus.TAINT):
        return False
    return operator == "Exists" or (operator == "Equal" and bool(key) and toleration.at("value").text() == value)


def may_run_on(pod: View, labels: Labels, *, joins: bool = False) -> bool:
    """Whether selector and required affinity let a pod onto a node that has these labels of feature discovery.

    What the cluster itself says of a node (its name, system, zone) is not known here, so it may be what is asked for. A node
    that joins may have any label besides those of feature discovery.
    """
    selector = pod.at("nodeSelector").texts()
    required = pod.at("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = required.at("nodeSelectorTerms").items()
    return all(_open(key, labels, joins=joins) or labels.get(key) == value for key, value in selector.items()) and (
        not required.present or any(_term(one, labels, joins=joins) for one in terms)
    )


def _open(key: str, labels: Labels, *, joins: bool) -> bool:
    """Whether nothing is known of what a node has for a label."""
    if key in labels or key.startswith(DISCOVERED):
        return False
    return joins or key.partition("/")[0].endswith("kubernetes.io")


def _term(term: View, labels: Labels, *, joins: bool) -> bool:
    """Whether a node may be selected by a term: all of its expressions hold; its fields ask for a name, which a node may have."""
    expressions, fields = term.at("matchExpressions").items(), term.at("matchFields").items()
    return bool(expressions or fields) and all(
        _open(one.at("key").text(), labels, joins=joins) or _holds(one, labels) for one in expressions
    )


def _holds(expression: View, labels: Labels) -> bool:
    operator, seen = expression.at("operator").text(), labels.get(expression.at("key").text())
    values = [one.text() for one in expression.at("values").items()]
    tests: Mapping[str, Callable[[], bool]] = {
        "In": lambda: seen in values,
        "NotIn": lambda: seen not in values,
        "Exists": lambda: seen is not None,
        "DoesNotExist": lambda: seen is None,
        "Gt": lambda: _compared(seen, values) > 0,
        "Lt": lambda: _compared(seen, values) < 0,
    }
    return tests[operator]() if operator in tests else False


def _compared(seen: str | None, values: list[str]) -> int:
    """Return how a label compares with a single number, 0 where one of them is none."""
    with suppress(ValueError):
        if seen is not None and len(values) == 1:
            return int(seen) - int(values[0])
    return 0


def pools(exercise: Mapping[str, Any], product: str) -> list[Mapping[str, Any]]:
    """Return the exercise's GPU nodes of a product, each with `labels` and `taint`."""
    return [one for one in exercise["gpu_nodes"] if one["labels"]["nvidia.com/gpu.product"] == product]


def others(node: Labels) -> Iterator[Labels]:
    """Yield the labels of nodes with as many GPUs of each other product that the kit knows, and of `STRANGERS`, in every mode."""
    count = int(node["nvidia.com/gpu.count"])
    for profile in (*PROFILES.values(), *STRANGERS):
        if profile.product.replace(" ", "-") != node["nvidia.com/gpu.product"]:
            modes = ("whole", "time-sliced", *(("mig-mixed", "mig-single") if profile.slices else ()))
            for mode in modes:
                yield gpus.labels(gpus.Pool(profile, count, mode=mode, replicas=4 if mode == "time-sliced" else 1))
