# breakfix-canary-330c33a72115910b2edb75db3621d870: no submission has this word; see docs/hiring.md.
"""What the scorer shows the feature store, and where it comes from. Told from the manifests, whatever else is wrong."""

from pathlib import PurePosixPath

from grader.checks import Submission, View, check
from grader.checks.pods import KeyReference, all_containers, claims, key_references, setting
from grader.checks.servers import SHELLS, alike, is_alone, programs, serves
from grader.checks.values import looked_up, need_keys, source

ACCESS = "feature-store-access"
THEIRS = "manifests/"  # the candidate's own files
KNOWN = "risk-scorer"  # by which the feature store knows this client
TOKEN = "FEATURE_STORE_TOKEN"  # noqa: S105 - the variable's name


@check("keys-exist", claim="Every key that the pods read from a Secret or ConfigMap exists", requirement="R7", points=6)
def test_keys_exist(submission: Submission) -> None:
    """Fail at the first reference that leads nowhere."""
    need_keys(submission, submission.pod())


@check("client-clean", claim="The client id is sent as it is registered", requirement="R1", points=6)
def test_client_is_clean(submission: Submission) -> None:
    """Fail where the value that the scorer gets is not, byte for byte, the name that the feature store knows.

    What a shell makes of it is known to the cluster alone.
    """
    container = submission.container()
    told = setting(container, "FEATURE_STORE_CLIENT", "--client", KNOWN, looked_up(submission, container))
    if told.value not in (None, KNOWN):
        found = source(submission, container, "FEATURE_STORE_CLIENT")
        holder = submission.find(found.kind, found.name) if found and found.kind else None
        (holder or told.source or container).fail(
            "the feature store does not know this client",
            expected="byte for byte the id that is registered",
            seen=f"{len(told.value.encode())} bytes: {told.value!r}",
        )


@check("token-required", claim="The token comes from the feature store team's Secret, and no server starts without it",
       requirement="R7", points=4, must=True)  # fmt: skip
def test_token_is_required(submission: Submission) -> None:
    """Fail where a server's token is optional or comes from somewhere else, or may stay on a claim until after a rotation."""
    submission.container()
    secret = submission.name(ACCESS)
    for pod in _scorers(submission):
        refs = [ref for ref in key_references(pod) if (ref.kind, ref.name) == ("Secret", secret)]
        if not refs and any(serves(container) for container in all_containers(pod)):
            pod.at("containers").fail(f"these pods do not use Secret/{secret}", expected="the token from there")
        for ref in refs:
            if ref.optional and not _asked_for(submission, pod, ref):
                ref.view.at("optional").fail(
                    "lets the server start without its token", expected="a token in every server"
                )
        for claim in claims(pod):
            claim.fail("what these pods keep outlives a rotation of their token", expected="pods without a claim")


def _asked_for(submission: Submission, pod: View, ref: KeyReference) -> bool:
    """Whether each server of a pod is told to read its token from this volume, by a flag: the program ends where no file is."""
    volume = pod.at(*ref.view.path[len(pod.path) :][:2])
    if not volume.at("name").present:
        return False
    for container in programs(submission, pod):
        told = setting(container, f"{TOKEN}_FILE", "--token-file", "", looked_up(submission, container)).value or ""
        mounts = [
            mount for mount in container.at("volumeMounts").items() if mount.at("name").value == volume.at("name").value
        ]
        inside = any(told.startswith(f"{mount.at('mountPath').text().rstrip('/')}/") for mount in mounts)
        by_shell = PurePosixPath(container.at("command", 0).text()).name in SHELLS  # which may do something else then
        if not inside or by_shell or not is_alone(container, submission):
            return False
    return True


def _scorers(submission: Submission) -> list[View]:
    """Return all pods that the ticket calls the risk scorer's."""
    return alike(submission, THEIRS, ("app.kubernetes.io/name", "risk-scorer"), submission.name(ACCESS))


@check("token-not-copied", claim="No token stands in the manifests", requirement="R7", points=3, must=True)
def test_token_is_not_copied(submission: Submission) -> None:
    """Fail where the variable is a literal, or read from anything but the feature store team's Secret."""
    submission.container()
    secret = submission.name(ACCESS)
    for container in (one for pod in _scorers(submission) for one in all_containers(pod)):
        found = source(submission, container, TOKEN)
        if found is not None and (found.kind, found.name) != ("Secret", secret):
            found.asked.fail(
                "the token is a copy",
                expected=f"a reference to Secret/{secret}",
                seen=f"{found.kind}/{found.name}" if found.kind else "a literal value",
            )
