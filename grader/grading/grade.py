"""Grade a submission: the policy stage, then its scenarios where they are played, side by side, then the live checks."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grader.checking.checking import Checked, run_checks
from grader.plays.place import Place, Tell
from grader.report.report import CheckResult, Report, Verdict
from grader.report.reporting import may_apply, report
from grader.venues import venue_of
from harness.intake.submission import Submission


def _nobody(_: str) -> None:
    """Tell nobody."""


class Grading:
    """What all grades of one group share: a place, what stops them, and who hears of them.

    The place is brought up when it is first asked for, once, whoever asks: a policy stage never does.
    """

    def __init__(
        self, opening: Callable[[], Place], stop: threading.Event | None = None, tell: Tell | None = None
    ) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._place: Place | None = None
        self.stop = stop or threading.Event()
        self.tell = tell or _nobody

    def place(self) -> Place:
        """Return the place.

        Raises: EnvironmentBrokenError where it cannot be brought up.
        """
        with self._lock:
            if self._place is None:
                self._place = self._opening()
            return self._place

    def telling(self, tell: Tell | None) -> "Grading":
        """Return the same with somebody else, or nobody, to hear of it."""
        return Grading(self.place, self.stop, tell)

    def play(self, submission: Submission, scenarios: Sequence[str]) -> dict[str, Any]:
        """Return the observations of the scenarios, played side by side, each in namespaces or a sandbox of its own.

        Raises: StoppedError on an interrupt, after the runs were removed.
        """
        place, venue = self.place(), venue_of(submission.exercise)
        with ThreadPoolExecutor(max_workers=max(1, len(scenarios))) as pool:
            futures = {
                name: pool.submit(venue.play, submission, name, place, self.stop, self.tell) for name in scenarios
            }
            try:
                return {name: future.result() for name, future in futures.items()}
            except BaseException:
                self.stop.set()
                raise


def grade(submission: Submission, stage: str, grading: Grading, *, hidden: bool) -> Report:
    """Return the report on a submission; `stage` is policy, live or all.

    Raises: StoppedError on an interrupt, after the runs were removed.
    """
    policy = run_checks(submission, "policy", hidden=hidden)
    if stage == "policy":
        return report(submission, policy.results, stage=stage)
    if not may_apply(policy.results):
        grading.tell("the submission breaks the rules, so nothing of it is run")
        return report(submission, (*policy.results, *_blocked(policy)), stage=stage)
    judged = {spec.scenario for spec in policy.specs}
    scenarios = [name for name in venue_of(submission.exercise).scenarios(submission.exercise) if name in judged]
    observations = grading.play(submission, scenarios)
    live = run_checks(submission, "live", hidden=hidden, observations=observations)
    images = grading.place().images
    return report(submission, _wanted(policy, live, stage), stage=stage, images=images, observations=observations)


def _blocked(policy: Checked) -> tuple[CheckResult, ...]:
    """Return the live checks as they stand behind files that may not be applied: none of them is run."""
    return tuple(CheckResult(spec, Verdict.BLOCKED) for spec in policy.specs if spec.stage == "live")


def _wanted(policy: Checked, live: Checked, stage: str) -> tuple[CheckResult, ...]:
    """Return the results that count: those of the live stage alone keep only what they wait for."""
    return (*policy.results, *live.results) if stage == "all" else live.results
