"""Reports for tests: real ones, kept as the grader wrote them on a cluster, and one that a hostile submission causes."""

from dataclasses import replace
from pathlib import Path

from grader.checking.checking import run_checks
from grader.grading import public
from grader.render.data import read
from grader.report.report import Change, CheckResult, Outcome, Reason, Report, Unusual, Verdict
from grader.report.reporting import report
from grader.report.score import outcome
from grader.report.tally import tallies
from harness.exercises import exercise as exercises
from harness.intake.submission import collect

FOLDER = Path(__file__).parent.parent / "reports"
KEPT = ("broken", "cheat", "cheat-of-rights", "reference", "pipeline")
# What might break out of a page, a table, a terminal or a line of a log.
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'` | [a](https://evil.example) ![b](//evil.example) www.evil.example"
    " {0} {{ 7*7 }} {% raw %} <!-- ]]> &amp; @all #1 \x1b[31m \u202e\u2066\u200f \ud800 \x00\x85\n## heading\t|"
)


def kept(name: str) -> Report:
    """Return a report that was kept."""
    return read(FOLDER / f"{name}.json")


def by_policy(slug: str) -> Report:
    """Return the policy stage's report on the broken workspace, as the exercise is today."""
    exercise = exercises.load(slug)
    submission = collect(exercise, exercise.workspace)
    return report(submission, run_checks(submission, "policy", hidden=True).results, stage="policy")


def of(results: tuple[CheckResult, ...], source: Report) -> Report:
    """Return the source with other results, settled."""
    decided, score = outcome(results, source.pass_mark)
    counted = tallies(results, source.requirements)
    return replace(source, results=results, outcome=decided, score=score, tallies=counted)


def hostile() -> Report:
    """Return a report in which every text that a submission can influence is hostile, and long."""
    source, text = kept("broken"), HOSTILE * 3
    results = tuple(
        replace(one, verdict=Verdict.FAIL, blocked_by=(), reason=Reason(text, text, text, text, text, text[:90], 7))
        for one in source.results
    )
    seen = {
        name: {
            **one,
            "pods": [{**snap, "name": f"{snap['name']}{text}", "state": text} for snap in one["pods"]],
            "events": [{**event, "pod": f"{event['pod']}{text}", "message": text} for event in one["events"]] * 5,
        }
        for name, one in source.observations.items()
    }
    assert source.interview is not None
    return replace(
        of(results, source),
        notes=(text,) * 500,
        changes=tuple(Change(f"{number}{text}", "added", "\n".join([f"+{text}"] * 10)) for number in range(10)),
        interview=replace(source.interview, unusual=(Unusual(text, 1, "added", text),) * 8),
        observations=seen,
    )


def undecided() -> Report:
    """Return a report on a machine that failed."""
    source = kept("cheat")
    results = tuple(
        replace(one, verdict=Verdict.ERROR, reason=Reason("the machine stalled")) if one.spec.stage == "live" else one
        for one in source.results
    )
    found = of(results, source)
    assert found.outcome is Outcome.UNDECIDED
    return found


def public_only() -> Report:
    """Return a report on the public checks alone, as `check` makes it."""
    source = kept("cheat")
    results = tuple(one for one in source.results if one.spec.visibility == "public")
    return public.only(replace(of(results, source), interview=None), exercises.load("serving-never-ready"))


def every_kind() -> dict[str, Report]:
    """Return a report of every kind, by name."""
    return {
        **{name: kept(name) for name in KEPT},
        **{f"policy of {slug}": by_policy(slug) for slug in exercises.slugs()},
        "undecided": undecided(),
        "public only": public_only(),
        "hostile": hostile(),
    }
