"""What the texts for people say holds: commands exist, links lead somewhere, the workflows' own code works."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from breakfix.cli import cli
from grader.checking.checking import run_checks
from grader.render import data
from grader.report.report import Report
from grader.report.reporting import report
from harness.core import paths
from harness.exercises import exercise as exercises
from harness.intake.submission import collect

TEXTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "exercises/**/*.md", "solutions/**/*.md")
    for path in paths.KIT.glob(pattern)
)
WORKFLOWS = sorted((paths.KIT / ".github" / "workflows").glob("*.yml"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(paths.KIT).as_posix()


def read(name: str) -> str:
    return (paths.KIT / name).read_text("utf-8")


def anchors(path: Path) -> set[str]:
    """Return the anchors of a text's headings: lower case, punctuation gone, spaces as hyphens."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_texts_are_there() -> None:
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/grading.md"} <= {name_of(path) for path in TEXTS}


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_links_lead_to_files_and_headings(path: Path) -> None:
    for target in LINK.findall(FENCE.sub("", path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert there.is_relative_to(paths.KIT), target
        assert not heading or heading in anchors(there), target


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_make_targets_exist(name: str) -> None:
    """Every `make word` in code stands in the Makefile as a target."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^|&& )make ([a-z][a-z-]*)", read(name), re.MULTILINE))
    assert named
    assert named <= targets


@pytest.mark.parametrize("path", [*TEXTS, *WORKFLOWS], ids=name_of)
def test_commands_and_their_options_exist(path: Path) -> None:
    """Every `breakfix word --option` in code is one that the command line knows."""
    for command, rest in re.findall(
        r"(?:`|^|\(|/bin/)breakfix (?:--plain )?([a-z]+)([^`#\n]*(?:\\\n[^`#\n]*)*)",
        path.read_text("utf-8"),
        re.MULTILINE,
    ):
        assert command in cli.commands, command
        known = {option for parameter in named(command, rest).params for option in parameter.opts}
        assert set(re.findall(r"--[a-z][a-z-]*", rest)) <= known, f"{command}{rest}"


def named(command: str, rest: str) -> click.Command:
    """Return the command, or of a group the one that the first word of the rest names."""
    found = cli.commands[command]
    return found.commands[rest.split(maxsplit=1)[0]] if isinstance(found, click.Group) and rest.split() else found


def test_the_readme_names_the_commands_of_the_main_job() -> None:
    """So that the tests above have something to look at."""
    text = read("README.md")
    for words in ("make demo", "make test", "breakfix start", "breakfix apply", "breakfix check", "breakfix grade"):
        assert words in text


def test_the_changelog_begins_with_unreleased() -> None:
    sections = re.findall(r"^## \[?([^\]\n]+)", read("CHANGELOG.md"), re.MULTILINE)
    assert sections[0] == "Unreleased"


def test_the_licence_is_the_one_that_the_package_names() -> None:
    assert 'license = "Apache-2.0"' in read("pyproject.toml")
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", read("LICENSE"))
    assert read("LICENSE").count("\n") > 190


def test_the_readme_tells_the_exit_codes_of_the_command_line() -> None:
    assert cli.help is not None
    told = re.findall(r"^\| (\d+) \|", read("README.md"), re.MULTILINE)
    assert told == re.findall(r"\b(\d+) [a-z]", cli.help.partition("Exit codes:")[2])


def test_the_report_is_described_key_by_key() -> None:
    """docs/grading.md names every key of the JSON report, and no other."""
    text = read("docs/grading.md").partition("The JSON report is one object")[2].partition("In JUnit")[0]
    whole, _, entry = text.partition("An entry of `results`")
    found = data.as_data(policy_report())
    cells = [line.split("|")[1] for line in whole.splitlines() if line.startswith("| `")]
    assert {key for cell in cells for key in re.findall(r"`([a-z_]+)`", cell)} == set(found)
    described = set(re.findall(r"^\| `([a-z_]+)`", entry, re.MULTILINE))
    assert described == set(found["results"][0])
    for key in found["results"][0]["check"]:
        assert f"`{key}`" in entry, key


def policy_report() -> Report:
    exercise = exercises.load("serving-never-ready")
    submission = collect(exercise, exercise.workspace)
    return report(submission, run_checks(submission, "policy", hidden=True).results, stage="policy")


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows_may_only_read_and_pin_their_actions(path: Path) -> None:
    workflow: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        if "permissions" in job:
            assert job["permissions"] == {"issues": "write"}
            assert not any("uses" in step for step in job["steps"]), "who may write runs no code of others"
        for step in job.get("steps", [job]):  # a job may be a workflow itself
            pinned = r"[\w-]+/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})|\./.*"  # or this repository's own
            assert re.fullmatch(pinned, step.get("uses", "a/b@v1.0.0"))
            assert "${{" not in step.get("run", ""), "what a caller says reaches a shell by the environment only"
