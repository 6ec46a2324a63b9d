"""Run an exercise's checks of one stage in a pytest process of their own, and bring back raw verdicts.

The process is isolated (-I), loads no foreign plugins, reads the kit's configuration only, and works in an
empty folder: nothing that a submission holds can reach it, except as data in the job file.
"""

import json
import sys
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.report import CheckResult, CheckSpec, Reason, Verdict
from harness import gpus, process
from harness.exercise import Exercise
from harness.submission import Submission

CHECKS = Path(__file__).parent / "checks"
STANDARD = {"deployment": CHECKS / "test_standard.py", "pipeline": CHECKS / "test_standard_pipeline.py"}  # by kind
CONFIG = Path(__file__).parent / "checks.ini"
TIMEOUT = 120.0


@dataclass(frozen=True)
class Checked:
    """Raw verdicts of one stage, before anything is blocked, and the scenarios that live checks judge by.

    `points` are those of all stages, by visibility.
    """

    results: tuple[CheckResult, ...]
    scenarios: frozenset[str]
    points: Mapping[str, int]


def run_checks(
    submission: Submission, stage: str, *, hidden: bool, observations: Mapping[str, Any] | None = None
) -> Checked:
    """Run the checks of a stage (policy, live, or none: then it is only said what they are worth).

    Raises: GraderError where the checks themselves cannot be loaded or are no checks.
    """
    exercise = submission.exercise
    folders = exercise.check_folders(hidden=hidden)
    with tempfile.TemporaryDirectory(prefix="breakfix-checks-") as scratch:
        job, answer = Path(scratch) / "job.json", Path(scratch) / "answer.json"
        job.write_text(json.dumps(_job(submission, stage, folders, observations or {}, answer)), "utf-8")
        argv = [
            sys.executable, "-I", "-m", "pytest", "-q", "-p", "grader.plugin", "-p", "no:cacheprovider",
            "--import-mode=importlib", "-c", str(CONFIG), "--rootdir", scratch,
            str(STANDARD[exercise.kind]), *(str(folder) for _, folder in folders),
        ]  # fmt: skip
        env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "BREAKFIX_JOB": str(job)}
        output = _pytest(argv, env, Path(scratch))
        if not answer.is_file():
            raise GraderError(f"the checks of {exercise.slug} could not be loaded:\n{output}")
        answered = json.loads(answer.read_text("utf-8"))
    return Checked(_results(answered, exercise), frozenset(answered["scenarios"]), answered["points"])


def _pytest(argv: list[str], env: Mapping[str, str], scratch: Path) -> str:
    """Run pytest; exit codes 0, 1 and 5 are verdicts, which the answer file holds."""
    try:
        return process.run(argv, timeout=TIMEOUT, env=env, cwd=scratch)
    except process.ProcessError as problem:
        return problem.output


def _job(
    submission: Submission,
    stage: str,
    folders: tuple[tuple[str, Path], ...],
    observations: Mapping[str, Any],
    answer: Path,
) -> dict[str, Any]:
    manifests = [
        {"file": one.file, "line": one.line, "value": one.value, "lines": list(one.lines.items())}
        for one in submission.manifests
    ]
    return {
        "stage": stage,
        "folders": [[visibility, str(folder)] for visibility, folder in folders],
        "exercise": facts(submission.exercise, submission.actions()),
        "manifests": manifests,
        "problems": [asdict(problem) for problem in submission.problems],
        "files": {one.path: one.data.decode(errors="replace") for one in submission.files if one.editable},
        "observations": {
            name: {**seen, "callers": _callers(submission.exercise)} for name, seen in observations.items()
        },
        "answer": str(answer),
    }


def _callers(exercise: Exercise) -> dict[str, Any]:
    """Return the labels of the pods that send requests, by what they send."""
    traffic = exercise.traffic
    return {"predict": traffic.labels, "stranger": traffic.stranger} if traffic else {}


def facts(exercise: Exercise, own: Collection[str] = ()) -> dict[str, Any]:
    """Return what checks may know of the exercise, under the variant's names; `own` are a submission's own actions."""
    return {
        "slos": exercise.slos, "workload": asdict(exercise.workload), "namespaces": exercise.namespaces,
        "images": exercise.images, "max_requests": exercise.max_requests, "ground_rules": exercise.ground_rules,
        "traffic": asdict(exercise.traffic) if exercise.traffic else None, "names": dict(exercise.chosen),
        "namespace_labels": exercise.namespace_labels, "kind": exercise.kind, **_pipeline(exercise, own),
        "jobs": [asdict(one) for one in exercise.jobs], "priority_classes": exercise.priority_classes,
        "rights": [asdict(one) for one in exercise.rights],
        "gpu_nodes": [{"labels": gpus.labels(one), "taint": one.taint} for one in exercise.gpus],
    }  # fmt: skip


def _pipeline(exercise: Exercise, own: Collection[str]) -> dict[str, Any]:
    """Return what the checks of a pipeline need to know: its workflow, the accepted actions, the events it must meet."""
    if exercise.pipeline is None:
        return {}
    one = exercise.pipeline
    accepted = sorted({*one.references, *own, *(f"{name}/" for name in own)})
    return {"workflow": one.workflow, "actions": accepted, "triggers": sorted(one.triggers())}


def _results(answer: Mapping[str, Any], exercise: Exercise) -> tuple[CheckResult, ...]:
    complaints = list(answer["complaints"])
    results = []
    for raw in answer["results"]:
        claim = exercise.renaming.text(raw["spec"]["claim"])  # as the ticket of this variant has the names
        spec = CheckSpec(**{**raw["spec"], "claim": claim, "requires": tuple(raw["spec"]["requires"])})
        if spec.requirement not in exercise.requirements:
            complaints.append(f"{spec.id} proves {spec.requirement}, which exercise.yaml does not declare")
        reason = Reason(**raw["reason"]) if raw["reason"] else None
        results.append(CheckResult(spec, Verdict(raw["verdict"]), reason, (), raw["seconds"]))
    if complaints:
        raise GraderError(f"the checks of {exercise.slug} break the rules:\n  " + "\n  ".join(complaints))
    return tuple(results)
