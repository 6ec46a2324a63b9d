"""One headless Chromium for all of these tests, and the pages that it opens."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from grader.render import renderer
from grader.report.audience import copy_for
from tests.unit import reports


@dataclass(frozen=True)
class Browser:
    """A browser that can open a report at a width."""

    driver: webdriver.Chrome
    folder: Path

    def open(self, report: str, width: int, *, audience: str = "team", dark: bool = False, paper: bool = False) -> None:
        """Open the page of a kept report (or the hostile one), `width` CSS pixels wide."""
        source = reports.hostile() if report == "hostile" else reports.kept(report)
        self.show(f"{report}-{audience}", renderer("html")(copy_for(source, audience)), width, dark=dark, paper=paper)

    def show(self, name: str, text: str, width: int, *, dark: bool = False, paper: bool = False) -> None:
        """Open a page."""
        page = self.folder / f"{name}.html"
        page.write_text(text, "utf-8")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", media="print" if paper else "", features=[scheme])
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )  # fmt: skip
        self.log()
        self.driver.get(page.as_uri())

    def command(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Send one command of the browser's own protocol."""
        answer: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return answer

    def ask(self, script: str) -> Any:
        """Return what a script of the test, not of the page, finds."""
        return self.driver.execute_script(script)

    def log(self) -> list[str]:
        """Return and forget what the browser wrote to its console."""
        return [str(entry["message"]) for entry in self.entries("browser")]

    def requests(self) -> list[str]:
        """Return and forget the addresses that the browser asked for."""
        messages = [json.loads(entry["message"])["message"] for entry in self.entries("performance")]
        return [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return and forget one of the driver's logs."""
        found: list[dict[str, Any]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return found


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start Chromium by its driver; harness/browser.sh installs both where they are missing."""
    program, service = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    assert program is not None, "no Chromium here: sh harness/browser.sh installs it on Debian"
    assert service is not None, "no chromedriver here: sh harness/browser.sh installs it on Debian"
    options = webdriver.ChromeOptions()
    options.binary_location = program
    # Root has no sandbox of Chromium's, and containers a small /dev/shm; the pages are the kit's own, without script.
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(service))
    try:
        yield Browser(driver, tmp_path_factory.mktemp("pages"))
    finally:
        driver.quit()
