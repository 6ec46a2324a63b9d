"""One check for each fault that can be decided from the files, whatever else is still wrong."""

from grader.checks import Submission, check
from grader.checks.pods import selects


@check("service-selects-pods", claim="The Service selects the scorer's pods", requirement="R1", points=4)
def test_service_selects_pods(submission: Submission) -> None:
    """Fail where the Service selects none of the pods."""
    service = submission.get("Service", submission.name("scorer"))
    labels = submission.workload().at("spec", "template", "metadata", "labels").texts()
    if not selects(service, labels):
        service.at("spec", "selector").fail("selects none of the scorer's pods", expected="labels that the pods have")
