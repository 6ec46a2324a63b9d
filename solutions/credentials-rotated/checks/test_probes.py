# breakfix-canary-330c33a72115910b2edb75db3621d870: no submission has this word; see docs/hiring.md.
"""What the kubelet asks of the servers, told from the manifests: a question without an answer may show itself after hours."""

from grader.checks import Submission, check
from grader.checks.pods import setting
from grader.checks.servers import alike, asked_port, programs
from grader.checks.values import looked_up

ACCESS = "feature-store-access"
THEIRS = "manifests/"  # the candidate's own files
ANSWERED = {"/v2/health/live", "/v2/health/ready", "/v2/models/credit-risk/ready"}  # the image answers 404 elsewhere


@check(
    "liveness-answered",
    claim="No server is restarted for a question that it never answers",
    requirement="R1",
    points=1,
    must=True,
)
def test_liveness_is_answered(submission: Submission) -> None:
    """Fail where a liveness probe asks for what no server has, or asks nobody; what a command does is judged on the cluster."""
    submission.container()
    for pod in alike(submission, THEIRS, ("app.kubernetes.io/name", "risk-scorer"), submission.name(ACCESS)):
        for server in programs(submission, pod):
            probe, http = server.at("livenessProbe"), server.at("livenessProbe", "httpGet")
            if not probe.present or probe.at("exec").present:
                continue
            port = setting(server, "SCORER_PORT", "--port", "8080", looked_up(submission, server)).value
            if asked_port(probe) is None or port not in (asked_port(probe), None) or probe.at("grpc").present:
                probe.fail(
                    "asks where no server listens, and restarts it for that", expected=f"port {port} of this pod"
                )
            if http.present and http.at("path").text() not in ANSWERED:
                http.at("path").fail(
                    "asks for what the server does not have, and restarts it for that",
                    expected="a path that the image answers", seen=http.at("path").text() or "none",
                )  # fmt: skip
            if http.at("scheme").text("HTTP") != "HTTP":
                http.at("scheme").fail("asks by TLS, which the server does not speak", expected="HTTP")
