"""What disruption budgets let drains take, at whatever number of pods.

Source: Kubernetes documentation on disruption budgets; the controller rounds percentages up, and a pod that two budgets select is
not evicted at all.
"""

import math
import re

from grader.checks.network import matches
from grader.checks.pods import labels_of
from grader.checks.submission import Submission
from grader.checks.view import View

PERCENT = re.compile(r"(\d+)%")


def budgets(submission: Submission, pod: View) -> list[View]:
    """Return the budgets that select a pod; one without a selector selects none."""
    home = submission.exercise["workload"]["namespace"]
    return [
        budget
        for budget in submission.all("PodDisruptionBudget")
        if (budget.manifest.namespace or home) == (pod.manifest.namespace or home)
        and budget.at("spec", "selector").present
        and matches(budget.at("spec", "selector"), labels_of(pod))
    ]


def kept(budget: View, pods: int) -> int:
    """Return how many of so many pods a budget keeps from being drained."""
    least, most = budget.at("spec", "minAvailable"), budget.at("spec", "maxUnavailable")
    if most.present:
        return max(0, pods - amount(most, pods))
    return amount(least, pods) if least.present else 0


def amount(place: View, whole: int, *, up: bool = True) -> int:
    """Return what a number or a percentage of a whole comes to; fail at what is neither."""
    if isinstance(place.value, int) and not isinstance(place.value, bool):
        return place.value
    found = PERCENT.fullmatch(place.text())
    if found is None:
        place.fail("is neither a whole number nor a percentage", expected="a number, or a text such as 50%")
    share = int(found[1]) * whole / 100
    return math.ceil(share) if up else math.floor(share)
