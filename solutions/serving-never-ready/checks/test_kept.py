# breakfix-canary-345c1325ea5ad5cfbcee408fa7fab8b0: no submission has this word; see docs/hiring.md.
"""What must not be given up for green pods."""

from grader.checks import Submission, check, fail
from grader.checks.hardening import weaknesses
from grader.checks.values import content, spelled_out, tells

THEIRS = "manifests/"  # the candidate's own files


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
    claim="Both Services are still there under their names, and checkout is served on every node",
    requirement="R8",
    points=2,
    must=True,
)
def test_services_are_kept(submission: Submission) -> None:
    """Fail where a Service that others call was renamed or removed, or serves checkout on some nodes only."""
    for name in ("fraud-scorer", "model-server"):
        submission.get("Service", submission.name(name))
    policy = submission.get("Service", submission.name("fraud-scorer")).at("spec", "internalTrafficPolicy")
    if policy.value == "Local":
        policy.fail("callers on a node without a server get no answer", expected="servers on whatever node")
