"""What disruption budgets say of a Job's pods."""

import pytest

from grader.checks import CheckFailureError, Submission
from grader.checks.budgets import need_drained
from grader.checks.jobs import Declared
from grader.checks.view import View
from harness.files.manifests import parse

JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: fit}\nspec: {template: {metadata: {labels: {app: fit}}, spec: {}}}\n---\n"
FIT = "selector: {matchLabels: {app: fit}}"


@pytest.mark.parametrize(
    ("spec", "free"),
    [
        (f"minAvailable: 1, {FIT}", False),
        (f"minAvailable: 100%, {FIT}", False),
        (f"maxUnavailable: 0, {FIT}", False),
        (f"maxUnavailable: 1, {FIT}", False),
        ("minAvailable: 1, selector: {}", False),
        ("minAvailable: 1, selector: {matchLabels: {batch.kubernetes.io/job-name: fit}}", False),
        ("minAvailable: 1, selector: {matchExpressions: [{key: app, operator: In, values: [fit]}]}", False),
        ("minAvailable: 1, selector: {matchLabels: {app: other}}", True),
        ("minAvailable: 1, selector: {matchLabels: {job-name: other}}", True),
        ("minAvailable: 1", True),
        (f"minAvailable: 0, {FIT}", True),
        (FIT, True),
    ],
)
def test_a_budget_must_let_each_pod_of_a_job_go(spec: str, *, free: bool) -> None:
    text = JOB + f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b}}\nspec: {{{spec}}}\n"
    manifests, problems = parse("f.yaml", text.encode())
    assert not problems
    for home, ruled in (("ml-a", True), ("ml-b", False)):
        submission = Submission(tuple(manifests), (), {"workload": {"namespace": home}})
        job = Declared({"name": "fit", "namespace": "ml-a"}, View(manifests[0], (), manifests[0].value))
        if free or not ruled:
            need_drained(submission, job)
        else:
            with pytest.raises(CheckFailureError, match="may not be drained"):
                need_drained(submission, job)
