"""Run an exercise's checks of one stage in a pytest process of their own, and bring back raw verdicts.

The process is isolated (-I), loads no foreign plugins, reads the kit's configuration only (no conftest.py of
the folders that an exercise lies in), and works in an empty folder: nothing that a submission holds can reach
it, except as data in the job file.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.report.report import CheckResult, CheckSpec, Reason, Verdict
from grader.venues import venue_of
from harness.core import process
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission

CHECKS = Path(__file__).parents[1] / "checks"
CONFIG = Path(__file__).parents[1] / "checks.ini"
TIMEOUT = 120.0


@dataclass(frozen=True)
class Checked:
    """Raw verdicts of one stage, before anything is blocked, and the checks of all stages."""

    results: tuple[CheckResult, ...]
    specs: tuple[CheckSpec, ...]


def catalogue(exercise: Exercise, *, hidden: bool = True) -> tuple[CheckSpec, ...]:
    """Return the checks of an exercise, of all stages, the hidden ones where they are here; none of them is run.

    Raises: GraderError where the checks themselves cannot be loaded or are no checks.
    """
    found = _specs(_answered(exercise, _job(exercise, {}, hidden=hidden), "--collect-only"), exercise)
    return tuple(sorted(found, key=lambda spec: spec.stage == "live"))  # as a grade runs them


def run_checks(
    submission: Submission, stage: str, *, hidden: bool, observations: Mapping[str, Any] | None = None
) -> Checked:
    """Run the checks of a stage, policy or live.

    Raises: GraderError where the checks themselves cannot be loaded or are no checks.
    """
    exercise = submission.exercise
    job = {
        **_job(exercise, {file.path: file.data for file in submission.files}, hidden=hidden),
        **_handed_in(submission),
        "stage": stage,
        "observations": observations or {},
    }
    callers = _callers(exercise)
    job["observations"] = {name: {**seen, "callers": callers} for name, seen in job["observations"].items()}
    answer = _answered(exercise, job)
    specs = _specs(answer, exercise)
    return Checked(_results(answer, {spec.id: spec for spec in specs}), specs)


def _answered(exercise: Exercise, job: Mapping[str, Any], *options: str) -> dict[str, Any]:
    """Return what the checking process answers."""
    with tempfile.TemporaryDirectory(prefix="breakfix-checks-") as scratch:
        question, answer = Path(scratch) / "job.json", Path(scratch) / "answer.json"
        question.write_text(json.dumps({**job, "answer": str(answer)}), "utf-8")
        argv = [
            sys.executable, "-I", "-m", "pytest", "-q", *options, "-p", "grader.checking.plugin", "-p", "no:cacheprovider",
            "--noconftest", "--import-mode=importlib", "-c", str(CONFIG), "--rootdir", scratch,
            str(venue_of(exercise).standard), *(folder for _, folder in job["folders"]),
        ]  # fmt: skip
        env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "BREAKFIX_JOB": str(question)}
        output = _pytest(argv, env, Path(scratch))
        if not answer.is_file():
            raise GraderError(f"the checks of {exercise.slug} could not be loaded:\n{output}")
        answered: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    return answered


def _pytest(argv: list[str], env: Mapping[str, str], scratch: Path) -> str:
    """Run pytest; exit codes 0, 1 and 5 are verdicts, which the answer file holds."""
    try:
        return process.run(argv, timeout=TIMEOUT, env=env, cwd=scratch)
    except process.ProcessError as problem:
        return problem.output


def _job(exercise: Exercise, files: Mapping[str, bytes], *, hidden: bool) -> dict[str, Any]:
    """Return what is asked about an exercise; `files` are a submission's, by their paths."""
    folders = [[visibility, str(folder)] for visibility, folder in exercise.check_folders(hidden=hidden)]
    return {"folders": folders, "exercise": facts(exercise, files)}


def _handed_in(submission: Submission) -> dict[str, Any]:
    """Return what a submission holds, as data."""
    return {
        "manifests": [
            {"file": one.file, "line": one.line, "value": one.value, "lines": list(one.lines.items())}
            for one in submission.manifests
        ],
        "problems": [asdict(problem) for problem in submission.problems],
        "files": {file.path: file.data.decode(errors="replace") for file in submission.files if file.editable},
    }


def _callers(exercise: Exercise) -> dict[str, Any]:
    """Return the labels of the pods that send requests, by what they send."""
    traffic = exercise.traffic
    return {"predict": traffic.labels, "stranger": traffic.stranger} if traffic else {}


def facts(exercise: Exercise, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what checks may know of the exercise, under the variant's names, and of what a submission's files add to it."""
    return {
        "slos": exercise.slos, "ground_rules": exercise.ground_rules, "names": dict(exercise.chosen),
        "venue": exercise.venue, **venue_of(exercise).facts(exercise, files),
    }  # fmt: skip


def _specs(answer: Mapping[str, Any], exercise: Exercise) -> tuple[CheckSpec, ...]:
    """Return the checks that were collected, their claims as the ticket of this variant has the names.

    Raises: GraderError that names everything by which they break the rules.
    """
    renamed = exercise.renaming.text
    specs = tuple(
        CheckSpec(**{**raw, "claim": renamed(raw["claim"]), "requires": tuple(raw["requires"])})
        for raw in answer["specs"]
    )
    complaints = [
        *answer["complaints"],
        *(
            f"{spec.id} proves {spec.requirement}, which exercise.yaml does not declare"
            for spec in specs
            if spec.requirement not in exercise.requirements
        ),
    ]
    if complaints:
        raise GraderError(f"the checks of {exercise.slug} break the rules:\n  " + "\n  ".join(complaints))
    return specs


def _results(answer: Mapping[str, Any], specs: Mapping[str, CheckSpec]) -> tuple[CheckResult, ...]:
    return tuple(
        CheckResult(
            specs[raw["check"]],
            Verdict(raw["verdict"]),
            Reason(**raw["reason"]) if raw["reason"] else None,
            (),
            raw["seconds"],
        )
        for raw in answer["results"]
    )
