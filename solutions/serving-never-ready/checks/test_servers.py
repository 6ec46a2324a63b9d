# breakfix-canary-345c1325ea5ad5cfbcee408fa7fab8b0: no submission has this word; see docs/hiring.md.
"""What holds for each server, of whatever workload it is: told from the manifests, whatever else is still wrong."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from grader.checks import Submission, View, check
from grader.checks.pods import (
    VARIABLE,
    KeyReference,
    all_containers,
    all_pods,
    keys_of,
    led_to,
    references_of,
    setting,
    staying,
    words,
)
from grader.checks.servers import asked_port, is_alone, programs, servers, serves, services_of
from grader.checks.values import Source, looked_up, source

# What the image answers with 503 until the model is loaded; its documentation is in the ticket.
LOADED = re.compile(r"/v2/(health/ready|models/[^/]+/ready)/?")
TOKEN = "MODEL_SERVER_TOKEN"  # noqa: S105 - the variable's name


@check(
    "readiness-true",
    claim="A server counts as ready only when its model is loaded",
    requirement="R3",
    points=6,
    must=True,
)
def test_readiness_is_true(submission: Submission) -> None:
    """Fail where no probe before readiness depends on the loaded model, or a Service does not ask; of each server.

    What a command does, or another program beside the server answers, is judged on the cluster.
    """
    submission.container()
    for pod in servers(submission):
        for service in services_of(submission, pod):
            if service.at("spec", "publishNotReadyAddresses").truth(default=False):
                service.at("spec", "publishNotReadyAddresses").fail(
                    "leads to servers that are not ready", expected="a Service that waits until they are"
                )
        gates = [one.at(probe) for one in all_containers(pod) for probe in ("startupProbe", "readinessProbe")]
        serving = programs(submission, pod)
        ports = [_port(submission, server) for server in serving]
        for server, port in zip(serving, ports, strict=True):
            if not any(_may_tell(gate, port, {*ports} - {port, None}) for gate in gates):
                server.at("readinessProbe").fail(
                    "readiness does not tell a loaded model from a running server",
                    expected="a probe of this server that depends on the model",
                )


def _may_tell(probe: View, port: str | None, others: set[str | None]) -> bool:
    """Whether a probe may tell a server's loaded model: by the image's own paths, by a command, or by another program.

    `port` is the server's own (None where only the cluster knows), `others` are those of the servers beside it.
    """
    if probe.at("exec").present:
        return True
    asked = asked_port(probe)
    if asked in (None, *others):
        return False
    return asked != port or LOADED.fullmatch(probe.at("httpGet", "path").text()) is not None


def _port(submission: Submission, server: View) -> str | None:
    """Return the port on which a server listens; None where only the cluster knows."""
    if not serves(server, submission):
        return None
    return setting(server, "MODEL_SERVER_PORT", "--port", "8080", looked_up(submission, server)).value


@check(
    "servers-watched", claim="Whatever serves is asked whether it still answers", requirement="R5", points=2, must=True
)
def test_servers_are_watched(submission: Submission) -> None:
    """Fail where nothing tells in time that a server stopped answering; what a command does is judged on the cluster."""
    for pod in servers(submission):
        serving = programs(submission, pod)
        beside = [one for one in staying(pod) if one.path not in [server.path for server in serving]]
        for server in serving:
            if is_alone(server, submission) and not any(one.at("command").items() for one in beside):
                _need_watch(submission, server)


def _need_watch(submission: Submission, server: View) -> None:
    probe, limit = server.at("livenessProbe"), float(submission.exercise["slos"]["replace_seconds"])
    if not probe.present:
        probe.fail(
            "nothing restarts this server when it stops answering", expected="a liveness probe, or something like it"
        )
    if probe.at("exec").present:
        return
    asked, port = asked_port(probe), _port(submission, server)
    if not probe.at("httpGet").present or asked is None or port not in (asked, None):
        probe.fail(
            "does not tell that this server stopped answering: an open port, or whoever else is asked, says nothing of it",
            expected="an HTTP request to the server's own port",
        )
    seconds = _detection(probe)
    if seconds > limit:
        probe.fail("finds out too late that the server stopped answering",
                   expected=f"less than {limit:g} s, the restart included", seen=f"{seconds:g} s until the restart begins")  # fmt: skip


def _detection(probe: View) -> float:
    """Return the fewest seconds after a server's last answer in which a probe can have used up its failures."""
    period, failures = max(1.0, probe.at("periodSeconds").number(10)), max(1.0, probe.at("failureThreshold").number(3))
    return period * (failures - 1) + max(1.0, probe.at("timeoutSeconds").number(1))


@check("token-required", claim="Each server takes its token from the platform team's Secret, and no Service leads around it",
       requirement="R6", points=4, must=True)  # fmt: skip
