"""From raw verdicts to an outcome."""

import pytest

from grader.errors import GraderError
from grader.report import score
from grader.report.report import CheckResult, CheckSpec, Outcome, Reason, Verdict

P, F, E, B = Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.BLOCKED


def result(
    name: str, verdict: Verdict, *, requires: tuple[str, ...] = (), must: bool = False, stage: str = "policy"
) -> CheckResult:
    spec = CheckSpec(name, "claim", "R1", 10, stage, "public", requires, must)
    return CheckResult(spec, verdict, None if verdict is P else Reason(f"{name} said so"))


def verdicts(*results: CheckResult) -> list[Verdict]:
    return [one.verdict for one in score.block(results)]


def test_blocked_behind_a_failure() -> None:
    """What requires a failed check is BLOCKED, all the way down, and names what it waits for."""
    settled = score.block([result("a", F), result("b", P, requires=("a",)), result("c", F, requires=("b",))])
    assert [one.verdict for one in settled] == [F, B, B]
    assert [one.blocked_by for one in settled] == [(), ("a",), ("b",)]


def test_an_error_in_front_leaves_the_rest_undecided() -> None:
    assert verdicts(result("a", E), result("b", P, requires=("a",))) == [E, E]


def test_unreadable_files_block_everything_else() -> None:
    """One broken file is one FAIL, not ten."""
    assert verdicts(result("files-readable", F), result("a", F), result("b", P)) == [F, B, B]


def test_live_checks_wait_for_what_may_be_applied() -> None:
    assert verdicts(result("objects-allowed", F), result("a", P), result("b", E, stage="live")) == [F, P, B]


def test_a_circle_is_told() -> None:
    with pytest.raises(GraderError, match="a → b → a"):
        score.block([result("a", P, requires=("b",)), result("b", P, requires=("a",))])


@pytest.mark.parametrize(
    ("results", "outcome", "points"),
    [
        ([result("a", P), result("b", P)], Outcome.PASSED, 100),
        ([result("a", P), result("b", F)], Outcome.FAILED, 50),
        ([result("a", P), result("b", P), result("c", F)], Outcome.FAILED, 66),
        (
            [result("a", P), result("b", P), result("c", P), result("d", P), result("e", F)],
            Outcome.PASSED,
            80,
        ),
        (
            [result("a", P), result("b", P), result("c", P), result("d", P), result("e", F, must=True)],
            Outcome.FAILED,
            80,
        ),
        (
            [result("a", P), result("b", P), result("c", P), result("d", P), result("e", B, must=True)],
            Outcome.FAILED,
            80,
        ),
        ([result("a", P), result("b", E)], Outcome.UNDECIDED, None),
        ([result("a", P), result("b", E), result("c", F, must=True)], Outcome.FAILED, None),
        ([result("a", P), result("b", E), result("c", F, must=True, stage="live")], Outcome.FAILED, None),
        ([result("a", P), result("b", E), result("c", B, must=True)], Outcome.FAILED, None),
        ([result("a", P), result("b", E, must=True)], Outcome.UNDECIDED, None),
        ([result("a", F), result("b", E)], Outcome.FAILED, None),
        ([*(result(f"p{n}", P) for n in range(9)), result("b", F), result("c", E)], Outcome.UNDECIDED, None),
    ],
)
def test_outcome(results: list[CheckResult], outcome: Outcome, points: int | None) -> None:
    """The score is whole points in a hundred; a must decides whatever the score, and whatever is in error.

    So do points that are gone: with them the mark is out of reach. Otherwise an error decides nothing. There is no score with one.
    """
    assert score.outcome(results, 80) == (outcome, points)


V = Verdict.VOID


def test_nothing_waits_for_a_void_check_and_a_void_check_waits_for_nothing() -> None:
    """So what stands behind it is judged by itself, and it is not blocked by what stands before it."""
    raw = [result("a", F), result("b", F, requires=("a",)), result("c", P, requires=("b",))]
    assert verdicts(*score.void(raw, {"b": "it was unclear"})) == [F, V, P]
    assert verdicts(*score.void(raw, {"a": "it was unclear"})) == [V, F, B]


def test_points_of_void_checks_leave_the_whole() -> None:
    """Also of those that were passed; a must is none any more, and an error decides again."""
    raw = [result("a", P), result("b", P), result("c", F, must=True), result("d", E)]
    assert score.outcome(score.void(raw, {"c": "it was unclear", "d": "it broke"}), 80) == (Outcome.PASSED, 100)
    assert score.outcome(score.void(raw, {"a": "it was unclear", "d": "it broke"}), 80) == (Outcome.FAILED, 50)
