"""The library that checks are written with.

A check is a pytest function under `@check(...)`. It takes `submission` (the parsed files) or `observed`
(what a scenario saw: `Observed` on a cluster, `Played` for a pipeline), reads them through accessors that fail clearly on odd-shaped YAML, and ends in
`fail(...)` where its claim does not hold. It never spells out the fix.
"""

from grader.checks.observed import Observed
from grader.checks.played import Played
from grader.checks.spec import CheckFailureError, EvidenceError, check, fail
from grader.checks.submission import Submission
from grader.checks.view import View

__all__ = ["CheckFailureError", "EvidenceError", "Observed", "Played", "Submission", "View", "check", "fail"]
