"""What must not be given up for green pods."""

from grader.checks import Submission, check
from grader.checks.pods import key_references, security, setting


@check("token-required", claim="The server's token comes from the platform team's Secret, and it cannot start without it",
       requirement="R6", points=4, must=True)  # fmt: skip
def test_token_is_required(submission: Submission) -> None:
    """Fail where the token is optional or comes from somewhere else."""
    secret = submission.name("scoring-credentials")
    refs = [ref for ref in key_references(submission.pod()) if (ref.kind, ref.name) == ("Secret", secret)]
    if not refs:
        submission.container().at("env").fail(
            f"the pod no longer uses Secret/{secret}", expected="the token from there"
        )
    for ref in refs:
        if ref.optional:
            ref.view.at("optional").fail("lets the server start without its token", expected="a token in every server")


@check("secrets-out-of-sight", claim="No secret stands in the manifests", requirement="R7", points=3, must=True)
def test_no_secret_in_plain_sight(submission: Submission) -> None:
    """Fail where a token is written into a manifest."""
    for view in submission.all("Secret"):
        if view.manifest.file.startswith("manifests/"):
            view.fail(
                "declares a Secret of its own",
                expected="only the platform team's Secret",
                seen=view.manifest.label,
            )
    token = setting(submission.container(), "MODEL_SERVER_TOKEN", "--token", "")
    if token.value and token.source is not None:
        token.source.fail("holds the token itself", expected="a reference", seen="a literal value")


@check(
    "hardening-kept",
    claim="The container runs without root, with a read-only root file system",
    requirement="R7",
    points=6,
    must=True,
)
def test_hardening_is_kept(submission: Submission) -> None:
    """Fail where a security context field was weakened."""
    pod, container = submission.pod(), submission.container()
    user = security(pod, container, "runAsUser")
    if user.number(10001) == 0:
        user.fail("runs as root", expected="a user other than root")
    for field, want in (("runAsNonRoot", True), ("readOnlyRootFilesystem", True)):
        place = security(pod, container, field)
        if place.truth(default=False) is not want:
            place.fail("is not as strict as it was", expected="true")
    escalation = container.at("securityContext", "allowPrivilegeEscalation")
    if escalation.truth(default=True):
        escalation.fail("is not as strict as it was", expected="false")


@check(
    "services-kept",
    claim="Both Services are still there under their names",
    requirement="R8",
    points=2,
    must=True,
)
def test_services_are_kept(submission: Submission) -> None:
    """Fail where a Service that others call was renamed or removed."""
    for name in ("fraud-scorer", "model-server"):
        submission.get("Service", submission.name(name))
