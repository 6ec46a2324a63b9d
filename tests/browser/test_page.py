"""The report's page as people meet it: on a phone, on a screen, on paper, by keyboard, in the dark."""

import base64

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import Browser
from tests.unit.reports import KEPT

WIDTHS = (360, 800, 1280)

# Each text's contrast with what is behind it, by WCAG 2.1's formula (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio).
CONTRAST = """
const part = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const read = text => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const behind = e => { for (; e; e = e.parentElement) { const c = read(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
document.querySelectorAll('details').forEach(one => { one.open = true; });
const found = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
  if (!text || e.tagName.toUpperCase() === 'TITLE' || e.closest('.skip')) continue;
  const style = getComputedStyle(e);
  const pair = [light(read(e.closest('svg') ? style.fill : style.color)), light(behind(e))].sort((a, b) => b - a);
  found.push([(pair[0] + 0.05) / (pair[1] + 0.05), text.slice(0, 40), e.className.baseVal ?? e.className]);
}
return found;
"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("report", [*KEPT, "hostile"])
def test_nothing_scrolls_sideways(browser: Browser, report: str, width: int) -> None:
    """Also with everything unfolded; only a difference may scroll, in its own box."""
    browser.open(report, width)
    for unfold in (False, True):
        if unfold:
            browser.ask("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        assert browser.ask("return document.documentElement.scrollWidth") <= width
    wide = "return [...document.querySelectorAll('main *')].filter(e => !e.closest('pre, .diff, svg') && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML.slice(0, 80))"
    assert browser.ask(wide) == []


@pytest.mark.parametrize("audience", ["team", "candidate"])
@pytest.mark.parametrize("report", [*KEPT, "hostile"])
def test_the_page_asks_nothing_of_the_network_and_has_no_error(browser: Browser, report: str, audience: str) -> None:
    browser.requests()
    browser.open(report, 800, audience=audience)
    assert [url.rpartition("/")[2] for url in browser.requests()] == [f"{report}-{audience}.html"]
    assert browser.log() == []


def test_it_is_all_there_without_script(browser: Browser) -> None:
    """With scripts switched off, details still fold and unfold."""
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open("broken", 800)
        press(browser, Keys.TAB)  # the link to the checks
        text = browser.driver.find_element("tag name", "body").text
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)
    assert "Every key that the pods read from a Secret or ConfigMap exists" in text
    assert "an existing key" in text


@pytest.mark.parametrize("key", [Keys.ENTER, Keys.SPACE])
def test_details_open_and_close_by_keyboard(browser: Browser, key: str) -> None:
    browser.open("reference", 800)
    focused = "return document.activeElement.matches('details.check > summary')"
    for _ in range(40):
        press(browser, Keys.TAB)
        if browser.ask(focused):
            break
    assert browser.ask(focused)
    is_open = "return document.activeElement.parentElement.open"
    assert browser.ask(is_open) is False
    press(browser, key)
    assert browser.ask(is_open) is True
    outline = browser.ask("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "one has to see where the keyboard is"
    press(browser, key)
    assert browser.ask(is_open) is False


def test_the_first_stop_leads_to_the_checks(browser: Browser) -> None:
    browser.open("broken", 360)
    press(browser, Keys.TAB)
    assert browser.ask("return document.activeElement.getBoundingClientRect().left") >= 0
    press(browser, Keys.ENTER)
    assert browser.ask("return location.hash") == "#checks"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("report", KEPT)
def test_every_text_stands_out(browser: Browser, report: str, dark: bool) -> None:  # noqa: FBT001 - a case
    """At least 4.5 to 1, as WCAG's level AA asks of text of any size."""
    browser.open(report, 800, dark=dark)
    found = browser.ask(CONTRAST)
    assert len(found) > 100
    assert [one for one in found if one[0] < 4.5] == []


def test_blocked_checks_are_folded_under_their_cause(browser: Browser) -> None:
    browser.open("broken", 800)
    folded = browser.ask(
        "return [...document.querySelectorAll('.behind')].map(e => [e.open, e.querySelectorAll('li').length])"
    )
    assert folded == [[False, 6]]
    assert browser.ask("return document.querySelectorAll('details.check.BLOCKED').length") == 0


def test_paper_shows_what_is_folded(browser: Browser) -> None:
    """A closed answer takes room in print, and the page breaks into pages."""
    browser.open("broken", 800, paper=True)
    heights = browser.ask(
        "return [...document.querySelectorAll('details:not([open])')].map(e => e.getBoundingClientRect().height"
        " / e.querySelector('summary').getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) > 1.2
    pdf = base64.b64decode(browser.command("Page.printToPDF", printBackground=True)["data"])
    assert pdf.startswith(b"%PDF")
    assert 3 <= pdf.count(b"/Type /Page\n") <= 20


def test_a_timeline_is_drawn_from_what_was_seen(browser: Browser) -> None:
    browser.open("cheat", 1280)
    lanes = browser.ask("return document.querySelectorAll('svg.chart')[0].querySelectorAll('rect.track').length")
    assert lanes == 3, "two pods, and the answers"
    wide = browser.ask(
        "const r = [...document.querySelectorAll('svg.chart rect')]; return r.every(e => e.getBBox().width >= 0)"
    )
    assert wide is True


def press(browser: Browser, key: str) -> None:
    ActionChains(browser.driver).send_keys(key).perform()
