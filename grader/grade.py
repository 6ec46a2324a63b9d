"""Grade a submission: the policy stage, then its scenarios on a cluster, side by side, then the live checks."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from grader.checking import Checked, run_checks
from grader.report import Report
from grader.reporting import may_apply, report
from harness.submission import Submission

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where the live stage happens: an admin identity at a cluster, or a sandbox for pipelines, and the images' IDs.

    Runs are removed in the background, so that a report need not wait for it; `close` waits.
    """

    admin: Any  # harness.kube.Kube: not imported here, since the policy stage must stay quick
    images: Mapping[str, str]
    sandbox: Any = None  # harness.sandbox.Sandbox
    removals: list[Future[None]] = field(default_factory=list)
    _pool: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def remove(self, removal: Callable[[], None]) -> None:
        """Begin to remove a run."""
        self.removals.append(self._pool.submit(removal))

    def close(self) -> None:
        """Wait until every run is gone.

        Raises: EnvironmentBrokenError when one does not go.
        """
        while self.removals:
            self.removals.pop().result()
        self._pool.shutdown()


def grade(
    submission: Submission,
    stage: str,
    *,
    hidden: bool,
    place: Callable[[], Place],
    stop: threading.Event,
    tell: Tell,
) -> Report:
    """Return the report on a submission; `stage` is policy, live or all; `place` is asked for only when needed.

    Raises: StoppedError on an interrupt, after the runs were removed.
    """
    policy = run_checks(submission, "policy", hidden=hidden)
    if stage == "policy":
        return report(submission, policy.results, stage=stage)
    scenarios = [name for name in submission.exercise.scenario_names if name in policy.scenarios]
    if not may_apply(policy.results):
        tell("the submission breaks the rules, so nothing of it is run")
        live = run_checks(submission, "live", hidden=hidden)
        return report(submission, (*policy.results, *live.results), stage=stage)
    where = place()
    observations = play_all(submission, scenarios, where, stop, tell)
    live = run_checks(submission, "live", hidden=hidden, observations=observations)
    return report(submission, _wanted(policy, live, stage), stage=stage, images=where.images, observations=observations)


def _wanted(policy: Checked, live: Checked, stage: str) -> tuple[Any, ...]:
    """Return the results that count: those of the live stage alone keep only what they wait for."""
    return (*policy.results, *live.results) if stage == "all" else live.results


def play_all(
    submission: Submission, scenarios: Sequence[str], place: Place, stop: threading.Event, tell: Tell
) -> dict[str, Any]:
    """Return the observations of the scenarios, played side by side, each in namespaces or a sandbox of its own."""
    with ThreadPoolExecutor(max_workers=max(1, len(scenarios))) as pool:
        futures = {name: pool.submit(_play, submission, name, place, stop, tell) for name in scenarios}
        try:
            return {name: future.result() for name, future in futures.items()}
        except BaseException:
            stop.set()
            raise


def _play(submission: Submission, name: str, place: Place, stop: threading.Event, tell: Tell) -> dict[str, Any]:
    if submission.exercise.pipeline is not None:
        from grader import pipeline  # noqa: PLC0415 - the engine's client is not for the policy stage either

        return pipeline.play(submission, name, place.sandbox, stop, tell)
    from grader.live.play import play  # noqa: PLC0415 - the kubernetes client takes longer to load than the policy stage

    scenario = next(one for one in submission.exercise.scenarios if one.name == name)
    played = play(submission, scenario, place.admin, stop, tell)
    place.remove(played.remove)
    return played.observation
