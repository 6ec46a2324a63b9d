"""The findings of the policy stage as SARIF 2.1.0, for code scanning: one rule per check, file and line of each failure.

Source of the form: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from grader.render.text import harmless
from grader.report.report import CheckResult, CheckSpec, Reason, Report, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(report: Report) -> str:
    """Return the failed policy checks as one run; checks that could not be decided, or are void, are notifications."""
    policy = [result for result in report.results if result.spec.stage == "policy"]
    undecided = [result for result in policy if result.verdict is Verdict.ERROR]
    run = {
        "tool": {"driver": _driver(report, [result.spec for result in policy])},
        "automationDetails": {"id": f"breakfix/{report.slug}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not undecided,
                "toolExecutionNotifications": [
                    {"level": "error", "message": _message(_said(result)), "associatedRule": {"id": result.spec.id}}
                    for result in undecided
                ]
                + [
                    {
                        "level": "note",
                        "message": _message(f"void, counts for nobody: {_said(result)}"),
                        "associatedRule": {"id": result.spec.id},
                    }
                    for result in policy
                    if result.verdict is Verdict.VOID
                ],
            }
        ],
        "results": [
            _result(result, number) | _harm(report, result)
            for number, result in enumerate(policy)
            if result.verdict is Verdict.FAIL
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver(report: Report, specs: list[CheckSpec]) -> dict[str, Any]:
    return {
        "name": "breakfix",
        "semanticVersion": report.provenance["kit"],
        "rules": [
            {
                "id": spec.id,
                "shortDescription": {"text": harmless(spec.claim)},
                "fullDescription": {"text": f"{spec.requirement}: {report.requirements[spec.requirement]}"},
                "defaultConfiguration": {"level": _level(spec)},
                "properties": {"points": spec.points, "requirement": spec.requirement, "visibility": spec.visibility},
            }
            for spec in specs
        ],
    }


def _result(result: CheckResult, rule: int) -> dict[str, Any]:
    reason = result.reason or Reason(result.spec.claim)
    print_of = hashlib.sha256(f"{result.spec.id}\0{reason.object}\0{reason.field}".encode(errors="replace")).hexdigest()
    return {
        "ruleId": result.spec.id,
        "ruleIndex": rule,
        "level": _level(result.spec),
        "message": _message(_said(result)),
        "locations": [_location(reason)] if reason.file or reason.object else [],
        "partialFingerprints": {"breakfix/v1": print_of},
    }


def _harm(report: Report, result: CheckResult) -> dict[str, Any]:
    """Return whether the repair broke it or left it broken, where that is known."""
    if report.guards is None:
        return {}
    return {"properties": {"repair": "broken" if result in report.harm else "open"}}


def _location(reason: Reason) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if reason.file:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(reason.file, errors="replace")},
            "region": {"startLine": max(1, reason.line)},
        }
    if reason.object:
        name = ".".join(part for part in (reason.object, reason.field) if part)
        location["logicalLocations"] = [{"fullyQualifiedName": harmless(name), "kind": "object"}]
    return location


def _level(spec: CheckSpec) -> str:
    return "error" if spec.must else "warning"


def _said(result: CheckResult) -> str:
    reason = result.reason or Reason(result.spec.claim)
    place = " ".join(part for part in (reason.object, reason.field) if part)
    parts = {"expected": reason.expected, "seen": reason.seen}
    told = "; ".join(f"{name} {text}" for name, text in parts.items() if text)
    return f"{place}: {reason.message}".removeprefix(": ") + (f" ({told})" if told else "")


def _message(text: str) -> dict[str, str]:
    """Return a message in which nothing is a link or a placeholder: SARIF reads `[text](target)` and `{0}` as such."""
    plain = re.sub(r"\{(\d+)\}", r"{{\1}}", harmless(text).replace("](", "] ("))
    return {"text": plain or "does not hold"}
