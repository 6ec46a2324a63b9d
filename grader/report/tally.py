"""What became of the checks of each requirement, and of each category: what the files say, and what was seen to happen."""

from collections.abc import Iterator, Mapping, Sequence

from grader.report.report import CheckResult, Tally, Verdict
from grader.report.score import LOST

CATEGORIES = {"policy": "What the files say", "live": "What was seen to happen"}  # by stage


def tallies(results: Sequence[CheckResult], requirements: Mapping[str, str]) -> tuple[Tally, ...]:
    """Return the tallies of settled results, void ones left out: requirements in the ticket's order, then categories."""
    return (
        *_grouped("requirement", requirements, {one: [r for r in results if r.spec.requirement == one] for one in requirements}),
        *_grouped("category", CATEGORIES, {one: [r for r in results if r.spec.stage == one] for one in CATEGORIES}),
    )  # fmt: skip


def _grouped(kind: str, titles: Mapping[str, str], groups: Mapping[str, Sequence[CheckResult]]) -> Iterator[Tally]:
    for name, results in groups.items():
        if results:
            counted = [one for one in results if one.verdict is not Verdict.VOID]
            passed = [one for one in results if one.verdict is Verdict.PASS]
            yield Tally(
                kind, name, titles[name], verdict_of(counted),
                earned=sum(one.spec.points for one in passed), points=sum(one.spec.points for one in counted),
                unmet_must=any(one.spec.must and one.verdict in LOST for one in counted),
            )  # fmt: skip


def verdict_of(results: Sequence[CheckResult]) -> Verdict:
    """Return the verdict on all of them together: the worst, where an undecided one is worse than a failed one but for a must."""
    found = {one.verdict for one in results}
    if not found:
        return Verdict.VOID
    if any(one.spec.must and one.verdict is Verdict.FAIL for one in results):
        return Verdict.FAIL
    return next((one for one in (Verdict.ERROR, Verdict.FAIL, Verdict.BLOCKED) if one in found), Verdict.PASS)
