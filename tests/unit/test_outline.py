"""The order in which a report is read."""

from dataclasses import replace

from grader.render import outline
from grader.report.report import Report, Verdict
from grader.report.tally import tallies
from tests.unit.reports import KEPT, kept
from tests.unit.test_render import report as small


def settled() -> Report:
    source = small()
    return replace(source, tallies=tallies(source.results, source.requirements))


def test_a_blocked_check_stands_under_its_cause_in_whatever_requirement() -> None:
    first, second = outline.parts(settled())
    assert [(entry.result.spec.id, [one.spec.id for one in entry.behind]) for entry in first.entries] == [
        ("good", []),
        ("bad", ["later"]),
    ]
    assert second.entries == ()
    assert [one.spec.id for one in second.elsewhere] == ["later"]


def test_checks_that_wait_for_each_other_end_the_search() -> None:
    """No grader writes such a report; a file might hold one."""
    source = settled()
    good, bad, later = source.results
    circle = replace(bad, verdict=Verdict.BLOCKED, blocked_by=("later",)), replace(later, blocked_by=("bad",))
    parts = outline.parts(replace(source, results=(good, *circle)))
    assert [len(part.entries) for part in parts] == [1, 0]


def test_every_check_of_a_real_report_stands_exactly_once() -> None:
    for name in KEPT:
        source = kept(name)
        entries = [entry for part in outline.parts(source) for entry in part.entries]
        shown = [one.spec.id for entry in entries for one in (entry.result, *entry.behind)]
        assert sorted(shown) == sorted(one.spec.id for one in source.results), name


def test_tallies_add_up() -> None:
    for name in KEPT:
        source = kept(name)
        points = sum(one.spec.points for one in source.results)
        for kind in ("requirement", "category"):
            found = outline.tallies(source, kind)
            assert sum(one.points for one in found) == points
            assert 100 * sum(one.earned for one in found) // points == source.score
        assert tallies(source.results, source.requirements) == source.tallies
