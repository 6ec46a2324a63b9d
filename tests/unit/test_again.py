"""What is undecided is graded again, once, alone; what is so again on a steady machine is the submission's doing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.checking.checking import Checked
from grader.grading import again as module
from grader.grading.again import again, open_scenarios, settled
from grader.grading.confirm import unconfirmed
from grader.grading.grade import Grading
from grader.live.control import busy
from grader.plays.place import Place
from grader.report.report import (
    CHANCE,
    CHECK,
    MACHINE,
    CheckResult,
    CheckSpec,
    Outcome,
    Reason,
    Replay,
    Report,
    Verdict,
)
from grader.report.reporting import report
from harness.exercises import exercise as exercises
from harness.intake.submission import Submission, collect

EXERCISE = exercises.load("serving-never-ready")
P, F, E = Verdict.PASS, Verdict.FAIL, Verdict.ERROR


def result(name: str, verdict: Verdict, scenario: str | None, cause: str = MACHINE) -> CheckResult:
    spec = CheckSpec(
        name, "claim", "R1", 10, "live" if scenario else "policy", "public", (), must=True, scenario=scenario
    )
    reason = None if verdict is P else Reason("it stalled", cause=cause if verdict is E else "")
    return CheckResult(spec, verdict, reason)


class Machine:
    """Plays nothing: what each play comes to, and what the controls say, is told beforehand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, plays: list[Verdict], controls: list[str]) -> None:
        self.plays, self.controls, self.played = plays, controls, list[str]()
        self.submission: Submission = collect(EXERCISE, (EXERCISE.solution or Path()) / "reference")
        self.told: list[str] = []
        self.phases = {"applying": 1.0}
        monkeypatch.setattr(Grading, "play", self._play)
        monkeypatch.setattr(module, "run_checks", self._judge)
        monkeypatch.setattr(module, "unsteady", lambda *_: self.controls.pop(0))

    def _play(self, _: Submission, names: list[str], *__: Any) -> dict[str, Any]:
        self.played += names
        return {names[0]: {"phases": self.phases}}

    def _judge(self, *_: Any, **__: Any) -> Checked:
        verdict = self.plays.pop(0)
        return Checked((result("steady", P, "steady"), result("slow", verdict, "slow-load")), ())

    def first(self, verdict: Verdict, cause: str = MACHINE, *, stage: str = "all") -> Report:
        live = (result("steady", P, "steady"), result("slow", verdict, "slow-load", cause))
        return report(self.submission, (result("files", P, None), *live), stage=stage)

    def again(self, found: Report) -> Report:
        return again(found, self.submission, self.grading())

    def grading(self) -> Grading:
        return Grading(lambda: Place(None, {}), tell=self.told.append)


def test_what_was_undecided_alone_is_played_again(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, [P], [""])
    found = machine.again(machine.first(E))
    assert (found.outcome, found.score, machine.played) == (Outcome.PASSED, 100, ["slow-load"])
    assert "again, alone" in machine.told[0]
    assert found.replay == Replay(("slow-load",), "steady")


@pytest.mark.parametrize(
    ("controls", "outcome"),
    [(["", ""], Outcome.FAILED), (["busy"], Outcome.UNDECIDED), (["", "busy"], Outcome.UNDECIDED)],
)
def test_undecided_again_is_the_submissions_doing_where_the_machine_is_steady(
    controls: list[str], outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both before and after it; else the machine is to blame, and the grade stays undecided."""
    machine = Machine(monkeypatch, [E], controls)
    found = machine.again(machine.first(E))
    assert found.outcome is outcome
    (slow,) = [one for one in found.results if one.spec.id == "slow"]
    assert slow.reason is not None
    if outcome is Outcome.FAILED:
        assert (slow.verdict, slow.reason.seen) == (F, "it stalled")
        assert "submission's doing" in slow.reason.message
        assert unconfirmed(found) == (), "it has been seen twice"
    else:
        assert "busy" in machine.told[-1]


def test_what_never_came_to_run_held_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that is too small for a submission within its bounds is the team's to mend."""
    machine = Machine(monkeypatch, [E], ["", ""])
    machine.phases = {}
    assert machine.again(machine.first(E)).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("verdict", [P, F])
def test_what_is_decided_is_not_played_again(verdict: Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, [], [])
    found = machine.first(verdict)
    assert machine.again(found) is found


def test_a_defect_of_a_check_is_no_matter_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, [], [])
    found = machine.first(E, CHECK)
    assert open_scenarios(found) == ()
    assert machine.again(found) is found


def test_it_is_graded_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a failure that did not come again, when it was confirmed, made it undecided."""
    machine = Machine(monkeypatch, [E], ["busy"])
    found = settled(machine.first(E), machine.submission, machine.grading(), confirm=False)
    assert (found.outcome, machine.played) == (Outcome.UNDECIDED, ["slow-load"])
    monkeypatch.setattr(
        module, "confirmed", lambda one, *_, **__: replace(machine.first(E, CHANCE), provenance=one.provenance)
    )
    machine.plays, machine.controls = [F], [""]
    found = settled(machine.first(F), machine.submission, machine.grading(), confirm=True)
    assert (found.outcome, found.score) == (Outcome.FAILED, 66)


def test_a_machine_that_others_keep_busy_is_told() -> None:
    idle, half, full = "cpu  0 0 0 0 0 0 0 0", "cpu  100 0 0 100 0 0 0 0\ncpu0 1", "cpu  190 0 0 10 0 0 0 0"
    assert busy(idle, half) == ""
    assert "idle 5%" in busy(idle, full)
