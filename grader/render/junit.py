"""The report as JUnit XML, for CI servers.

Source of the form: the Jenkins xUnit schema, which CI servers share. BLOCKED and VOID are `skipped`, ERROR is `error`.
In a candidate's copy each requirement is a test case too, since not every check behind it is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from grader.render import outline
from grader.render.text import harmless
from grader.report.report import Reason, Report, Verdict

SKIPPED = (Verdict.BLOCKED, Verdict.VOID)


@dataclass(frozen=True)
class Case:
    """One test case: `detail` is what stands below its message."""

    classname: str
    name: str
    verdict: Verdict
    message: str = ""
    detail: str = ""
    seconds: float = 0.0


def render(report: Report) -> str:
    """Return the report as one test suite with a test case per check."""
    cases = tuple(_cases(report))
    verdicts = [case.verdict for case in cases]
    counts = {
        "tests": len(cases),
        "failures": verdicts.count(Verdict.FAIL),
        "errors": verdicts.count(Verdict.ERROR),
        "skipped": sum(verdict in SKIPPED for verdict in verdicts),
    }
    attributes = {key: str(value) for key, value in counts.items()}
    seconds = f"{sum(case.seconds for case in cases):.3f}"
    whole = {name: value for name, value in attributes.items() if name != "skipped"}  # strict readers know none here
    root = ET.Element("testsuites", {"name": "breakfix", "time": seconds, **whole})
    suite = ET.SubElement(root, "testsuite", {"name": report.slug, "time": seconds, **attributes})
    properties = ET.SubElement(suite, "properties")
    known = {
        "outcome": report.outcome.value,
        "score": "" if report.score is None else str(report.score),
        **({"judged": outline.judged(report)} if report.scope == "public" else {}),
        **({"would have broken": ", ".join(one.spec.id for one in report.harm)} if report.harm else {}),
        **{f"time {name}": told for name, told in outline.hours(report)},
        **report.origin,
    }
    for name, value in known.items():
        ET.SubElement(properties, "property", {"name": name, "value": harmless(value)})
    for case in cases:
        _write(suite, case)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(report: Report) -> Iterator[Case]:
    if report.audience == "candidate":
        for one in outline.tallies(report, "requirement"):
            told = f"{outline.MET[one.verdict]}: {one.earned} of {one.points} points"
            yield Case(report.slug, f"{one.name}: {one.title}", one.verdict, told)
    for result in report.results:
        reason = result.reason or Reason("")
        instead = {
            Verdict.BLOCKED: f"blocked by {', '.join(result.blocked_by)}", Verdict.VOID: f"void: {reason.message}",
        }  # fmt: skip
        yield Case(
            f"{report.slug}.{result.spec.requirement}", f"{result.spec.id}: {result.spec.claim}",
            result.verdict, instead.get(result.verdict, reason.message), _detail(reason), result.seconds,
        )  # fmt: skip


def _write(suite: ET.Element, case: Case) -> None:
    name = {"classname": case.classname, "name": harmless(case.name), "time": f"{case.seconds:.3f}"}
    element = ET.SubElement(suite, "testcase", name)
    message = {"message": harmless(case.message)}
    if case.verdict in SKIPPED:
        ET.SubElement(element, "skipped", message)
    elif case.verdict is not Verdict.PASS:
        tag = "failure" if case.verdict is Verdict.FAIL else "error"
        ET.SubElement(element, tag, {**message, "type": case.verdict.value}).text = case.detail


def _detail(reason: Reason) -> str:
    place = f"{reason.file}:{reason.line}" if reason.file else ""
    parts = {
        "object": reason.object,
        "field": reason.field,
        "expected": reason.expected,
        "seen": reason.seen,
        "at": place,
    }
    return "\n".join(f"{key}: {harmless(value)}" for key, value in parts.items() if value)