def test_token_is_required(submission: Submission) -> None:
    """Fail where a server's token is optional or another, or where a Service leads to something else that may use it."""
    serving = servers(submission)
    for pod in serving:
        for server in programs(submission, pod):
            _need_token(submission, pod, server)
        _need_own_ports(submission, pod)
    for pod in all_pods(submission):
        known = any((pod.manifest, pod.path) == (other.manifest, other.path) for other in serving)
        service = next(services_of(submission, pod), None)
        if not known and service is not None and any(_tokens(submission, pod, one) for one in all_containers(pod)):
            service.at("spec", "selector").fail(
                "leads to pods that hold the token and are no servers",
                expected="servers alone, which ask for the token",
                seen=pod.manifest.label,
            )


def _need_own_ports(submission: Submission, pod: View) -> None:
    """Fail where a port of a Service leads to one of a server's pods on which no server listens."""
    serving = programs(submission, pod)
    ports = {_port(submission, server) for server in serving}
    declared = {str(port.at("containerPort").value) for one in staying(pod) for port in one.at("ports").items()
                if one.path not in [server.path for server in serving]}  # fmt: skip
    for service in services_of(submission, pod):
        for entry in service.at("spec", "ports").items():
            target = led_to(entry, pod)
            if target is not None and str(target) not in ports and (None not in ports or str(target) in declared):
                entry.fail(
                    "leads to a port of a server's pod that is not the server's own",
                    expected="the port on which the server listens and asks for the token",
                    seen=f"{target} in {pod.manifest.label}",
                )


def _need_token(submission: Submission, pod: View, server: View) -> None:
    """Fail where a server's token may be missing, or is not what the ticket's key of the Secret holds."""
    traffic = submission.exercise["traffic"]["token"]
    expected = f"the token that Secret/{traffic['secret']} holds as {traffic['key']}"
    refs = _tokens(submission, pod, server)
    if not refs:
        server.fail("answers requests and is not given the callers' token", expected=expected,
                    seen=server.at("name").text())  # fmt: skip
    for ref in refs:
        if ref.optional:
            ref.view.at("optional").fail("lets the server start without its token", expected="a token in every server")
    path = setting(server, "", "--token-file", "", looked_up(submission, server))
    if path.source is not None:
        wrong = _takes_another_file(submission, pod, server, path.value or "")
    else:
        wrong = _takes_another_variable(submission, server)
    if wrong:
        server.fail("takes another token than the callers'", expected=expected, seen=server.at("name").text())


def _tokens(submission: Submission, pod: View, container: View) -> list[KeyReference]:
    """Return the references by which a container may get the token."""
    secret = submission.exercise["traffic"]["token"]["secret"]
    refs = [ref for ref in references_of(pod, container) if (ref.kind, ref.name) == ("Secret", secret)]
    return [ref for ref in refs if _may_hold(submission, ref.key)]


def _may_hold(submission: Submission, key: str) -> bool:
    """Whether a key of the Secret may hold the token: the ticket's, any ("") or one that is not there, with which nothing starts."""
    traffic = submission.exercise["traffic"]["token"]
    holder = submission.find("Secret", traffic["secret"])
    return key in ("", traffic["key"]) or holder is None or key not in keys_of(holder)


def _takes_another_file(submission: Submission, pod: View, server: View, path: str) -> bool:
    """Whether the file that a server reads its token from is another key of the Secret; other files are not known."""
    secret, keys = submission.exercise["traffic"]["token"]["secret"], []
    for mount in server.at("volumeMounts").items():
        place, volume = PurePosixPath(mount.at("mountPath").text()), pod.at("volumes").named(mount.at("name").text())
        if volume is None or not PurePosixPath(path).is_relative_to(place):
            continue
        inside = str(PurePosixPath(mount.at("subPath").text()) / PurePosixPath(path).relative_to(place))
        for holder in (volume, *volume.at("projected", "sources").items()):
            part = holder.at("secret")
            if secret in (part.at("secretName").value, part.at("name").value):
                named = {item.at("path").text(): item.at("key").text() for item in part.at("items").items()}
                keys.append(named.get(inside, "") if named else inside)
    return bool(keys) and not any(_may_hold(submission, key) for key in keys)


def _takes_another_variable(submission: Submission, server: View) -> bool:
    """Whether a server's variable holds something else than the token; what a command of its own puts there is not known."""
    line = words(server, looked_up(submission, server))
    if not is_alone(server, submission) or any(TOKEN in word for word in line):
        return False
    secret = submission.exercise["traffic"]["token"]["secret"]
    if source(submission, server, TOKEN) is None:
        return "-c" not in line
    found = _sources(submission, server, TOKEN, set())
    return not any((one.kind, one.name) == ("Secret", secret) and _may_hold(submission, one.key) for one in found)


def _sources(submission: Submission, server: View, variable: str, seen: set[str]) -> Iterator[Source]:
    """Yield what a variable's value comes from, through the variables that it names."""
    found = source(submission, server, variable)
    if found is None or variable in seen:
        return
    if found.kind:
        yield found
        return
    for name in VARIABLE.findall(found.asked.at("value").text()):
        yield from _sources(submission, server, name, seen | {variable})
