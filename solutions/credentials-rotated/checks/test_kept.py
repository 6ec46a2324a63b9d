# breakfix-canary-330c33a72115910b2edb75db3621d870: no submission has this word; see docs/hiring.md.
"""What must be left alone."""

from grader.checks import Submission, check


@check(
    "platform-untouched",
    claim="Nothing of the submission lands in another team's namespace",
    requirement="R8",
    points=2,
    must=True,
)
def test_platform_is_untouched(submission: Submission) -> None:
    """Fail at an object of manifests/ in a namespace that is not the risk team's."""
    home = submission.exercise["workload"]["namespace"]
    for view in submission.all():
        if not view.manifest.file.startswith("platform/") and (view.manifest.namespace or home) != home:
            view.at("metadata", "namespace").fail("belongs to another team", expected=home)
