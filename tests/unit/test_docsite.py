"""The documentation's site builds, knows every command and every check, and notices a link that leads nowhere."""

import html
import re
import shutil
import sys
from pathlib import Path

import pytest

from breakfix.cli import cli
from grader.checking.checking import catalogue
from harness.core import paths, process
from harness.exercises import exercise as exercises


def build(config: Path, into: Path) -> None:
    argv = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(into)]
    # Without -q, which keeps warnings from being counted.
    process.run(argv, timeout=120, cwd=paths.KIT)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(paths.KIT / "docsite" / "mkdocs.yml", folder)
    return folder


def words(page: Path) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.read_text("utf-8"))).split())


def test_every_command_has_its_help(site: Path) -> None:
    text = words(site / "commands" / "index.html")
    for name, command in cli.commands.items():
        assert f"Usage: breakfix {name} [OPTIONS]" in text
        for parameter in command.params:
            assert not parameter.opts[0].startswith("--") or parameter.opts[0] in text


@pytest.mark.parametrize("slug", list(exercises.slugs()))
def test_every_check_stands_with_its_claim(site: Path, slug: str) -> None:
    text = words(site / "checks" / slug / "index.html")
    exercise = exercises.load(slug)
    for spec in catalogue(exercise):
        assert f"{spec.id} {spec.claim} {spec.points}" in text


def test_links_out_of_docs_lead_to_the_sites_own_pages(site: Path) -> None:
    text = (site / "candidates" / "index.html").read_text("utf-8")
    assert 'href="../#what-has-been-run-and-what-has-not"' in text
    assert not [page for page in site.rglob("*.html") if re.search(r'href="[^"]*\.md["#]', page.read_text("utf-8"))]


@pytest.mark.parametrize("link", ["[x](nowhere.md)", "[x](grading.md#nowhere)", "[x](../nowhere.md)"])
def test_a_link_that_leads_nowhere_is_an_error(link: str, tmp_path: Path) -> None:
    shutil.copytree(paths.KIT / "docs", tmp_path / "docs")
    shutil.copytree(paths.KIT / "docsite", tmp_path / "docsite", ignore=shutil.ignore_patterns("html"))
    (tmp_path / "docs" / "more.md").write_text(f"# More\n\n{link}\n", "utf-8")
    with pytest.raises(process.ProcessError, match="nowhere"):
        build(tmp_path / "docsite" / "mkdocs.yml", tmp_path / "html")
