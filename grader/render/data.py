"""The report as JSON, for programs."""

import json
from dataclasses import asdict
from typing import Any

from grader.report import Report, Verdict


def as_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data: verdict counts beside each result, its check and its reason."""
    data = asdict(report)
    for result in data["results"]:
        spec = result.pop("spec")
        result |= {"check": spec}
    data["counts"] = {verdict.value: report.count(verdict) for verdict in Verdict}
    order = ("schema_version", "slug", "version", "title", "stage", "outcome", "score", "pass_mark", "counts")
    return {**{key: data.pop(key) for key in order}, **data}


def render(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(as_data(report), indent=2, ensure_ascii=False) + "\n"
