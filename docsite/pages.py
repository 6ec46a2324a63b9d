"""What the documentation's site has beside docs/: the texts of the repository's top, every command, every check.

MkDocs calls `on_files` and `on_page_markdown` (https://www.mkdocs.org/dev-guide/plugins/#events). The pages are made when
the site is built, so that they say what the code says.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from breakfix.cli import cli
from grader.checking.checking import catalogue
from grader.report.report import CheckSpec
from harness.core import paths
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise

# Texts that stand elsewhere in the repository, and what they are called in the site.
TAKEN = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that do not stand in docs/."""
    for name, page in TAKEN.items():
        _add(files, config, page, (paths.KIT / name).read_text("utf-8"))
    _add(files, config, "commands.md", "\n".join(_commands()))
    for slug in exercises.slugs():
        exercise = exercises.load(slug)
        _add(files, config, f"checks/{slug}.md", "\n".join(_checks(exercise)))
        _add(files, config, f"exercises/{slug}.md", exercise.ticket)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - the event's form
    """Lead links to other files of the repository to their pages, or show them as the paths that they are."""
    here = page.file.src_uri
    source = next((name for name, there in TAKEN.items() if there == here), f"docs/{here}")

    def led(found: re.Match[str]) -> str:
        opening, target, anchor = found[1], found[2], found[3] or ""
        if re.match(r"[a-z]+:", target) or here.startswith("exercises/"):
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        there = _page_of(path)
        if files.get_file_from_path(there) is not None:
            return f"{opening}{posixpath.relpath(there, posixpath.dirname(here) or '.')}{anchor})"
        if not (paths.KIT / path).exists():
            return found[0]  # a link that leads nowhere: the strict build says so
        return f"]{{}} (`{path}`)"

    text = LINK.sub(led, markdown)
    return re.sub(r"\[([^\]]*)\]\{\}", r"\1", text)


def _page_of(path: str) -> str:
    """Return the page that a file of the repository has in the site, if it has one."""
    if path in TAKEN:
        return TAKEN[path]
    ticket = re.fullmatch(r"exercises/([^/]+)/README\.md", path)
    return f"exercises/{ticket[1]}.md" if ticket else path.removeprefix("docs/")


def _add(files: Files, config: MkDocsConfig, page: str, text: str) -> None:
    files.append(File.generated(config, page, content=text))


def _commands() -> Iterator[str]:
    """Yield the page of the command line: the help of each command, as it is printed."""
    yield from ("# The command line", "")
    yield from ("What each command says of itself, by `breakfix COMMAND --help`.", "")
    yield from ("```text", _help("breakfix", cli), "```", "")
    for name, command in sorted(cli.commands.items()):
        yield from (f"## breakfix {name}", "", "```text", _help(f"breakfix {name}", command), "```", "")
        for part, inner in command.commands.items() if isinstance(command, click.Group) else ():
            told = f"breakfix {name} {part}"
            yield from (f"### {told}", "", "```text", _help(told, inner), "```", "")


def _help(name: str, command: click.Command) -> str:
    settings: dict[str, Any] = {**command.context_settings, "max_content_width": 100, "terminal_width": 100}
    with click.Context(command, info_name=name, **settings) as context:
        return command.get_help(context)


def _checks(exercise: Exercise) -> Iterator[str]:
    """Yield the page of an exercise's checks, requirement by requirement."""
    specs = catalogue(exercise)
    yield from (
        f"# The checks of {exercise.slug}",
        "",
        f"*{exercise.title}*: [the ticket](../exercises/{exercise.slug}.md)",
        "",
    )
    points = sum(spec.points for spec in specs)
    yield f"Version {exercise.version}; {points} points in {len(specs)} checks; pass mark {exercise.pass_mark} of 100."
    yield from ("*Hidden* checks run in a grade alone. What *must* pass decides at any score.", "")
    for requirement, claim in exercise.requirements.items():
        yield from (f"## {requirement}", "", claim, "")
        yield from ("| Check | Claim | Points | Stage | |", "|---|---|---:|---|---|")
        for spec in specs:
            if spec.requirement == requirement:
                yield f"| `{spec.id}` | {spec.claim} | {spec.points} | {_stage(spec)} | {_marks(spec)} |"
        yield ""


def _stage(spec: CheckSpec) -> str:
    return f"live, scenario `{spec.scenario}`" if spec.scenario else "policy"


def _marks(spec: CheckSpec) -> str:
    waits = f"after {', '.join(f'`{name}`' for name in spec.requires)}" if spec.requires else ""
    marks = ("must" if spec.must else "", "hidden" if spec.visibility == "hidden" else "", waits)
    return ", ".join(mark for mark in marks if mark)
