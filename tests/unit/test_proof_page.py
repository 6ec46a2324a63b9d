"""The published proof is that of the exercises as they are."""

from typing import Any

import pytest

from grader.proof import inputs
from grader.proof.inputs import inputs_of
from grader.proof.page import changed, page, problem
from harness.core import paths
from harness.exercises import exercise as exercises

PAGE = paths.KIT / "docs" / "proof.md"


@pytest.mark.parametrize("slug", exercises.slugs())
def test_the_page_is_current(slug: str) -> None:
    """Whoever changes an exercise or a check proves it again: breakfix verify --repeat 5 --page docs/proof.md."""
    assert problem(PAGE.read_text("utf-8"), slug, inputs_of(exercises.load(slug))) is None


def data(slug: str, digest: str) -> dict[str, Any]:
    return {
        "title": "T", "slug": slug, "version": 1, "kit": "1", "engine": "Kubernetes 1", "repeat": 5, "stage": "all", "inputs": digest * 64,
        "rates": {name: [0, 1] for name in ("false_pass", "false_fail", "flakes")}, "findings": [], "rows": [],
        "checks": [], "rules": [], "margins": [],
    }  # fmt: skip


def test_a_page_that_was_edited_or_is_old_is_told() -> None:
    text = page([data("one", "a")])
    assert problem(text, "one", "a" * 64) is None
    assert "edited by hand" in (problem(text.replace("0 of 1", "0 of 2"), "one", "a" * 64) or "")
    assert "not about one as it is now" in (problem(text, "one", "b" * 64) or "")
    assert "not about two as it is now" in (problem(text, "two", "a" * 64) or "")


def test_why_a_proof_is_out_of_date() -> None:
    """A page of before dates were written tells the same without one."""
    dated = page([data("one", "a") | {"date": "2026-11-30"}])
    assert problem(dated, "one", "a" * 64) is None
    assert changed(dated, "one", "a" * 64) == ""
    assert "since 2026-11-30" in changed(dated, "one", "b" * 64)
    assert "since it was proven" in changed(page([data("one", "a")]), "one", "b" * 64)
    assert changed(dated, "two", "a" * 64) == "it is not on the page"


@pytest.mark.parametrize(
    ("told", "stage", "why"),
    [
        ({"findings": ["reference: is right, and opens does not pass it"]}, "policy", "found something wrong"),
        ({"stage": "policy"}, "all", "policy stage alone"),
        ({"stage": "policy"}, "policy", ""),
    ],
)
def test_a_proof_that_proves_too_little_is_made_again(told: dict[str, Any], stage: str, why: str) -> None:
    text = page([data("one", "a") | told])
    found = changed(text, "one", "a" * 64, stage)
    assert why in found and bool(found) == bool(why)


def test_a_digest_is_of_the_section_in_which_it_stands() -> None:
    """What another exercise's section says proves nothing."""
    assert "since" in changed(page([data("one", "a"), data("two", "b")]), "one", "b" * 64)


def test_proving_one_exercise_again_keeps_what_the_page_tells_of_others() -> None:
    before = page([data("one", "a"), data("two", "a"), data("three", "a")])
    text = page([data("two", "b")], before)
    assert text == page([data("one", "a"), data("two", "b"), data("three", "a")])
    assert page([data("four", "c")], text) == page(
        [data("one", "a"), data("two", "b"), data("three", "a"), data("four", "c")]
    )


def test_a_proof_depends_on_the_checks_that_its_exercise_imports_and_on_no_others() -> None:
    """So that a new kind of exercise leaves the proofs of the old ones as they are."""
    used = {slug: {path.stem for path in inputs._library(exercises.load(slug))} for slug in exercises.slugs()}
    assert {"test_standard", "standard", "pods", "observed", "view", "spec"} < used["serving-never-ready"]
    assert "network" not in used["serving-never-ready"]
    assert "network" in used["credentials-rotated"]
    assert {"test_standard_pipeline", "standard", "played"} < used["green-but-wrong"]
    assert "pods" not in used["green-but-wrong"]
