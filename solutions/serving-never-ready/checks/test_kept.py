"""What must not be given up for green pods."""

from grader.checks import Submission, check, fail
from grader.checks.hardening import weaknesses
from grader.checks.pods import key_references
from grader.checks.servers import servers
from grader.checks.values import content, spelled_out, tells

THEIRS = "manifests/"  # the candidate's own files


@check("token-required", claim="Each server takes its token from the platform team's Secret, and cannot start without it",
       requirement="R6", points=4, must=True)  # fmt: skip
def test_token_is_required(submission: Submission) -> None:
    """Fail where the token of a pod that gets requests is optional or comes from somewhere else."""
    secret = submission.name("scoring-credentials")
    for pod in servers(submission):
        refs = [ref for ref in key_references(pod) if (ref.kind, ref.name) == ("Secret", secret)]
        if not refs:
            pod.at("containers").fail(
                f"these pods answer requests and do not use Secret/{secret}", expected="the token from there"
            )
        for ref in refs:
            if ref.optional:
                ref.view.at("optional").fail(
                    "lets the server start without its token", expected="a token in every server"
                )


@check("secrets-out-of-sight", claim="No secret stands in the manifests", requirement="R7", points=3, must=True)
def test_no_secret_in_plain_sight(submission: Submission) -> None:
    """Fail where a manifest declares a Secret, or holds the token in whatever place, a comment included."""
    for view in submission.all("Secret"):
        if view.manifest.file.startswith(THEIRS):
            view.fail(
                "declares a Secret of its own",
                expected="only the platform team's Secret",
                seen=view.manifest.label,
            )
    for token in _tokens(submission):
        for place in spelled_out(submission, THEIRS, token):
            place.fail("holds the token itself", expected="a reference", seen="the token, or base64 of it")
        for file, text in submission.files.items():
            for number, line in enumerate(text.splitlines(), start=1):
                if tells(line, token):
                    fail("holds the token itself", object=file, expected="a reference",
                         seen="the token, or base64 of it", file=file, line=number)  # fmt: skip


def _tokens(submission: Submission) -> list[str]:
    """Return the platform team's token, of the practice Secret that everybody has."""
    traffic = submission.exercise["traffic"]["token"]
    secrets = [one for one in submission.all("Secret") if not one.manifest.file.startswith(THEIRS)]
    found = [content(one, traffic["key"]) for one in secrets if one.manifest.name == traffic["secret"]]
    return [token for token in found if token]


@check(
    "hardening-kept",
    claim="No container of any pod runs as root, can write its root file system, or may gain privileges",
    requirement="R7",
    points=6,
    must=True,
)
def test_hardening_is_kept(submission: Submission) -> None:
    """Fail at the first container, whichever it is, that may do more than the ticket allows."""
    submission.container()
    for weakness in weaknesses(submission):
        weakness.place.fail(weakness.problem, expected=weakness.expected)


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
