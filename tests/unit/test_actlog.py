"""A run as data, made from act's log and what the supervisor wrote down."""

from typing import Any

import pytest

from grader.checks import CheckFailureError, EvidenceError, Played
from harness.workflows.actlog import Run, run_of

FILE = ".github/workflows/train.yml"


def line(job: str, **more: Any) -> dict[str, Any]:
    return {"job": f"train/{job}  ", "jobID": job.partition("-")[0], "matrix": {}, **more}


def step(job: str, number: str, result: str, **more: Any) -> dict[str, Any]:
    return line(job, stage="Main", stepID=[number], step=f"step {number}", stepResult=result, **more)


def record(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": "one", "seconds": 1.0, "code": 0, "overrun": None, "words": [], "concurrency": [], "artifacts": {},
        "registered": [], "deployed": [], "calls": [], "heard": [], "log": [],
    }  # fmt: skip
    return base | changes


def run(**changes: Any) -> Run:
    return run_of(record(**changes))


def test_jobs_steps_and_outputs() -> None:
    log = [
        step("a", "0", "success"),
        line("a", stage="Main", stepID=["x"], command="set-output", name="auc", arg="0.9"),
        line("a", stage="Main", stepID=["0", "inner"], step="of an action", stepResult="success"),
        line("a", stage="Pre", stepID=["0"], stepResult="success"),
        line("a", jobResult="success"),
        step("b", "gate", "failure"),
        line("b", jobResult="failure"),
        step("c", "0", "success"),
    ]
    first, second, third = run(code=1, log=log).jobs
    assert [(one.id, one.outcome, one.conclusion) for one in first.steps] == [("0", "success", "success")]
    assert first.outputs == {"auc": "0.9"}
    assert (second.result, second.steps[0].conclusion) == ("failure", "failure")
    assert third.result == "cut"


def test_a_composite_action_says_what_the_step_in_it_said() -> None:
    """Its own entry has no words: those of the step inside that failed stand in their place."""
    inner = line("a", stage="Main", stepID=["0", "1"], step="of an action", stepResult="failure", tail=["no", "data"])
    (job,) = run(code=1, log=[inner, step("a", "0", "failure"), line("a", jobResult="failure")]).jobs
    assert [(one.id, one.tail) for one in job.steps] == [("0", ("no", "data"))]


def test_a_failure_in_a_job_that_succeeded_was_continued_on() -> None:
    (job,) = run(log=[step("a", "gate", "failure"), line("a", jobResult="success")]).jobs
    assert (job.steps[0].outcome, job.steps[0].conclusion) == ("failure", "success")


def test_the_legs_of_a_matrix_are_jobs_of_their_own() -> None:
    log = [line("m-1", matrix={"leg": 1}, jobResult="success"), line("m-2", matrix={"leg": 2}, jobResult="failure")]
    jobs = run(code=1, log=log).jobs
    assert [(one.id, one.matrix, one.result) for one in jobs] == [
        ("m", {"leg": 1}, "success"),
        ("m", {"leg": 2}, "failure"),
    ]


@pytest.mark.parametrize(
    ("changes", "conclusion", "words"),
    [
        ({}, "success", ""),
        ({"code": 1, "log": [line("a", jobResult="failure")]}, "failure", ""),
        ({"code": 1, "words": ["Error: no plan"]}, "refused", "no plan"),
        ({"code": -9}, "overrun", "was killed"),
        ({"code": None}, "overrun", "was killed"),
        ({"code": -9, "overrun": "did not end within 5 s"}, "overrun", "did not end"),
    ],
)
def test_how_a_run_ended(changes: dict[str, Any], conclusion: str, words: str) -> None:
    found = run(**changes)
    assert found.conclusion == conclusion
    assert words in found.finding


def test_what_is_registered_cannot_swell_a_report() -> None:
    big = {"version": 1, "model": "m" * 900_000, "reports": {f"{n}" * 300: "r" * 90_000 for n in range(60)}}
    (kept,) = run(registered=[big]).registered
    assert len(str(kept)) < 250_000
    assert kept["version"] == 1


def played(*runs: dict[str, Any], **more: Any) -> Played:
    whole = [
        {"conclusion": "success", "finding": "", "jobs": [], "deployed": [], "concurrency": [], **one} for one in runs
    ]
    return Played("scenario", {"runs": whole, "overrun": "", "evidence": None, **more}, FILE)


def test_a_deployment_that_should_not_be_is_told_with_its_run() -> None:
    one = played({"name": "bad", "deployed": [{"version": 3, "judged": {}}]}).run("bad")
    with pytest.raises(CheckFailureError) as caught:
        one.deployed_nothing("a bad model went to production")
    assert "run 'bad'" in caught.value.reason.message
    assert "version 3" in caught.value.reason.seen
    played({"name": "good"}).run("good").deployed_nothing("nothing of the kind")


def test_a_run_that_a_limit_ended_shows_nothing_good() -> None:
    """That it deployed nothing before it was ended is no proof that it would not have."""
    one = played({"name": "long", "conclusion": "overrun", "finding": "did not end within 5 s"}).run("long")
    with pytest.raises(CheckFailureError, match="could not be played out"):
        one.deployed_nothing("a bad model went to production")


def test_a_run_that_never_began_is_told_by_the_one_before() -> None:
    with pytest.raises(CheckFailureError) as caught:
        played({"name": "first", "conclusion": "overrun", "finding": "printed more than 16 MB"}).run("second")
    assert "never began" in caught.value.reason.message
    assert "16 MB" in caught.value.reason.seen


def test_a_machine_that_failed_decides_nothing() -> None:
    with pytest.raises(EvidenceError, match="stalled"):
        played(evidence="the machine stalled").decided()


FAILED = {
    "id": "gates", "steps": [{"name": "", "outcome": "failure", "conclusion": "failure", "tail": ["AUC 0.5", "too low"]}],
}  # fmt: skip


def test_a_step_whose_name_comes_to_nothing_is_still_told() -> None:
    one = played({"name": "bad", "conclusion": "failure", "jobs": [FAILED]}).run("bad")
    assert one.story == "failure: failed at gates / a step without a name"


def test_what_a_failed_step_printed_is_for_public_checks_alone() -> None:
    data = {"name": "bad", "conclusion": "failure", "finding": "", "jobs": [FAILED], "deployed": [], "concurrency": []}
    for public, printed in ((True, "gates / a step without a name:\nAUC 0.5\ntoo low"), (False, "")):
        one = Played("scenario", {"runs": [data], "evidence": None}, FILE, public=public).run("bad")
        with pytest.raises(CheckFailureError) as caught:
            one.fail("nothing was deployed")
        assert caught.value.reason.output == printed
