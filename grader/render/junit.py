"""The report as JUnit XML, for CI servers.

Source of the form: the Jenkins xUnit schema, which CI servers share. BLOCKED is `skipped`, ERROR is `error`.
"""

import re
from xml.etree import ElementTree as ET

from grader.report import CheckResult, Reason, Report, Verdict

# What XML 1.0 cannot carry.
UNSAFE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """Return the report as one test suite with a test case per check."""
    counts = {
        "tests": len(report.results),
        "failures": report.count(Verdict.FAIL),
        "errors": report.count(Verdict.ERROR),
        "skipped": report.count(Verdict.BLOCKED),
    }
    attributes = {key: str(value) for key, value in counts.items()}
    seconds = f"{sum(result.seconds for result in report.results):.3f}"
    root = ET.Element("testsuites", {"name": "breakfix", "time": seconds, **attributes})
    suite = ET.SubElement(root, "testsuite", {"name": report.slug, "time": seconds, **attributes})
    properties = ET.SubElement(suite, "properties")
    known = {
        "outcome": report.outcome.value,
        "score": "" if report.score is None else str(report.score),
        **report.provenance,
    }
    for name, value in known.items():
        ET.SubElement(properties, "property", {"name": name, "value": _safe(value)})
    for result in report.results:
        _case(suite, report, result)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, report: Report, result: CheckResult) -> None:
    name = {
        "classname": f"{report.slug}.{result.spec.requirement}",
        "name": f"{result.spec.id}: {result.spec.claim}",
    }
    case = ET.SubElement(suite, "testcase", {**name, "time": f"{result.seconds:.3f}"})
    if result.verdict is Verdict.BLOCKED:
        ET.SubElement(case, "skipped", {"message": f"blocked by {', '.join(result.blocked_by)}"})
    elif result.verdict is not Verdict.PASS:
        tag, kind = ("failure", "FAIL") if result.verdict is Verdict.FAIL else ("error", "ERROR")
        reason = result.reason or Reason("")
        ET.SubElement(case, tag, {"message": _safe(reason.message), "type": kind}).text = _safe(_detail(reason))


def _detail(reason: Reason) -> str:
    place = f"{reason.file}:{reason.line}" if reason.file else ""
    parts = {
        "object": reason.object,
        "field": reason.field,
        "expected": reason.expected,
        "seen": reason.seen,
        "at": place,
    }
    return "\n".join(f"{key}: {value}" for key, value in parts.items() if value)


def _safe(text: str) -> str:
    return UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)
