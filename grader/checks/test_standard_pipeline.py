"""The checks that every pipeline exercise has: the files can be read, are valid, stay in bounds, and keep the workflow."""

from grader.checks import Submission, check, fail
from grader.checks.standard import need_allowed, need_readable, need_valid
from grader.checks.workflow_bounds import missing_triggers, trespasses
from grader.checks.workflow_schema import verdict

MAIN = "main"


@check("files-readable", claim="Every submitted file is plain, readable text", requirement="", points=1, must=True)
def test_files_are_readable(submission: Submission) -> None:
    """Fail with the first problem found while reading; the message counts the others."""
    need_readable(submission, "workflow", "the exercise's workflow")


@check("schema-valid", claim="Every workflow is valid by GitHub's schema", requirement="", points=1, must=True)
def test_workflows_are_valid(submission: Submission) -> None:
    """Fail with the first place that the schema refuses."""
    need_valid(submission, verdict, "a key and a value that GitHub knows")


@check(
    "objects-allowed",
    claim="Workflows take only accepted actions and the runner that is there",
    requirement="",
    points=1,
    must=True,
)
def test_workflows_are_allowed(submission: Submission) -> None:
    """Fail at the first place that is out of bounds."""
    need_allowed(trespasses(submission))


@check(
    "workflow-kept",
    claim="The workflow is still there, and starts on the events that it is for",
    requirement="",
    points=2,
    must=True,
)
def test_workflow_is_kept(submission: Submission) -> None:
    """Fail where a fix took away what it should have repaired."""
    wanted = submission.exercise["workflow"]
    found = next((view for view in submission.all() if view.manifest.file == wanted), None)
    if found is None:
        fail("the exercise's workflow is missing", object="Workflow", expected=wanted, seen="no such file", file=wanted)
    missing = set(submission.exercise["triggers"])
    for view in submission.all():
        missing &= set(missing_triggers(view, sorted(missing), MAIN))
    if missing:
        found.at("on").fail("no workflow starts any more on each of its events", expected=", ".join(sorted(missing)))
