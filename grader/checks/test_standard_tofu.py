"""The checks that all infrastructure as code has: the files can be read, every layer is there, and nothing foreign is taken."""

from grader.checks import Submission, check, fail
from grader.checks.configuration import trespasses
from grader.checks.standard import need_allowed, need_readable

MOST = 60  # files


@check("files-readable", claim="Every submitted file is plain, readable text", requirement="", points=1, must=True)
def test_files_are_readable(submission: Submission) -> None:
    """Fail with the first problem found while reading; the message counts the others."""
    need_readable(submission, "configuration", "the layers of the ticket")


@check("schema-valid", claim="Every layer of the ticket is there", requirement="", points=1, must=True)
def test_layers_are_there(submission: Submission) -> None:
    """Fail where a layer has no file, or where there are more files than can be meant."""
    found = [view.manifest.file for view in submission.all()]
    for layer in submission.exercise["layers"]:
        if not any(path.rpartition("/")[0] == layer and path.endswith((".tf", ".tofu")) for path in found):
            fail("a layer is missing", object=layer, expected=f"files in {layer}/", seen="none", file=layer, line=1)
    if len(found) > MOST:
        fail("there are too many files", expected=f"at most {MOST}", seen=str(len(found)))


@check(
    "objects-allowed",
    claim="The files take only the providers, modules and backends that are there, and run no programs",
    requirement="",
    points=1,
    must=True,
)
def test_configuration_is_allowed(submission: Submission) -> None:
    """Fail at the first place that is out of bounds."""
    need_allowed(trespasses(submission))
