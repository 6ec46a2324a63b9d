"""What a pipeline's scenario saw, as checks ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.checks.spec import EvidenceError, fail
from grader.checks.view import shown


@dataclass(frozen=True)
class PlayedRun:
    """One run of the workflow: what it concluded, registered and deployed."""

    scenario: str
    workflow: str
    data: Mapping[str, Any]
    public: bool = False  # whether the check that looks at it is

    @property
    def name(self) -> str:
        """The run's name in the scenario."""
        return str(self.data["name"])

    @property
    def conclusion(self) -> str:
        """success, failure, refused (the engine cannot run it) or overrun (a limit ended it)."""
        return str(self.data["conclusion"])

    @property
    def deployed(self) -> Sequence[Mapping[str, Any]]:
        """What was deployed, in order: its version, and under `judged` what the exercise knows of the model."""
        return list(self.data["deployed"])

    @property
    def registered(self) -> Sequence[Mapping[str, Any]]:
        """What was registered: version, model and reports."""
        return list(self.data["registered"])

    @property
    def concurrency(self) -> Sequence[Mapping[str, str]]:
        """The concurrency settings of its workflows as the engine evaluates them for this run; see `queues`."""
        return list(self.data["concurrency"])

    @property
    def calls(self) -> Sequence[Mapping[str, Any]]:
        """What was asked of GitHub's API to change something: event, stage, workflow, job, call, arguments, by, allowed, uses.

        `by` is workflow, app, identity or key; `uses` the job's own rights without which it would have been refused.
        """
        return list(self.data["calls"])

    @property
    def heard(self) -> Sequence[Mapping[str, Any]]:
        """What code of the exercise's world sent home: event, stage, workflow and job in which it ran, and what it found.

        `side` says whose code it was, `report` what it measured, `writes` what the job's token may write.
        """
        return list(self.data["heard"])

    def results(self, job: str) -> list[tuple[str, str]]:
        """Return (event, result) of each time that a job ran."""
        return [(str(one["event"]), str(one["result"])) for one in self.data["jobs"] if one["id"] == job]

    @property
    def output(self) -> str:
        """What the first step that failed had printed last, under its name; for public checks alone, nothing else."""
        failed = [(job, step) for job in self.data["jobs"] for step in job["steps"] if step["outcome"] == "failure"]
        if not self.public or not failed:
            return ""
        job, step = failed[0]
        return "\n".join([f"{job['id']} / {_first_line(step['name'])}:", *step.get("tail", ())])

    @property
    def story(self) -> str:
        """How the run went, on one line: its conclusion, the steps that failed, what was last printed."""
        failed = [
            f"{job['id']} / {_first_line(step['name'])}"
            for job in self.data["jobs"]
            for step in job["steps"]
            if step["outcome"] == "failure"
        ]
        told = self.data["finding"] or (f"failed at {'; '.join(failed[:3])}" if failed else "no step failed")
        return f"{self.conclusion}: {told}"

    def deployed_nothing(self, why: str) -> None:
        """Fail where the run deployed something, or was ended by a limit before it could show that it does not."""
        self.played_out()
        if self.deployed:
            versions = ", ".join(f"version {one['version']}" for one in self.deployed)
            self.fail(
                why, expected="no deployment", seen=f"{versions} went to production; the run ended as {self.story}"
            )

    def played_out(self) -> None:
        """Fail where a limit ended the run, or the engine could not run the workflow at all."""
        if self.conclusion in {"overrun", "refused"}:
            self.fail("the run could not be played out", expected="a run that comes to its own end", seen=self.story)

    def fail(self, message: str, *, expected: str = "", seen: str = "") -> NoReturn:
        """End the check as FAIL, at this run."""
        fail(
            f"{message} (run {self.name!r})",
            object=f"Workflow/{self.workflow.rpartition('/')[2]}",
            expected=expected,
            seen=" ".join(seen.split())[:400] or shown(self.data["conclusion"]),
            file=self.workflow,
            line=1,
            output=self.output,
        )


def _first_line(name: str) -> str:
    """Return what a step is called, on one line; its name may be an expression that comes to nothing."""
    return next(iter(name.split("\n")), "").strip()[:60] or "a step without a name"


@dataclass(frozen=True)
class Played:
    """One scenario of a pipeline: its runs in the order in which they were played."""

    scenario: str
    data: Mapping[str, Any]
    workflow: str
    public: bool = False

    def decided(self) -> "Played":
        """Return this if the machine held.

        Raises: EvidenceError with the evidence where it did not.
        """
        if self.data.get("evidence"):
            raise EvidenceError(str(self.data["evidence"]))
        return self

    @property
    def runs(self) -> list[PlayedRun]:
        """Every run that began, in order."""
        return [PlayedRun(self.scenario, self.workflow, one, self.public) for one in self.data["runs"]]

    @property
    def scripts(self) -> Mapping[str, str]:
        """The candidate's scripts by their paths."""
        return dict(self.data.get("scripts", {}))

    def run(self, name: str) -> PlayedRun:
        """Return a run by its name.

        Raises: CheckFailureError where an earlier one was ended by a limit, so that this one never began.
        """
        found = [one for one in self.data["runs"] if one["name"] == name]
        if not found:
            self._never_began(name)
        return PlayedRun(self.scenario, self.workflow, found[0], self.public)

    def _never_began(self, name: str) -> NoReturn:
        before = [PlayedRun(self.scenario, self.workflow, one).story for one in self.data["runs"]]
        fail(
            f"run {name!r} never began, for the one before it was ended by a limit",
            object=f"Workflow/{self.workflow.rpartition('/')[2]}",
            expected="runs that come to their own end",
            seen=(self.data["overrun"] or (before[-1] if before else "nothing was played"))[:400],
            file=self.workflow,
            line=1,
        )
