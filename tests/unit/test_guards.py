"""Harm apart from points: what a repair breaks that was sound, and what it leaves broken."""

from dataclasses import replace

import pytest

from grader.checking.checking import catalogue
from grader.render import outline, renderer
from grader.report.audience import copy_for
from grader.report.guards import guards
from grader.report.report import CheckResult, Verdict
from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.exercises.exercise import Exercise
from tests.unit.reports import kept, of, public_only


def checks(exercise: Exercise) -> tuple[CheckResult, ...]:
    return tuple(CheckResult(spec, Verdict.PASS) for spec in catalogue(exercise))


@pytest.mark.parametrize("slug", exercises.slugs())
def test_what_guards_is_what_no_fault_of_the_variant_trips(slug: str) -> None:
    """Of a blank exercise nothing is known, as nothing was sound; elsewhere the standard checks always guard."""
    for seed in (None, 3, 8):
        exercise = variants.load(slug, seed)
        found = guards(exercise, checks(exercise))
        if exercise.blank:
            assert found is None
            continue
        assert found is not None
        assert {"files-readable", "schema-valid", "objects-allowed"} <= set(found)
        tripped = {name for fault in variants.faults_of(exercise, seed) for name in fault.caught_by}
        assert tripped
        assert not tripped & set(found)


def test_without_the_solution_nothing_is_told() -> None:
    exercise = exercises.load("serving-never-ready")
    assert guards(replace(exercise, solution=None), checks(exercise)) is None
    assert public_only().guards is None


def test_harm_comes_apart_and_the_gravest_first() -> None:
    source = kept("cheat-of-rights")
    changed = {"keys-exist": Verdict.FAIL, "workload-kept": Verdict.FAIL}
    results = tuple(replace(one, verdict=changed.get(one.spec.id, one.verdict)) for one in source.results)
    report = of(results, source)
    kinds = {group.kind: [entry.result.spec.id for entry in group.entries] for group in outline.groups(report)}
    assert kinds["broken"] == [one.spec.id for one in report.harm]
    assert kinds["broken"][-1] == "workload-kept", "the fewest points"
    assert set(kinds["broken"]) == {"strangers-kept-out", "egress-confined", "workload-kept"}
    assert kinds["open"] == ["keys-exist"]
    assert list(kinds) == ["fixed", "broken", "open", "held"]


def test_every_check_stands_in_one_group() -> None:
    for name in ("broken", "cheat", "cheat-of-rights", "reference", "pipeline"):
        source = kept(name)
        entries = [entry for group in outline.groups(source) for entry in group.entries]
        shown = [one.spec.id for entry in entries for one in (entry.result, *entry.behind)]
        assert sorted(shown) == sorted(one.spec.id for one in source.results), name


def test_what_could_not_be_judged_is_not_called_sound() -> None:
    assert outline.empty(kept("cheat"), "broken").endswith("Not known of 2 checks that could not be judged.")
    assert outline.empty(kept("reference"), "broken") == "Nothing that was sound in what was handed out."


def test_a_candidates_copy_tells_of_no_hidden_harm() -> None:
    """Nor does it say that nothing was broken."""
    copy = copy_for(kept("cheat-of-rights"), "candidate")
    assert copy.harm == ()
    for form in ("markdown", "html", "json", "junit", "sarif"):
        assert "strangers-kept-out" not in renderer(form)(copy)
    assert "broken" not in {group.kind for group in outline.groups(copy)}


def test_the_forms_say_what_was_fixed_before_what_was_broken() -> None:
    for form, first in (("markdown", "**R1**"), ("html", "<b>R1</b>")):
        text = renderer(form)(kept("cheat-of-rights"))
        fixed, broken = text.index("What was fixed"), text.index("What the repair would have broken")
        assert fixed < broken < text.index(first)
    assert '"repair": "open"' in renderer("sarif")(kept("broken"))
    broken_by_it = 'name="would have broken" value="strangers-kept-out, egress-confined"'
    assert broken_by_it in renderer("junit")(kept("cheat-of-rights"))
