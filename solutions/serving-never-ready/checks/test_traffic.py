# breakfix-canary-345c1325ea5ad5cfbcee408fa7fab8b0: no submission has this word; see docs/hiring.md.
"""Can checkout's traffic reach the servers? Told from the manifests, whatever else is still wrong."""

from grader.checks import Submission, check
from grader.checks.pods import selects, setting, target_port


@check(
    "service-reaches-pods",
    claim="The Service that checkout calls leads to the server's port on its pods",
    requirement="R4",
    points=6,
)
def test_service_reaches_pods(submission: Submission) -> None:
    """Fail where the Service selects none of the pods or leads to a port on which nobody listens."""
    service = submission.get("Service", submission.name("fraud-scorer"))
    labels = submission.workload().at("spec", "template", "metadata", "labels").texts()
    if not selects(service, labels):
        service.at("spec", "selector").fail(
            "selects none of the fraud scorer's pods", expected="labels that the pods have"
        )
    port = setting(submission.container(), "MODEL_SERVER_PORT", "--port", "8080").value
    target = target_port(service, 80, submission.pod())
    if port is not None and str(target) != port:
        service.at("spec", "ports").fail(
            "port 80 does not lead to the server",
            expected="the port on which the server listens",
            seen=str(target or "no such port"),
        )
