"""The pytest plugin that runs inside the checking process: hands checks their data, writes down their verdicts.

The job comes as a JSON file named by BREAKFIX_JOB; results go to the file named in it. A check that raises
anything but CheckFailureError is ERROR: the grader's own fault is never booked on the candidate.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from grader import venues
from grader.checks import blame
from grader.checks.spec import ATTRIBUTE, CheckFailureError, EvidenceError
from grader.checks.submission import Submission
from grader.report.report import CHECK, MACHINE, CheckSpec, Reason, Verdict
from harness.files.yamlfile import Problem
from harness.intake.reading import reading_of


class Plugin:
    """One job: its folders by visibility, its data, its results."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.results: list[dict[str, Any]] = []
        self.seen: dict[str, str] = {}
        self.complaints: list[str] = []
        self.specs: list[dict[str, Any]] = []  # of all stages
        self.exercise = job["exercise"]
        self.venue = venues.named(self.exercise["venue"])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be loaded: its checks would be missing without a word."""
        if report.failed:
            self.complaints.append(f"{report.nodeid} could not be loaded: {report.longreprtext.splitlines()[-1]}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks of this job's stage, in the order of their files; note all, and functions that are no checks."""
        kept = []
        for item in items:
            spec = self._spec(item)
            if spec is None:
                self.complaints.append(f"{item.nodeid} has no @check(...)")
            elif spec.id in self.seen:
                self.complaints.append(f"{item.nodeid} repeats the check id {spec.id!r} of {self.seen[spec.id]}")
            else:
                self.seen[spec.id] = item.nodeid
                self.specs.append(asdict(spec))
                if spec.stage == self.job.get("stage"):
                    kept.append(item)
        files = [str(item.path) for item in items]
        for _, folder in self.job["folders"]:
            if not any(path.startswith(folder + os.sep) for path in files):
                self.complaints.append(f"{folder} holds no check")
        items[:] = kept

    @pytest.fixture
    def submission(self) -> Submission:
        """Give the parsed submission."""
        shape = reading_of(self.venue.name).shape
        manifests = tuple(
            shape(one["file"], one["line"], one["value"], {tuple(path): line for path, line in one["lines"]})
            for one in self.job["manifests"]
        )
        problems = tuple(Problem(**one) for one in self.job["problems"])
        return Submission(manifests, problems, self.job["exercise"], self.job["files"])

    @pytest.fixture
    def observed(self, request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - each venue has its own
        """Give what the check's scenario saw."""
        spec = self._spec(request.node)
        if spec is None or spec.scenario is None:
            raise ValueError("only a check with a scenario can take `observed`")
        found = self.job["observations"].get(spec.scenario)
        if found is None:
            raise EvidenceError(f"scenario {spec.scenario!r} was not run")
        return self.venue.observed(spec.scenario, found, self.exercise, public=spec.visibility == "public")

    @pytest.fixture
    def all_played(self) -> tuple[Any, ...]:
        """Give what every scenario saw, for a claim about all of them."""
        seen = self.job["observations"].items()
        return tuple(self.venue.observed(name, found, self.exercise, public=False) for name, found in seen)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Run one check and write down its verdict."""
        self.verdict: tuple[Verdict, Reason | None] = (Verdict.PASS, None)
        began = time.monotonic()
        result = yield
        spec = self._spec(item)
        if spec is not None:
            verdict, reason = self.verdict
            self.results.append(
                {
                    "check": spec.id,
                    "verdict": verdict,
                    "reason": asdict(reason) if reason else None,
                    "seconds": round(time.monotonic() - began, 4),
                }
            )
        return result

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Tell a failed claim from a failed machine and from a defect of the check."""
        seen = self._seen(item)
        broke_off = str(seen.get("evidence") or "")
        if call.excinfo is None:
            if call.when == "call" and broke_off:  # what has not gone wrong by then may have gone wrong later
                self.verdict = _undecided(broke_off)
            return
        error = call.excinfo.value
        if isinstance(error, CheckFailureError):
            excuse = blame.excuse(error.symptoms, seen) if seen else ""
            self.verdict = _undecided(excuse) if excuse else (Verdict.FAIL, error.reason)
        elif isinstance(error, EvidenceError) or broke_off:
            self.verdict = _undecided(broke_off or str(error))
        else:
            where = call.excinfo.traceback[-1]
            text = f"the check itself broke: {type(error).__name__}: {error} ({Path(str(where.path)).name}:{where.lineno + 1})"
            self.verdict = _undecided(text, cause=CHECK)

    def _seen(self, item: pytest.Item) -> dict[str, Any]:
        """Return what the check's scenario saw; nothing for a check of files."""
        spec = self._spec(item)
        found: dict[str, Any] | None = self.job["observations"].get(spec.scenario) if spec and spec.scenario else None
        return found or {}

    def pytest_sessionfinish(self) -> None:
        """Hand over the results."""
        answer = {"results": self.results, "complaints": self.complaints, "specs": self.specs}
        Path(self.job["answer"]).write_text(json.dumps(answer), "utf-8")

    def _spec(self, item: pytest.Item) -> CheckSpec | None:
        function = getattr(item, "function", None)
        spec: CheckSpec | None = getattr(function, ATTRIBUTE, None)
        if spec is None:
            return None
        path = str(item.path)
        shown = next((see for see, folder in self.job["folders"] if path.startswith(folder + os.sep)), "public")
        requirement = spec.requirement or self.exercise["ground_rules"]
        return replace(spec, visibility=shown, requirement=requirement)


def _undecided(message: str, cause: str = MACHINE) -> tuple[Verdict, Reason]:
    return Verdict.ERROR, Reason(message, cause=cause)


def pytest_configure(config: pytest.Config) -> None:
    """Take up the job."""
    job = json.loads(Path(os.environ["BREAKFIX_JOB"]).read_text("utf-8"))
    config.pluginmanager.register(Plugin(job), "breakfix-job")
