"""What the command line says and how it exits, without a cluster."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.runs import practice

from .conftest import Breakfix

SLUG = "serving-never-ready"
NO_ENGINE = {"PATH": "/nowhere", "DOCKER_HOST": "unix:///nowhere/engine.sock"}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["grade"], 2, "Missing argument"),
        (["frobnicate"], 2, "No such command"),
        (["grade", ".", "--format", "pdf"], 2, "Invalid value for '--format'"),
        (["show", "serving-never-redy"], 2, "did you mean 'serving-never-ready'?"),
        (["start", "nothing-like-it-at-all"], 2, "`breakfix list` shows them all"),
        (["check"], 2, "is not a workspace"),
        (["apply"], 2, "is not a workspace"),
        (["status", "nowhere"], 2, "is not a workspace"),
        (["reset"], 2, "is not a workspace"),
        (["grade", "nowhere", "--exercise", SLUG], 2, "is neither a folder nor an archive"),
        (["grade", "nowhere"], 2, "is neither a folder nor an archive"),
        (["--pack", "broken-pack", "list"], 2, "exercise.yaml:1"),
        (["list", "--pack", "broken-pack"], 2, "exercise.yaml:1"),
        (["list", "--pack", "nowhere"], 2, "nowhere is no pack: it has no folder exercises/"),
        (["start", SLUG, "--seed", "-1"], 2, "Invalid value for '--seed'"),
        (["hint"], 2, "is not a workspace"),
        (["debrief"], 2, "is not a workspace"),
        (["new", "Not A Slug"], 2, "cannot be a slug"),
        (["break", "nothing-like-it-at-all"], 2, "--pack adds those of a pack"),
    ],
)
def test_wrong_use_is_told(breakfix: Breakfix, tmp_path: Path, args: list[str], code: int, words: str) -> None:
    """One clear message on stderr, exit code 2, nothing on stdout."""
    pack = tmp_path / "broken-pack" / "exercises" / "x"
    pack.mkdir(parents=True)
    (pack / "exercise.yaml").write_text("id: x\n")
    ran = breakfix(*args)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err


def test_list_and_show(breakfix: Breakfix) -> None:
    """`list` has a line for each exercise, `show` the ticket; neither spoils anything."""
    assert SLUG in breakfix("list").out
    shown = breakfix("show", SLUG)
    assert shown.code == 0
    assert all(number in shown.out for number in exercises.load(SLUG).requirements)
    for spoiler in ("enableServiceLinks", "startupProbe", "127.0.0.1"):
        assert spoiler not in shown.out


def test_a_pack_from_nothing(breakfix: Breakfix, tmp_path: Path) -> None:
    """`new` makes one; its exercise is listed, broken again, and graded, with --pack before or after the command."""
    assert "TODO" in breakfix("new", "late-features", "--dir", "mine").out
    pack = tmp_path / "mine"
    assert "late-features" in breakfix("list", "--pack", pack).out
    assert "nothing changed" in breakfix("--pack", pack, "break", "late-features").out
    reference = pack / "solutions" / "late-features" / "reference"
    ran = breakfix("grade", reference, "--exercise", "late-features", "--stage", "policy", "--pack", pack)
    assert (ran.code, "score 100" in ran.out) == (0, True)
    assert breakfix("show", "late-features").code == 2
    proof = breakfix("verify", "late-features", "--stage", "policy", "--pack", pack)
    assert (proof.code, "requirement R2 has no check" in proof.out) == (1, True)


def test_a_seeded_workspace_is_graded_by_its_seed(breakfix: Breakfix, tmp_path: Path) -> None:
    """The marker says which, or else --seed; the report tells the seed, and start refuses to mix two."""
    folder = tmp_path / "seven"
    practice.make_workspace(variants.load(SLUG, 7), folder)
    data = json.loads(breakfix("grade", folder, "--stage", "policy", "--format", "json").out)
    assert data["provenance"]["exercise"] == f"{SLUG} version {exercises.load(SLUG).version} seed 7"
    failed = {one["check"]["id"] for one in data["results"] if one["verdict"] == "FAIL"}
    policy = {one["check"]["id"] for one in data["results"]}
    faults_of_seven = variants.faults_of(exercises.load(SLUG), 7)
    assert failed == {check for fault in faults_of_seven for check in fault.caught_by} & policy
    other = json.loads(breakfix("grade", folder, "--seed", "8", "--stage", "policy", "--format", "json").out)
    assert "workload-kept" in {one["check"]["id"] for one in other["results"] if one["verdict"] == "FAIL"}
    ran = breakfix("start", SLUG, "--seed", "8", "--dir", folder, env=NO_ENGINE)
    assert (ran.code, f"is a workspace of {SLUG} --seed 7" in ran.err) == (2, True)


def test_version(breakfix: Breakfix) -> None:
    assert re.fullmatch(r"breakfix, version \d+\.\d+\.\d+\n", breakfix("--version").out)


def test_policy_verdict_and_forms(breakfix: Breakfix, workspace: Path, tmp_path: Path) -> None:
    """The broken workspace fails; JSON, JUnit and the terminal agree."""
    ran = breakfix("grade", workspace, "--stage", "policy")
    assert ran.code == 1
    assert "NOT PASSED" in ran.out
    data = json.loads(breakfix("grade", workspace, "--stage", "policy", "--format", "json").out)
    assert data["schema_version"] == 1
    assert data["counts"]["FAIL"] == 8
    report = tmp_path / "report.xml"
    assert breakfix("grade", workspace, "--stage", "policy", "--format", "junit", "--output", report).code == 1
    suite = ET.parse(report).getroot()[0]  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == (str(len(data["results"])), "8")


def test_the_same_submission_gets_the_same_report(breakfix: Breakfix, workspace: Path) -> None:
    """But for each check's own running time."""
    texts = [breakfix("grade", workspace, "--stage", "policy", "--format", "json").out for _ in range(3)]
    assert len({re.sub(r'"seconds": [0-9.]+', "", text) for text in texts}) == 1


