"""What the standard checks of every kind of exercise ask: files that can be read, are valid, and stay in bounds."""

from collections.abc import Callable, Iterable

from grader.checks.schema import SchemaProblem
from grader.checks.spec import fail
from grader.checks.submission import Submission
from grader.checks.view import View
from harness.files.manifests import Manifest


def need_readable(submission: Submission, what: str, expected: str) -> None:
    """Fail with the first problem found while reading, counting the others, or where there is no `what` at all."""
    for problem in submission.problems:
        others = len(submission.problems) - 1
        more = f" (and {others} more)" if others else ""
        fail(f"{problem.file}:{problem.line} {problem.message}{more}", file=problem.file, line=problem.line)
    if not submission.manifests:
        fail(f"no {what} was found in any file", expected=expected, seen="nothing")


def need_valid(submission: Submission, verdict: Callable[[Manifest], SchemaProblem | None], expected: str) -> None:
    """Fail at the first place that a schema refuses."""
    for view in submission.all():
        problem = verdict(view.manifest)
        if problem is not None:
            view.at(*problem.path).fail(problem.message, expected=expected)


def need_allowed(trespasses: Iterable[tuple[View, str]]) -> None:
    """Fail at the first place that is out of bounds."""
    for view, problem in trespasses:
        view.fail(problem, expected="what the ticket's ground rules allow")
