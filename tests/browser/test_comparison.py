"""The page of a comparison as people meet it: on a phone, on a screen, by keyboard, in the dark."""

import pytest

from grader.render import comparison as rendering
from tests.browser.conftest import Browser
from tests.browser.test_page import CONTRAST, WIDTHS
from tests.unit import comparisons
from tests.unit.test_comparison import void


@pytest.mark.parametrize("width", WIDTHS)
def test_only_the_table_scrolls_sideways(browser: Browser, width: int) -> None:
    """In its own box, also with everything unfolded and a hostile reason."""
    browser.show("comparison", rendering.as_page(void()), width)
    browser.ask("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert browser.ask("return document.documentElement.scrollWidth") <= width


def test_the_page_asks_nothing_of_the_network_and_has_no_error(browser: Browser) -> None:
    browser.requests()
    browser.show("comparison", rendering.as_page(void()), 800)
    assert [url.rpartition("/")[2] for url in browser.requests()] == ["comparison.html"]
    assert browser.log() == []


def test_a_table_that_scrolls_can_be_scrolled_by_keyboard(browser: Browser) -> None:
    browser.show("comparison", rendering.as_page(comparisons.table()), 360)
    wide = "return [...document.querySelectorAll('.wide')].map(e => [e.tabIndex, e.scrollWidth > e.clientWidth])"
    assert [one[1] for one in browser.ask(wide)] == [True, True]
    assert {one[0] for one in browser.ask(wide)} == {0}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out(browser: Browser, dark: bool) -> None:  # noqa: FBT001 - a case
    browser.show("comparison", rendering.as_page(void()), 800, dark=dark)
    found = browser.ask(CONTRAST)
    assert len(found) > 100
    assert [one for one in found if one[0] < 4.5] == []
