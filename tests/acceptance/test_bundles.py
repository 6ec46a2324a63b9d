"""What a candidate of a round gets: enough to work with, and nothing that tells the faults."""

import ast
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from breakfix import team
from breakfix.cli import cli
from harness import toys
from harness.core import paths
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.hiring import rounds
from tests import bundles

from .conftest import Breakfix
from .rounds import SEED, SLUG, entries, write_round

SLUGS = list(exercises.slugs())
CANDIDATE = "Ada Lovelace, ATS-1042"
TOLD = {
    "solutions",
    "reference",
    "alternatives",
    "cheats",
    "faults.yaml",
    "hints.yaml",
    "DEBRIEF.md",
    "rubric.yaml",
    "round.yaml",
}
PIPELINE = "fork-safe-ci"
TEAMS_OWN = {"breakfix.team"}  # looked for, and done without
LEAST = 30  # characters of a line that says something


def git(folder: Path, *args: str) -> bytes:
    return subprocess.run(["git", "-C", folder, *args], check=True, capture_output=True).stdout  # noqa: S607 - the one on PATH


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of all that a bundle holds: files, members of the wheel, every object of the history."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".git" not in path.relative_to(folder).parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()
    for wheel in folder.glob("kit/*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    for line in git(folder, "cat-file", "--batch-all-objects", "--batch-check").decode().splitlines():
        name, kind, _ = line.split()
        yield f"git {kind} {name}", git(folder, "cat-file", "-p" if kind == "tree" else kind, name)
    for path in sorted((folder / ".git").rglob("*")):
        if path.is_file() and "objects" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def lines_of(*tops: Path) -> set[str]:
    files = [
        path
        for top in tops
        for path in sorted(top.rglob("*"))
        if path.suffix in {".py", ".md", ".yaml", ".yml", ".json", ".tf"}
    ]
    return {line.strip() for path in files for line in path.read_text("utf-8").splitlines()}


def secrets_of(exercise: Exercise) -> set[str]:
    """Return the lines of the solution that say something and that are not public anyway."""
    solution = exercise.solution
    assert solution is not None
    told = lines_of(solution / "checks") | {
        line.strip()
        for name in ("faults.yaml", "hints.yaml", "DEBRIEF.md", "rubric.yaml")
        for line in (solution / name).read_text("utf-8").splitlines()
    }
    # What the kit's own code and the handed-out workspaces hold is no secret: so are the repairs of faults that were not drawn.
    public = lines_of(paths.KIT / "harness", paths.KIT / "grader", exercise.folder)
    for data in variants.workspace_files(exercise).values():
        public |= {line.strip() for line in data.decode("utf-8", "replace").splitlines()}
    return {line for line in told - public if len(line) >= LEAST}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_bundle_gives_nothing_away(breakfix: Breakfix, tmp_path: Path, slug: str) -> None:
    """No seed, solution, hidden check, hint, fault list or name: not in files, the wheel or history, by name or content."""
    path = write_round(tmp_path / "team", slug)
    ran = breakfix("bundle", "--round", path, "--candidate", CANDIDATE, "--output", "handed")
    assert ran.code == 0, ran.err
    found = dict(contents(tmp_path / "handed"))
    exercise = rounds.load(path).exercise_of(rounds.load(path).ledger.entries()[0])
    assert not [name for name in found if set(Path(name).parts) & TOLD or "hidden" in name or "ledger.jsonl" in name]
    hidden = secrets_of(exercise)
    assert len(hidden) > 100
    numbers = [str(SEED), str(entries(path)[0]["names"]), "Lovelace", "ATS-1042"]
    for name, data in found.items():
        text = data.decode("utf-8", "replace")
        assert not hidden & {line.strip() for line in text.splitlines()}, name
        assert not [word for word in numbers if word in text], name
    for fault in faults.table(exercise).faults:
        assert fault.claim not in "".join(data.decode("utf-8", "replace") for data in found.values()), fault.id


def test_the_repairs_of_its_faults_are_not_in_it(breakfix: Breakfix, tmp_path: Path) -> None:
    """What the round's faults replaced stands nowhere, under neither the shipped names nor the candidate's."""
    path = write_round(tmp_path / "team")
    breakfix("bundle", "--round", path, "--candidate", CANDIDATE, "--output", "handed")
    one = rounds.load(path)
    exercise = one.exercise_of(one.ledger.entries()[0])
    manifests = [
        data.decode()
        for name, data in contents(tmp_path / "handed")
        if "manifests/" in name or ("blob" in name and b"kind:" in data)
    ]
    assert len(manifests) >= 4
    for fault in variants.faults_of(exercise, exercise.seed):
        for edit in fault.edits:
            if edit.find not in edit.replace:
                for wanted in (edit.find, exercise.renaming.text(edit.find)):
                    assert not [text for text in manifests if wanted in text], fault.id


def test_a_bundle_is_a_repository_that_says_what_to_know(breakfix: Breakfix, tmp_path: Path) -> None:
    path = write_round(tmp_path / "team", pass_mark=65, ai_policy="forbidden")
    ran = breakfix("bundle", "--round", path, "--candidate", CANDIDATE, "--output", "handed")
    folder = tmp_path / "handed"
    assert "anybody can read it" in ran.err and "--pack" in ran.err
    assert git(folder, "status", "--porcelain") == b""
    assert git(folder, "rev-list", "--count", "--all") == b"1\n"
    assert git(folder, "check-attr", "eol", "workspace/manifests/deployment.yaml").endswith(b"eol: lf\n")
    rules = (folder / "RULES.md").read_text("utf-8")
    for words in ("Plan one to two hours", "Please use none", "manifests/*.yaml", "65 of 100", "jobs@example.org"):
        assert words in rules
    assert "points\nare its share of the whole" in rules
    share = int(re.findall(r"(\d+) % of the points", rules)[0])
    assert 0 < share < 100
    marker = json.loads((folder / "workspace" / ".breakfix.json").read_text("utf-8"))
    assert marker["candidate"] == entries(path)[0]["id"]
    assert json.loads((folder / ".devcontainer" / "devcontainer.json").read_text("utf-8"))["image"]


def test_its_readme_says_how_to_begin_again_and_clean_up(breakfix: Breakfix, tmp_path: Path) -> None:
    """A pipeline's has no cluster to delete; its workspace, begun again, is still the candidate's, under its names."""
    for slug, folder in ((SLUG, "cluster"), (PIPELINE, "pipeline")):
        path = write_round(tmp_path / f"team-{folder}", slug)
        assert breakfix("bundle", "--round", path, "--candidate", CANDIDATE, "--output", folder).code == 0
        readme = (tmp_path / folder / "README.md").read_text("utf-8")
        assert "breakfix reset workspace" in readme
        assert [words in readme for words in ("breakfix stop --keep-cluster ", "breakfix stop ")] == [
            folder == "cluster"
        ] * 2
    place = tmp_path / "pipeline" / "workspace"
    handed = (place / ".breakfix.json").read_bytes()
    assert json.loads(handed)["names"]
    assert breakfix("reset", place).code == 0
    assert (place / ".breakfix.json").read_bytes() == handed


def test_candidates_of_a_round_share_faults_but_not_names(breakfix: Breakfix, tmp_path: Path) -> None:
    """A candidate who asks again gets the same; ids are opaque."""
    path = write_round(tmp_path / "team")
    for name, folder in (("Ada", "a"), ("Bo", "b"), ("Ada", "again")):
        assert breakfix("bundle", "--round", path, "--candidate", name, "--output", folder).code == 0
    ledger = entries(path)
    assert [one["candidate"] for one in ledger] == ["Ada", "Bo"]
    assert ledger[0]["id"] != ledger[1]["id"] and ledger[0]["names"] != ledger[1]["names"]
    texts = {
        name: (tmp_path / name / "workspace/manifests/deployment.yaml").read_text("utf-8")
        for name in ("a", "b", "again")
    }
    assert texts["a"] == texts["again"] != texts["b"]
    assert git(tmp_path / "a", "rev-parse", "HEAD") == git(tmp_path / "again", "rev-parse", "HEAD")
    one = rounds.load(path)
    first, second = (one.exercise_of(entry) for entry in one.ledger.entries())
    assert first.renaming.restore(texts["a"]) == second.renaming.restore(texts["b"])


def test_a_bundle_does_not_overwrite(breakfix: Breakfix, tmp_path: Path) -> None:
    path = write_round(tmp_path / "team")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    ran = breakfix("bundle", "--round", path, "--candidate", "Ada", "--output", "mine")
    assert (ran.code, "mine exists" in ran.err) == (2, True)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_bundle_checks_as_its_readme_says(tmp_path: Path, slug: str) -> None:
    """Set up by its own commands, in an empty environment, it judges the files by the public checks: to a verdict.

    What plays them is in tests/sandbox and tests/cluster.
    """
    bundle = bundles.installed(tmp_path, slug)
    assert list(bundle.environment.glob(f"lib/*/site-packages/exercises/{slug}/**/*.pyc"))  # as pip leaves it
    checked = bundle.run("--plain", "check", "workspace", "--stage", "policy")
    assert checked.returncode in {0, 1}, checked.stderr
    report = json.loads((bundle.folder / "workspace" / ".breakfix-report.json").read_text("utf-8"))
    assert report["outcome"] in {"passed", "failed"} and report["results"]
    assert {one["check"]["visibility"] for one in report["results"]} == {"public"}
    assert report["pass_mark"] == 80
    listed = bundle.run("list").stdout
    assert slug in listed and not [other for other in SLUGS if other != slug and other in listed]


def test_the_wheel_stands_alone_and_holds_a_candidates_commands_only(tmp_path: Path) -> None:
    """Its modules and images come from itself; what makes, hands out, hints at or compares exercises is not in it."""
    bundle = bundles.installed(tmp_path, SLUG)
    [site] = bundle.environment.glob("lib/*/site-packages")
    code = "import harness.core.paths, harness.containers.imagebuild as i; print(harness.core.paths.KIT); i.recipes(); print(i.__file__)"
    places = bundle.shell(f'python -c "{code}"').stdout.split()
    assert [Path(line).is_relative_to(bundle.environment) for line in places] == [True, True]
    told = bundle.run("--help").stdout
    assert "breakfix check workspace" in told and "breakfix start" not in told
    listed = re.findall(r"^  ([a-z]+)  ", told.partition("Commands:")[2], re.MULTILINE)
    assert sorted(listed) == sorted(set(cli.commands) - {one.name for one in team.COMMANDS})
    assert {"check", "submit", "status"} <= set(listed)
    for command in ("hint", "debrief", "grade", "verify", "new", "bundle"):
        assert "No such command" in bundle.run(command).stderr
    # Nothing that is left needs what was left out.
    for path in sorted([*site.glob("breakfix/*.py"), *site.glob("grader/**/*.py")]):
        assert "breakfix/template" not in path.as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in bundles.imported(node):
                assert name in TEAMS_OWN or bundles.is_there(site, name), f"{path.relative_to(site)} imports {name}"


def test_the_workflow_and_the_devcontainer_set_up_the_same_way(tmp_path: Path) -> None:
    """Their commands, run as they stand: the workflow's to the verdict, with what pip compiled lying there."""
    bundle = bundles.Installed(bundles.handed_out(tmp_path, PIPELINE), bundles.environment(tmp_path))
    engine = bundle.environment / "bin" / "docker"  # so that nothing is installed on the machine that tests
    engine.write_text("#!/bin/sh\n")
    engine.chmod(0o755)
    container = json.loads((bundle.folder / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    done = bundle.shell(container["postCreateCommand"])
    assert done.returncode == 0, done.stderr
    workflow = yaml.safe_load((bundle.folder / ".github" / "workflows" / "self-check.yml").read_text("utf-8"))
    install, check = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    assert bundle.shell(install).returncode == 0
    done = bundle.shell(f"STAGE=policy; {check}")
    assert done.returncode in {0, 1}, done.stderr
    assert "public checks" in done.stdout


def test_the_code_of_a_rehearsal_leads_to_its_bundle(breakfix: Breakfix, tmp_path: Path) -> None:
    path = write_round(tmp_path / "team")
    breakfix("bundle", "--round", path, "--candidate", CANDIDATE, "--output", "handed")
    one = rounds.load(path)
    [entry] = one.ledger.entries()
    code = toys.code(entry.id, one.shipped())
    found = breakfix("rehearsed", code.upper(), "--round", path)
    assert (found.code, entry.id in found.out, CANDIDATE in found.out) == (0, True, True)
    assert breakfix("rehearsed", "bcdf-bcdf", "--round", path).code == 1
    readme = (tmp_path / "handed" / "README.md").read_text("utf-8")
    assert "breakfix doctor --rehearse workspace " in readme
    assert "The toy takes about a minute, once all that the exercise needs is made, and" in readme
