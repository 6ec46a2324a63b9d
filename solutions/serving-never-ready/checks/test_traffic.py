"""Can traffic reach the right servers, at the right time? Told from the manifests, whatever else is still wrong."""

import re

from grader.checks import Submission, View, check
from grader.checks.pods import all_containers, selects, setting, target_port
from grader.checks.servers import servers, serves, services_of

# What the image answers with 503 until the model is loaded; its documentation is in the ticket.
LOADED = re.compile(r"/v2/(health/ready|models/[^/]+/ready)/?")


@check(
    "readiness-true",
    claim="A server counts as ready only when its model is loaded",
    requirement="R3",
    points=6,
    must=True,
)
def test_readiness_is_true(submission: Submission) -> None:
    """Fail where no probe before readiness depends on the loaded model, or a Service does not ask; of all servers.

    What a command does, or a container beside the server answers, is judged on the cluster.
    """
    submission.container()
    for pod in servers(submission):
        for service in services_of(submission, pod):
            if service.at("spec", "publishNotReadyAddresses").truth(default=False):
                service.at("spec", "publishNotReadyAddresses").fail(
                    "leads to servers that are not ready", expected="a Service that waits until they are"
                )
        containers = list(all_containers(pod))
        gates = [one.at(probe) for one in containers for probe in ("startupProbe", "readinessProbe")]
        ports = [setting(one, "MODEL_SERVER_PORT", "--port", "8080").value for one in containers if serves(one)]
        if not any(_may_tell(gate, ports) for gate in gates):
            first = next((one for one in containers if serves(one)), containers[0])
            first.at("readinessProbe").fail(
                "readiness does not tell a loaded model from a running server",
                expected="a probe that depends on the model",
            )


def _may_tell(probe: View, ports: list[str | None]) -> bool:
    """Whether a probe may tell a loaded model: by the image's own paths, by a command, or on a port of another program."""
    if probe.at("exec").present or LOADED.fullmatch(probe.at("httpGet", "path").text()):
        return True
    asked = next((port for way in ("httpGet", "tcpSocket", "grpc") if (port := probe.at(way, "port")).present), None)
    if asked is None:
        return False
    container = View(probe.manifest, (), probe.manifest.value).at(*probe.path[:-1])
    named = container.at("ports").named(asked.value) if isinstance(asked.value, str) else None
    return str((named.at("containerPort") if named is not None else asked).value) not in ports


@check(
    "servers-watched", claim="Whatever serves is asked whether it still answers", requirement="R5", points=2, must=True
)
def test_servers_are_watched(submission: Submission) -> None:
    """Fail where nothing in a server's pod could tell that it stopped answering; what a command does is judged on the cluster."""
    for pod in servers(submission):
        containers = list(all_containers(pod))
        if any(one.at("command").present or one.at("livenessProbe").present for one in containers):
            continue
        (containers[0].at("livenessProbe") if containers else pod).fail(
            "nothing restarts this server when it stops answering", expected="a liveness probe, or something like it"
        )


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
