"""The library that checks are written with.

A check is a pytest function under `@check(...)`. It takes `submission` (the parsed files) or `observed`
(what a scenario saw), reads them through accessors that fail clearly on odd-shaped YAML, and ends in
`fail(...)` where its claim does not hold. It never spells out the fix.
"""

from grader.checks.observed import Observed
from grader.checks.spec import CheckFailureError, EvidenceError, check, fail
from grader.checks.submission import Submission
from grader.checks.view import View

__all__ = ["CheckFailureError", "EvidenceError", "Observed", "Submission", "View", "check", "fail"]