def test_public_checks_only(breakfix: Breakfix, workspace: Path) -> None:
    """`check` runs no hidden check and names none."""
    ran = breakfix("check", workspace, "--stage", "policy")
    assert "keys-exist" not in ran.out
    assert "files-readable" in ran.out
    assert re.search(r"\d of \d public checks of the policy stage pass; \d\d of 100 points are judged later", ran.out)
    assert not re.search(r"\bscore\b|pass mark|PASSED", ran.out)


# Each way to spoil a workspace: what to do to the deployment's text, or what else to put into manifests/.
EDITS = {
    "broken YAML": ("spec:", "spec: [:"),
    "list where a map belongs": ("limits:\n              memory: 384Mi\n", "limits: [memory]\n"),
    "another namespace": ("namespace: fraud-serving", "namespace: kube-system"),
    "another image": ("breakfix/model-server:1.0", "breakfix/modelserver:1.0"),
    "host path": ("emptyDir:\n            sizeLimit: 128Mi", "hostPath: {path: /}"),
    "too large requests": ("cpu: 50m", "cpu: 4"),
}
EXTRAS = {
    "binary file": bytes(range(256)),
    "unknown kind": b"apiVersion: v9\nkind: Wizard\nmetadata: {name: w}\n",
    "cluster-scoped kind": b"apiVersion: v1\nkind: Namespace\nmetadata: {name: mine}\n",
    "50 MB file": b" " * 50_000_000,
}


