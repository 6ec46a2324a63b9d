"""The report as Markdown, for the summary of a CI job; whatever a submission wrote stands in it as plain characters."""

from collections.abc import Iterator

from grader.render import outline
from grader.render.text import literal
from grader.report.report import CheckResult, Outcome, Reason, Report, Verdict
from grader.report.score import HELD

SIGNS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.BLOCKED: "⏸️", Verdict.ERROR: "⚠️", Verdict.VOID: "🚫"}


def render(report: Report) -> str:
    """Return outcome, score by requirement and category, and what did not pass."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"## {literal(report.title)}: {outline.outcome(report).lower()}"
    yield ""
    told = outline.scored(report)
    score = f"{told.capitalize()}. " if told else ""
    if report.score is not None:
        mark = f" (pass mark {report.pass_mark})" if report.pass_mark else ""
        score = f"Score **{report.score}** of 100{mark}. "
    if report.scope == "public":
        score = f"**{outline.judged(report)}**. "
    yield f"{score}{literal(report.slug)} version {report.version}, {outline.STAGES[report.stage]}."
    if report.scope != "public":
        yield "The score is advice: people decide."
    groups = outline.groups(report)
    for group in groups:
        yield from _group(report, group)
    for kind, heading in (("requirement", "Requirement"), ("category", "Category")):
        yield from ("", f"| | {heading} | Points |", "|---|---|---:|")
        for one in outline.tallies(report, kind):
            name = f"**{literal(one.name)}** " if kind == "requirement" else ""
            must = " (must)" if one.unmet_must and report.outcome is Outcome.FAILED else ""
            sign = f"{SIGNS[one.verdict]} {outline.MET[one.verdict]}{must}"
            yield f"| {sign} | {name}{literal(one.title)} | {one.earned} of {one.points} |"
    if not groups:
        yield from _failures(report)
        yield from _void(report)
    if report.hours is not None:
        yield from ("", "### Time", "")
        yield from (f"- {name}: {literal(words)}" for name, words in outline.hours(report))
        yield from ("", outline.HOURS)
    if report.notes:
        yield from ("", *(f"- Note: {literal(note)}" for note in report.notes))


def _group(report: Report, group: outline.Group) -> Iterator[str]:
    yield from ("", f"### {group.heading}", "")
    if group.kind == "held":
        yield ", ".join(_code(entry.result.spec.id) for entry in group.entries)
        return
    if not group.entries:
        yield outline.empty(report, group.kind)
    elif group.kind == "broken":
        yield from (outline.HARM, "")
    for entry in group.entries:
        yield from _entry(entry)


def _failures(report: Report) -> Iterator[str]:
    failed = [entry for part in outline.parts(report) for entry in part.entries if entry.result.verdict not in HELD]
    if failed:
        yield from ("", "### What did not pass", "")
    for entry in failed:
        yield from _entry(entry)


def _entry(entry: outline.Entry) -> Iterator[str]:
    yield f"- {SIGNS[entry.result.verdict]} **{literal(entry.result.spec.claim)}** ({_label(entry.result)})"
    yield from (f"  <br>{line}" for line in _reason(entry.result.reason))
    if entry.behind:
        waiting = ", ".join(_code(one.spec.id) for one in entry.behind)
        yield f"  <br>blocked by it: {waiting}"


def _void(report: Report) -> Iterator[str]:
    void = [result for result in report.results if result.verdict is Verdict.VOID]
    if void:
        yield from ("", "### Void: counts for nobody", "")
    for one in void:
        yield f"- {SIGNS[one.verdict]} **{literal(one.spec.claim)}** ({_label(one)})"
        yield from (f"  <br>{line}" for line in _reason(one.reason))


def _label(result: CheckResult) -> str:
    points = f"{result.spec.points} point{'' if result.spec.points == 1 else 's'}"
    return f"{_code(result.spec.id)}, {result.spec.requirement}, {points}{', must' if result.spec.must else ''}"


def _reason(reason: Reason | None) -> Iterator[str]:
    if reason is None:
        return
    place = " ".join(part for part in (reason.object, reason.field) if part)
    at = f" at {_code(f'{reason.file}:{reason.line}')}" if reason.file else ""
    yield f"{_code(place) + ': ' if place else ''}{literal(reason.message)}{at}"
    for name, text in (("expected", reason.expected), ("seen", reason.seen)):
        if text:
            yield f"{name}: {_code(text)}"


def _code(text: str) -> str:
    return f"<code>{literal(text)}</code>"
