"""The checks that every analysis has: the files can be read, the code compiles, and all that is asked for is there."""

import ast

from grader.checks import Submission, check, fail
from grader.checks.standard import need_readable

MOST = 30  # files


@check("files-readable", claim="Every submitted file is plain, readable text", requirement="", points=1, must=True)
def test_files_are_readable(submission: Submission) -> None:
    """Fail with the first problem found while reading; the message counts the others."""
    need_readable(submission, "answer", "the YAML that the ticket asks for")


@check("schema-valid", claim="Every Python file compiles", requirement="", points=1, must=True)
def test_code_compiles(submission: Submission) -> None:
    """Fail at the first line that is no Python."""
    for path, text in sorted(submission.files.items()):
        if not path.endswith(".py"):
            continue
        try:
            ast.parse(text, path)
        except SyntaxError as problem:
            fail(f"{problem.msg}", object=path, expected="Python", file=path, line=problem.lineno or 1)
        except (ValueError, RecursionError, MemoryError) as problem:
            fail(f"cannot be read as Python: {problem}", object=path, expected="Python", file=path, line=1)


@check("objects-allowed", claim="All that the ticket asks for is handed in", requirement="", points=1, must=True)
def test_answers_are_there(submission: Submission) -> None:
    """Fail where a file that is asked for is missing or empty, or where there are more than can be meant."""
    answered = {view.manifest.file for view in submission.all()}
    for path in submission.exercise["answers"]:
        if path not in answered and not submission.files.get(path, "").strip():
            fail(
                "a file that is asked for is missing",
                object=path,
                expected="something in it",
                seen="nothing",
                file=path,
            )
    if len(submission.files) > MOST:
        fail("there are too many files", expected=f"at most {MOST}", seen=str(len(submission.files)))
