"""What disruption budgets keep from being drained.

Sources: Kubernetes documentation on disruption budgets. Of pods that a Job made, the controller does not know how many there should be:
it lets none go under maxUnavailable or a percentage. The eviction API refuses a pod that two budgets select.
"""

from grader.checks.jobs import Declared
from grader.checks.network import matches
from grader.checks.pods import labels_of
from grader.checks.submission import Submission
from grader.checks.view import View

NAMES = ("batch.kubernetes.io/job-name", "job-name")  # labels that a Job's pods have of their own


def need_drained(submission: Submission, job: Declared) -> None:
    """Fail where a budget may keep a pod of a Job, the last that runs say, from being evicted."""
    home = submission.exercise["workload"]["namespace"]
    covering = [
        budget
        for budget in submission.all("PodDisruptionBudget")
        if (budget.manifest.namespace or home) == job.wanted["namespace"] and _covers(budget, job.pod)
    ]
    for budget in covering:
        least = budget.at("spec", "minAvailable")
        place = least if least.present else budget.at("spec", "maxUnavailable")
        if place.present and not (least.present and least.value == 0):
            place.fail(f"a pod of {job.wanted['name']} may not be drained", expected="evictions that are granted")
    if len(covering) > 1:
        covering[1].at("spec", "selector").fail(
            f"a pod of {job.wanted['name']} is selected by two budgets, and such a pod is not evicted at all",
            expected="one budget at most for a pod",
        )


def _covers(budget: View, pod: View) -> bool:
    selector = budget.at("spec", "selector")
    own = dict.fromkeys(NAMES, pod.manifest.name)
    return selector.present and matches(selector, {**labels_of(pod), **own})
