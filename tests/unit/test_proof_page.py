"""The published proof is that of the exercises as they are."""

import pytest

from grader.proof.page import page, problem
from grader.proof.summary import inputs_of
from harness import exercise as exercises
from harness import paths

PAGE = paths.KIT / "docs" / "proof.md"


@pytest.mark.parametrize("slug", exercises.slugs())
def test_the_page_is_current(slug: str) -> None:
    """Whoever changes an exercise or a check proves it again: breakfix verify --repeat 5 --page docs/proof.md."""
    assert problem(PAGE.read_text("utf-8"), slug, inputs_of(exercises.load(slug))) is None


def test_a_page_that_was_edited_or_is_old_is_told() -> None:
    data = {
        "title": "T", "slug": "one", "version": 1, "kit": "1", "engine": "Kubernetes 1", "repeat": 5, "stage": "all", "inputs": "a" * 64,
        "rates": {name: [0, 1] for name in ("false_pass", "false_fail", "flakes")}, "findings": [], "rows": [],
        "checks": [], "margins": [],
    }  # fmt: skip
    text = page([data])
    assert problem(text, "one", "a" * 64) is None
    assert "edited by hand" in (problem(text.replace("0 of 1", "0 of 2"), "one", "a" * 64) or "")
    assert "not about one as it is now" in (problem(text, "one", "b" * 64) or "")
    assert "not about two as it is now" in (problem(text, "two", "a" * 64) or "")
