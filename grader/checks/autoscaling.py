"""The autoscaler of the workload, as its manifest declares it. Source: Kubernetes documentation on horizontal pod autoscaling."""

from grader.checks.spec import fail
from grader.checks.submission import Submission
from grader.checks.view import View

USUAL_WINDOW = 300  # seconds of the past whose highest recommendation counts when pods are to go


def autoscaler(submission: Submission) -> View | None:
    """Return the workload's autoscaler; None where there is none."""
    wanted = submission.exercise["workload"]
    for view in submission.all("HorizontalPodAutoscaler"):
        target = view.at("spec", "scaleTargetRef")
        if (target.at("kind").value, target.at("name").value) == (wanted["kind"], wanted["name"]):
            return view
    return None


def need_autoscaler(submission: Submission) -> View:
    """Return the workload's autoscaler; fail where there is none."""
    found = autoscaler(submission)
    if found is None:
        wanted = submission.exercise["workload"]
        seen = ", ".join(view.manifest.label for view in submission.all("HorizontalPodAutoscaler"))
        fail(
            f"no autoscaler is there for {wanted['kind']}/{wanted['name']}",
            object=f"{wanted['kind']}/{wanted['name']}",
            expected="a HorizontalPodAutoscaler that targets it",
            seen=seen or "no HorizontalPodAutoscaler at all",
        )
    return found


def patience(scaler: View) -> float:
    """Return for how many seconds of less load an autoscaler is certain to take no pod away; it may be patient without end."""
    down = scaler.at("spec", "behavior", "scaleDown")
    if down.at("selectPolicy").value == "Disabled":
        return float("inf")
    return down.at("stabilizationWindowSeconds").number(USUAL_WINDOW)
