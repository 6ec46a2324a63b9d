"""The copy of a report for the candidate: results per requirement, and nothing that a hidden check says or is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.report.report import CheckResult, Report, Verdict
from grader.report.takehome import TakeHome

LOOK = "look at this yourself: "  # how a note for the team alone begins
# What a scenario that public checks judge by shows the candidate anyway, in `breakfix check`.
SHOWN = (
    "scenario", "evidence", "phases", "pods", "events", "apply_errors", "ready_within", "recover_within", "week", "plots",
)  # fmt: skip
OPEN_REQUESTS = ("predict", "answered", "lost")
# What fixes a report and tells nothing of the round: its seed, and void checks or scenarios that are hidden, stay out.
TOLD = ("kit", "kubernetes", "act", "submitted files", "protected files", "archive", "candidate")


def copy_for(report: Report, audience: str) -> Report:
    """Return the report as this audience may read it."""
    if audience in ("team", report.audience):
        return report
    hidden = {result.spec.id for result in report.results if result.spec.visibility == "hidden"}
    kept = tuple(_open(result, hidden) for result in report.results if result.spec.id not in hidden)
    judged = {result.spec.scenario for result in kept}
    scenarios = {name: _seen(seen) for name, seen in report.observations.items() if name in judged}
    note: tuple[str, ...] = (
        ("the results per requirement count checks that are not shown one by one",) if hidden else ()
    )
    if any(result.verdict is Verdict.VOID and result.spec.id in hidden for result in report.results):
        note += ("of the checks that are not shown, some were void: they count for nobody in this round",)
    told = {key: value for key, value in report.provenance.items() if key in TOLD or key.startswith("image ")}
    notes = (*(one for one in report.notes if not one.startswith(LOOK)), *note)
    guards = None if report.guards is None else tuple(name for name in report.guards if name not in hidden)
    return replace(
        report, audience=audience, results=kept, guards=guards, hours=None, observations=scenarios, interview=None, notes=notes,
        confirmation=None, replay=None, provenance={"exercise": f"{report.slug} version {report.version}", **told},
    )  # fmt: skip


def _open(result: CheckResult, hidden: set[str]) -> CheckResult:
    """Return a public check's result; a reason that was handed on from a hidden check in front of it is dropped."""
    spec = replace(result.spec, requires=tuple(name for name in result.spec.requires if name not in hidden))
    behind = hidden & set(result.blocked_by)
    shown = tuple(name for name in result.blocked_by if name not in hidden)
    return replace(result, spec=spec, blocked_by=shown, reason=None if behind else result.reason)


def _seen(observation: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: observation[key] for key in SHOWN if key in observation}
    requests = [one for one in observation.get("probes", ()) if one.get("kind") in OPEN_REQUESTS]
    return shown | {"probes": requests}


def whole_for(found: TakeHome, audience: str) -> TakeHome:
    """Return a take-home's report as this audience may read it: each part's copy."""
    hours = found.hours if audience == "team" else None
    return replace(found.changed(lambda _, report: copy_for(report, audience)), hours=hours)
