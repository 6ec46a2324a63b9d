# breakfix-canary-3fb097d52d6512bac4b0114b987f0c36: no submission has this word; see docs/hiring.md.
"""Who decides how many servers there are, and when probes give one up. Told from the manifests, whatever else is still wrong."""

import math

from grader.checks import Submission, View, check
from grader.checks.autoscaling import autoscaler, need_autoscaler, patience
from grader.checks.pods import all_pods, labels_of, selects
from grader.checks.rights import need_reading
from grader.checks.servers import services_of
from harness.files.manifests import Manifest

LEAST_CEILING = 4
ASKS = (
    "8080",
    "http",
    "/v2/health",
    "RANKER_PORT",
)  # what a command of one's own says that asks the server for an answer


@check(
    "autoscaler-kept",
    claim="The autoscaler decides between two servers and at least four",
    requirement="R6",
    points=4,
    must=True,
)
def test_autoscaler_is_kept(submission: Submission) -> None:
    """Fail where it is gone, has nothing to decide, or another floor."""
    scaler, floor = need_autoscaler(submission), int(submission.exercise["workload"]["replicas"])
    least, most = scaler.at("spec", "minReplicas"), scaler.at("spec", "maxReplicas")
    if least.number(1) != floor:
        least.fail("is not the number of servers that the night has", expected=f"{floor}")
    down = scaler.at("spec", "behavior", "scaleDown", "selectPolicy")
    if down.value == "Disabled":
        down.fail("never comes back to what the night has", expected=f"{floor} servers again once the load is gone")
    if most.number(0) < LEAST_CEILING:
        most.fail("are too few servers for a busy shop", expected=f"at least {LEAST_CEILING}")


@check(
    "replicas-left-alone",
    claim="The number of servers is the autoscaler's alone to set",
    requirement="R7",
    points=5,
    must=True,
)
def test_replicas_are_left_alone(submission: Submission) -> None:
    """Fail where the files set it, too, or let something that runs do so."""
    need_reading(submission)
    replicas = submission.workload().at("spec", "replicas")
    if autoscaler(submission) is not None and replicas.present:
        replicas.fail("is set again by every sync, whatever the autoscaler has decided", expected="one who decides")


@check(
    "lull-is-borne",
    claim="The autoscaler waits longer than a lull before it takes servers away",
    requirement="R7",
    points=5,
    must=True,
)
def test_lull_is_borne(submission: Submission) -> None:
    """Fail where it may take one away sooner."""
    scaler, lull = need_autoscaler(submission), submission.exercise["slos"]["lull_seconds"]
    if patience(scaler) < lull:
        scaler.at("spec", "behavior", "scaleDown").fail(
            "takes servers away in a lull", expected=f"at least {lull:g} s of less load before that",
            seen=f"{patience(scaler):g} s",
        )  # fmt: skip


@check(
    "readiness-bears-a-refresh",
    claim="The readiness probe does not give up a server that refreshes its catalogue",
    requirement="R8",
    points=5,
    must=True,
)
def test_readiness_bears_a_refresh(submission: Submission) -> None:
    """Fail where a probe may give up within the seconds of a refresh."""
    _need_patient(submission, "readinessProbe", "takes servers out of service")


@check(
    "liveness-bears-a-refresh",
    claim="The liveness probe does not restart a server that refreshes its catalogue",
    requirement="R8",
    points=5,
    must=True,
)
def test_liveness_bears_a_refresh(submission: Submission) -> None:
    """Fail where a probe may give up within the seconds of a refresh."""
    _need_patient(submission, "livenessProbe", "restarts servers")


@check(
    "hung-server-noticed",
    claim="A server that no longer answers is noticed and restarted",
    requirement="R8",
    points=4,
    must=True,
)
def test_hung_server_is_noticed(submission: Submission) -> None:
    """Fail where no liveness probe asks the server for an answer, or gives up too late one that was just asked, or is young."""
    container, most = submission.container(), submission.exercise["slos"]["hang_seconds"]
    probe = container.at("livenessProbe")
    command = " ".join(word.text() for word in probe.at("exec", "command").items())
    if not (probe.at("httpGet").present or any(word in command for word in ASKS)):
        (probe if probe.present else container).fail(
            "nothing notices that the server no longer answers",
            expected="a probe that asks the server, and restarts it",
        )
    period, timeout, failures = _numbers(probe)
    step = period * math.ceil(timeout / period)
    longest = step * (failures - 1) + timeout + max(step, probe.at("initialDelaySeconds").number(0))
    if longest > most:
        probe.fail("gives a hung server up too late", expected=f"within {most:g} s, also one that is young, or was just asked",
                   seen=f"{longest:g} s")  # fmt: skip


@check(
    "service-kept",
    claim="Callers find the servers, and only those, by the Service's name in DNS",
    requirement="R9",
    points=4,
    must=True,
)
def test_service_is_kept(submission: Submission) -> None:
    """Fail where the Service is gone, has an address of its own, or leads elsewhere."""
    service = submission.get("Service", submission.name("shop-ranker"))
    address = service.at("spec", "clusterIP")
    if address.value != "None":
        address.fail("callers ask DNS for the servers' own addresses", expected="no address of the Service's own")
    if service.at("spec", "publishNotReadyAddresses").value:
        service.at("spec", "publishNotReadyAddresses").fail(
            "names servers that are not ready", expected="ready servers alone"
        )
    if not selects(service, labels_of(submission.pod())):
        service.at("spec", "selector").fail("selects none of the ranker's pods", expected="labels that the pods have")
    own = submission.pod()
    for pod in all_pods(submission):
        if (pod.manifest, pod.path) != (own.manifest, own.path) and service.manifest in _leading(submission, pod):
            service.at("spec", "selector").fail(
                "leads to pods of another workload",
                expected=f"pods of {own.manifest.label} alone",
                seen=pod.manifest.label,
            )


def _leading(submission: Submission, pod: View) -> list[Manifest]:
    """Return the Services that may lead to a pod."""
    return [service.manifest for service in services_of(submission, pod)]


def _need_patient(submission: Submission, name: str, what: str) -> None:
    probe, refresh = submission.container().at(name), submission.exercise["slos"]["refresh_seconds"]
    if not probe.at("httpGet").present:
        return
    period, timeout, failures = _numbers(probe)
    if _failed(refresh, period, timeout) >= failures:
        probe.fail(
            f"{what} whose answers to probes are late for {refresh:g} s",
            expected="a probe that bears that",
            seen=f"a probe each {period:g} s that waits {timeout:g} s, and gives up at failure {failures:g}",
        )


def _failed(refresh: float, period: float, timeout: float) -> int:
    """Return how many probes in a row can fail within a refresh; one begins when the last is over, in step with its period."""
    step = period * math.ceil(timeout / period)
    return sum(1 for number in range(math.ceil(refresh / step)) if refresh - number * step > timeout)


def _numbers(probe: View) -> tuple[float, float, float]:
    """Return a probe's period and timeout in seconds, and after how many failures it gives up."""
    found = [
        probe.at(key).number(usual)
        for key, usual in (("periodSeconds", 10), ("timeoutSeconds", 1), ("failureThreshold", 3))
    ]
    period, timeout, failures = (max(1.0, value) for value in found)
    return period, timeout, failures
