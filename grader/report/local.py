"""How a report differs from the one that its candidate saw: the same public checks, elsewhere."""

import json
from collections.abc import Iterator

from grader.report.report import Report, Verdict

PUBLIC = "public"


def differences(report: Report, text: bytes) -> tuple[str, ...]:
    """Return one note on the public checks that ended otherwise in the candidate's own report, if there are any.

    `text` is that report as JSON, out of a stranger's hands: what it cannot be is taken for no report.
    """
    theirs = dict(_verdicts(text))
    told = [
        f"{one.spec.id} {theirs[one.spec.id]} there, {one.verdict} here"
        for one in report.results
        if one.spec.visibility == PUBLIC
        and one.verdict is not Verdict.VOID
        and theirs.get(one.spec.id, one.verdict) is not one.verdict
    ]
    return (f"not as in the candidate's local report: {'; '.join(told)}",) if told else ()


def _verdicts(text: bytes) -> Iterator[tuple[str, Verdict]]:
    try:
        for one in json.loads(text)["results"]:
            yield str(one["check"]["id"]), Verdict(one["verdict"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return
