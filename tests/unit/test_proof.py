"""What a proof says of an exercise: each way in which a grader can be wrong is named."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from grader.grading.grade import Grading
from grader.plays.place import Place
from grader.proof.cases import Case, Kind, all_cases, by_files, for_policy
from grader.proof.inputs import inputs_of
from grader.proof.matrix import Cell, Row, flaky, gaps, is_open, let_through, rates, wrong
from grader.proof.page import page
from grader.proof.run import ROUNDS, Journal, Proof, repeated
from grader.proof.summary import as_data, summary
from grader.report.report import CheckSpec
from harness.exercises import exercise as exercises

EXERCISE = exercises.load("serving-never-ready")
SPECS = [
    CheckSpec("opens", "It opens", "R1", 5, "policy", "public"),
    CheckSpec("closes", "It closes", "R2", 5, "live", "hidden", ("opens",), must=True),
]


def case(kind: Kind, name: str = "one", *, rejected_by: str = "", after: str = "", **faults: str) -> Case:
    declared = {fault: tuple(checks.split()) for fault, checks in faults.items()}
    return Case(name, kind, EXERCISE, {}, declared, rejected_by, after)


def cell(outcome: str = "failed", score: int | None = 50, **verdicts: str) -> Cell:
    return Cell(outcome, score, verdicts, 1.0)


def said(made: Case, *cells: Cell, others: Sequence[Row] = ()) -> list[str]:
    row = Row(made, cells)
    return wrong(row, {one.case.name: one for one in (row, *others)})


def test_what_is_as_declared_is_not_mentioned() -> None:
    assert said(case(Kind.GOOD), cell("passed", 100, opens="PASS", closes="PASS")) == []
    assert said(case(Kind.FAULT, jam="opens"), cell(opens="FAIL", closes="BLOCKED")) == []
    assert said(case(Kind.BROKEN, jam="opens", rust="closes"), cell(opens="FAIL", closes="BLOCKED")) == []
    assert said(case(Kind.CHEAT, rejected_by="closes"), cell(opens="PASS", closes="FAIL")) == []
    assert said(case(Kind.ODD), cell("failed", 0, opens="FAIL")) == []


def test_a_fault_that_nothing_catches_is_named() -> None:
    found = said(case(Kind.FAULT, jam="opens"), cell("passed", 100, opens="PASS", closes="PASS"))
    assert found == [
        "one: fault jam is caught by no check",
        "one: fault jam declares opens, which does not fail (PASS)",
    ]


def test_a_fault_that_may_stay_is_named() -> None:
    """Also where its check fails: a high score must not pass what is still broken."""
    rows = [
        Row(case(Kind.FAULT, jam="opens"), [cell("passed", 91, opens="FAIL")]),
        Row(case(Kind.FAULT, jam="opens"), [cell("failed", 91, opens="FAIL")]),
        Row(case(Kind.GOOD), [cell("passed", 100, opens="PASS")]),
    ]
    assert let_through(rows) == ["one: passes, so that a submission may leave jam"]


def test_a_declared_check_that_is_not_there_is_named() -> None:
    found = said(case(Kind.FAULT, jam="opens"), cell(closes="FAIL"))
    assert "one: fault jam declares opens, which does not fail (not among the checks)" in found
    assert any("closes fails, which no fault in it declares" in sentence for sentence in found)


def test_a_cheat_that_gets_through_is_named() -> None:
    assert said(case(Kind.CHEAT, "cheat lid", rejected_by="closes"), cell("passed", 100, closes="PASS")) == [
        "cheat lid: gets through closes, which must reject it (PASS)",
        "cheat lid: passes",
    ]


def test_a_good_solution_that_fails_is_named_with_the_reason() -> None:
    failed = replace(cell(opens="FAIL", closes="BLOCKED"), reasons={"opens": "stuck"})
    assert said(case(Kind.GOOD), failed) == [
        "one: is right, and closes does not pass it: blocked",
        "one: is right, and opens does not pass it: stuck",
    ]


def test_one_fault_fewer_must_raise_the_score() -> None:
    before = Row(
        case(Kind.BROKEN, "broken", jam="opens", rust="closes"), [cell(score=40, opens="FAIL", closes="BLOCKED")]
    )
    after = case(Kind.PARTIAL, "partial", after="broken", jam="opens")
    assert said(after, cell(score=40, opens="FAIL", closes="BLOCKED"), others=[before]) == [
        "partial: scores 40, no more than broken with 40"
    ]
    assert said(after, cell(score=41, opens="FAIL", closes="BLOCKED"), others=[before]) == []


def test_an_undecided_grade_proves_nothing() -> None:
    spoiled = replace(cell("undecided", None, opens="ERROR"), reasons={"opens": "the machine stalled"})
    assert said(case(Kind.ODD), spoiled) == ["one: is undecided: the machine stalled"]


def test_gaps_name_requirements_checks_and_missing_cases() -> None:
    rows = [
        Row(case(Kind.FAULT, jam="opens"), [cell(opens="FAIL", closes="PASS")]),
        Row(case(Kind.CHEAT, "cheat lid", rejected_by="opens"), [cell(opens="FAIL", closes="PASS")]),
    ]
    exercise = replace(EXERCISE, requirements={"R1": "", "R2": "", "R3": ""})
    assert gaps(exercise, rows, SPECS, {Kind.CHEAT: 3}) == [
        "requirement R3 has no check",
        "check closes is tripped by no case: nothing shows that it can fail",
        "cheat lid: opens is no must check, so that a high score would pass it",
        "1 cases of kind cheat are too few; 3 are asked for",
    ]


def test_rates_count_wrong_verdicts_and_those_that_change() -> None:
    rows = [
        Row(case(Kind.FAULT, jam="opens"), [cell(opens="FAIL", closes="FAIL"), cell(opens="PASS", closes="PASS")]),
        Row(case(Kind.GOOD, "good"), [cell(opens="PASS", closes="PASS"), cell("undecided", None, opens="ERROR", closes="ERROR")]),
    ]  # fmt: skip
    found = rates(rows)
    assert found.false_pass == (1, 2)
    assert found.false_fail == (1, 4)
    assert found.flakes == (2, 4)
    assert [flaky(row) for row in rows] == [["closes", "opens"], []]
    cells = [cell(opens="FAIL", closes="FAIL"), cell(opens="FAIL", closes="PASS")]
    by = {name: Row(case(Kind.CHEAT, "lid", rejected_by=name), cells) for name in ("opens", "closes")}
    assert {name: flaky(row) for name, row in by.items()} == {"opens": [], "closes": ["closes"]}


def test_cases_cover_every_kind_and_write_themselves(tmp_path: Path) -> None:
    cases = all_cases(EXERCISE)
    assert len({one.name for one in cases}) == len(cases)
    assert {one.kind for one in cases} == set(Kind)
    broken = next(one for one in cases if one.kind is Kind.BROKEN)
    broken.write(tmp_path)
    for path in EXERCISE.workspace.rglob("*.yaml"):
        assert (tmp_path / path.relative_to(EXERCISE.workspace)).read_bytes() == path.read_bytes()
    partial = [one for one in cases if one.kind is Kind.PARTIAL]
    assert partial[0].after == "broken"
    assert [len(one.faults) for one in partial] == sorted((len(one.faults) for one in partial), reverse=True)


def test_the_policy_stage_is_not_asked_for_what_only_a_cluster_shows() -> None:
    cases = [case(Kind.FAULT, jam="opens closes"), case(Kind.CHEAT, rejected_by="closes")]
    (only,) = for_policy(cases, {"closes"})
    assert only.faults == {"jam": ("opens",)}


def test_a_case_with_a_fault_that_only_shows_live_is_left_to_the_live_stage() -> None:
    """Nor is the case after it compared with one that was not graded."""
    first = case(Kind.PARTIAL, jam="opens", draught="closes")
    second = replace(case(Kind.PARTIAL, jam="opens"), name="second", after=first.name)
    (only,) = for_policy([first, second], {"closes"})
    assert (only.name, only.after) == ("second", "")


def test_a_journal_gives_back_what_was_whole_when_the_process_was_killed(tmp_path: Path) -> None:
    path, one = tmp_path / "deep" / "journal.jsonl", case(Kind.GOOD)
    files = {one.exercise.slug: path}
    Journal(files, resume=True).put(one, 0, cell("passed", 100, opens="PASS"))
    with path.open("a") as file:
        file.write('\n{"slug": "serving-ne')
    again = Journal(files, resume=True)
    assert again.get(one, 0) == cell("passed", 100, opens="PASS")
    assert again.get(one, 1) is None
    again.put(one, 1, cell("failed", 90, opens="FAIL"))
    assert Journal(files, resume=True).get(one, 1) == cell("failed", 90, opens="FAIL")
    assert Journal(files, resume=False).get(one, 0) is None


def nowhere() -> Place:
    raise AssertionError("a place was asked for")


class Busy(Proof):
    """Grades nothing: each case is decided at the try that its name says."""

    def _graded(self, case: Case, tries: int) -> Cell:
        return replace(cell("undecided" if tries < int(case.name) else "passed", None), tries=tries)


def test_what_is_undecided_is_graded_again_until_it_is_decided(tmp_path: Path) -> None:
    cases = [case(Kind.GOOD, str(number)) for number in range(1, len(ROUNDS) + 2)]
    journal, told = Journal({cases[0].exercise.slug: tmp_path / "journal.jsonl"}, resume=False), list[tuple[str, int]]()
    proof = Busy(Grading(nowhere), "policy", journal, lambda one, made: told.append((one.name, made.tries)))
    rows = proof.rows(repeated(cases, repeat=1))
    assert [row.cells[0].tries for row in rows] == [1, 2, 3, 3]
    assert sorted(told) == [
        ("1", 1),
        *(("2", n) for n in (1, 2)),
        *(("3", n) for n in (1, 2, 3)),
        *(("4", n) for n in (1, 2, 3)),
    ]
    assert [journal.get(one, 0) is not None for one in cases] == [True, True, True, False]


def test_what_files_alone_decide_is_graded_once(tmp_path: Path) -> None:
    """A play can change nothing of it; and its verdicts do not differ for that."""
    good, read, played = (
        case(Kind.GOOD, "1"),
        case(Kind.CHEAT, "1", rejected_by="opens"),
        case(Kind.CHEAT, "1", rejected_by="closes"),
    )
    once = by_files([good, read, played], {"closes"})
    assert once == {read}
    journal = Journal({good.exercise.slug: tmp_path / "journal.jsonl"}, resume=False)
    rows = Busy(Grading(nowhere), "policy", journal, lambda _, __: None).rows(repeated([good, read, played], 3, once))
    assert [(row.case, len(row.cells)) for row in rows] == [(good, 3), (read, 1), (played, 3)]
    assert [flaky(row) for row in rows] == [[], [], []]


def test_what_else_a_cheat_breaks_need_not_be_told() -> None:
    """A training that is over too soon leaves nobody to evict; it is rejected for its epochs, whatever else cannot be seen."""
    seen = cell("failed", None, opens="FAIL", closes="ERROR")
    assert not is_open(case(Kind.CHEAT, rejected_by="opens"), seen)
    assert is_open(case(Kind.CHEAT, rejected_by="closes"), seen)
    assert is_open(case(Kind.FAULT, jam="opens"), seen)
    assert is_open(case(Kind.ODD), cell("undecided", None, opens="ERROR"))
    assert wrong(Row(case(Kind.CHEAT, rejected_by="opens"), [seen]), {}) == []


@pytest.mark.parametrize("passing", [True, False])
def test_a_summary_is_plain_data_and_makes_a_page(*, passing: bool) -> None:
    verdict, outcome = ("PASS", "passed") if passing else ("FAIL", "failed")
    rows = [Row(case(Kind.GOOD, "reference"), [cell(outcome, 100, opens=verdict)])]
    found = summary(EXERCISE, rows, SPECS, stage="policy", profile="public")
    data = json.loads(json.dumps(as_data(found, date(2026, 11, 30))))
    assert data["inputs"] == inputs_of(EXERCISE)
    text = page([data])
    assert "each case was graded once by the policy stage alone on 2026-11-30." in text.replace(",", "")
    assert f"| reference | {outcome} | 100 |" in text
    assert ("reference: is right, and opens does not pass it" in text) is not passing