def spoil(workspace: Path, name: str) -> None:
    """Spoil a workspace in one way."""
    manifests = workspace / "manifests"
    if name in EDITS:
        deployment = manifests / "deployment.yaml"
        text = deployment.read_text("utf-8")
        assert EDITS[name][0] in text
        deployment.write_text(text.replace(*EDITS[name]))
    elif name in EXTRAS:
        (manifests / "extra.yaml").write_bytes(EXTRAS[name])
    elif name == "empty manifests":
        for path in manifests.iterdir():
            path.write_bytes(b"")
    elif name == "symlink out":
        (manifests / "extra.yaml").symlink_to("/etc/passwd")
    else:
        for path in manifests.iterdir():
            path.unlink()


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("broken YAML", "files-readable", "is not valid YAML"),
        ("empty manifests", "files-readable", "is empty, and so is every other file"),
        ("missing manifests", "files-readable", "is missing"),
        ("binary file", "files-readable", "binary file"),
        ("symlink out", "files-readable", "symbolic link"),
        ("50 MB file", "files-readable", "50.0 MB large"),
        ("list where a map belongs", "schema-valid", "refused by the schema"),
        ("unknown kind", "schema-valid", "knows no Wizard"),
        ("cluster-scoped kind", "objects-allowed", "objects of kind Namespace"),
        ("another namespace", "objects-allowed", "only the namespaces fraud-serving"),
        ("another image", "objects-allowed", "only these images"),
        ("host path", "objects-allowed", "hostPath"),
        ("too large requests", "objects-allowed", "may request 8000m of cpu"),
    ],
)
def test_bad_submissions_get_a_verdict(breakfix: Breakfix, workspace: Path, name: str, check: str, words: str) -> None:
    """A finding with a file, exit code 1, no traceback; the live stage is not even begun, so no engine is needed."""
    spoil(workspace, name)
    ran = breakfix("grade", workspace, "--format", "json", env=NO_ENGINE)
    assert ran.code == 1
    failed = {one["check"]["id"]: one["reason"] for one in json.loads(ran.out)["results"] if one["verdict"] == "FAIL"}
    assert words in failed[check]["message"]
    assert failed[check]["file"]
    live = [one["verdict"] for one in json.loads(ran.out)["results"] if one["check"]["stage"] == "live"]
    assert set(live) == {"BLOCKED"}


@pytest.mark.parametrize(
    "command", [["grade", "workspace"], ["check", "workspace"], ["apply", "workspace"], ["status", "workspace"]]
)
def test_no_engine_is_an_environment_error(breakfix: Breakfix, workspace: Path, command: list[str]) -> None:
    """A machine without an engine is never the candidate's failure: exit 3 and what to do."""
    ran = breakfix(*command, env=NO_ENGINE)
    assert ran.code == 3
    assert "DOCKER_HOST" in ran.err
    assert (workspace / "manifests" / "deployment.yaml").is_file()


def test_a_full_disk_is_told(breakfix: Breakfix, workspace: Path) -> None:
    """A report that cannot be written is exit 3, with the reason."""
    ran = breakfix("grade", workspace, "--stage", "policy", "--format", "json", "--output", "/dev/full")
    assert ran.code == 3
    assert "No space left on device" in ran.err


def test_start_does_not_overwrite(breakfix: Breakfix, tmp_path: Path) -> None:
    """A folder with something else in it is left alone."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    ran = breakfix("start", SLUG, "--dir", folder)
    assert (ran.code, "exists and is no workspace" in ran.err) == (2, True)
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_no_colour(breakfix: Breakfix, workspace: Path) -> None:
    """Neither a pipe nor --plain nor NO_COLOR gets escape codes."""
    for args, env in (([], {}), (["--plain"], {"FORCE_COLOR": "1"}), ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"})):
        out = breakfix(*args, "grade", workspace, "--stage", "policy", env=env).out
        assert not re.search(r"\x1b\[(3|4|9)", out), (args, env)


def test_the_options_of_every_command_stand_anywhere(breakfix: Breakfix) -> None:
    """An error tells to run the same with -v, which people write at the end."""
    assert breakfix("list", "-v").code == 0
    assert breakfix("list", "--plain", env={"FORCE_COLOR": "1"}).out == breakfix("--plain", "list").out
    assert breakfix("list", "--", "--plain").code == 2
