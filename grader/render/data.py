"""The report as JSON, for programs: written, and read again. Its form is report.schema.json, in this folder."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema

from grader.render import outline
from grader.report.report import (
    Change,
    CheckResult,
    CheckSpec,
    Confirmation,
    Dimension,
    Hours,
    Interview,
    Outcome,
    Question,
    Reason,
    Replay,
    Report,
    Tally,
    Unusual,
    Verdict,
)
from harness.core.errors import InputError
from harness.files.yamlfile import Problem

SCHEMA = Path(__file__).parent / "report.schema.json"


def as_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data: verdict counts beside each result, its check and its reason."""
    data = asdict(report)
    for result in data["results"]:
        spec = result.pop("spec")
        result |= {"check": spec}
        if result["reason"] and not result["reason"]["output"]:
            del result["reason"]["output"]
    data["repair"] = outline.repair(report)
    data["counts"] = {verdict.value: report.count(verdict) for verdict in Verdict}
    order = ("schema_version", "slug", "version", "title", "stage", "outcome", "score", "pass_mark", "repair", "counts")
    return {**{key: data.pop(key) for key in order}, **data}


def render(report: Report) -> str:
    """Return the report as JSON, in ASCII alone: what a submission wrote steers no terminal."""
    return json.dumps(as_data(report), indent=2) + "\n"


def read(path: Path) -> Report:
    """Return the report that a file holds as JSON.

    Raises: InputError where it cannot be read, or is no report of this version.
    """
    return made(loaded(path), path)


def loaded(path: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the JSON that a file holds.

    Raises: InputError where it cannot be read.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise InputError(f"{path} cannot be read: {problem.strerror}") from problem
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path} is no JSON report ({problem}); make one with --format json") from problem


def made(data: Any, path: Path) -> Report:  # noqa: ANN401 - whatever JSON holds
    """Return the report that this JSON of a file is.

    Raises: InputError where it is no report of this version.
    """
    errors = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).iter_errors(data)
    told = [f"{path}: {'.'.join(map(str, one.absolute_path)) or 'document'}: {one.message[:200]}" for one in errors]
    if told:
        raise InputError("\n".join([*told[:20], "this is no report of this version of the kit; grade again"]))
    return _report(data)


def _report(data: dict[str, Any]) -> Report:
    fields: dict[str, Any] = {key: value for key, value in data.items() if key not in {"counts", "repair"}}
    prepared = data["interview"]
    pending = Confirmation(pending=True)
    if fields["provenance"].get("confirmed") == str(pending):  # so it was told before it had a field
        fields["confirmation"] = pending
        fields["provenance"] = {name: told for name, told in fields["provenance"].items() if name != "confirmed"}
    return Report(**fields | {
        "outcome": Outcome(data["outcome"]),
        "results": tuple(map(_result, data["results"])),
        "notes": tuple(data["notes"]),
        "tallies": tuple(Tally(**one | {"verdict": Verdict(one["verdict"])}) for one in data["tallies"]),
        "changes": tuple(Change(**one) for one in data["changes"]),
        "problems": tuple(Problem(**one) for one in data.get("problems", ())),
        "guards": None if data.get("guards") is None else tuple(data["guards"]),
        "interview": None if prepared is None else _interview(prepared),
        **{name: shape(data[name]) for name, shape in LATER.items() if data.get(name)},
    })  # fmt: skip


def _confirmation(data: dict[str, Any]) -> Confirmation:
    return Confirmation(tuple(data["scenarios"]), data["pending"])


def _replay(data: dict[str, Any]) -> Replay:
    return Replay(tuple(data["scenarios"]), data["machine"])


def _hours(data: dict[str, Any]) -> Hours:
    return Hours(**data)


LATER = {"confirmation": _confirmation, "replay": _replay, "hours": _hours}  # what older reports do not have


def _result(data: dict[str, Any]) -> CheckResult:
    spec = CheckSpec(**data["check"] | {"requires": tuple(data["check"]["requires"])})
    reason = Reason(**data["reason"]) if data["reason"] else None
    return CheckResult(spec, Verdict(data["verdict"]), reason, tuple(data["blocked_by"]), data["seconds"])


def _interview(data: dict[str, Any]) -> Interview:
    return Interview(
        tuple(Dimension(**one | {"failed": tuple(one["failed"])}) for one in data["rubric"]),
        tuple(
            Question(**one | {"checks": tuple(one["checks"]), "failed": tuple(one["failed"])})
            for one in data["questions"]
        ),
        tuple(Unusual(**one) for one in data["unusual"]),
    )
