"""The scratch copy of the repository, the event, and the stores of artifacts and caches."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from pipeline_runner.bounds import RUNNER

WORK, HOME, STORE = Path("/work"), Path("/home/runner"), Path("/store")
REPOSITORY, HEAD, EVENT, PROBE = WORK / "repo", WORK / "head", WORK / "event.json", WORK / "probe"
TIP = WORK / "tip"  # main as it is by then, where another merge came since the event
PULL = WORK / "pull.json"  # the pull request's number, commit and branch, by which it can be checked out
WORKFLOWS = WORK / "workflows"  # those that the event starts
ARTIFACTS = STORE / "artifacts"
NAME = "acme/churn-model"
FILES = 200
SECONDS = 30


def prepare() -> None:
    """Make the folders that last for the whole scenario."""
    for folder in (WORK, Path("/run")):
        folder.chmod(0o755)
    for folder in (HOME, STORE):
        os.chown(folder, RUNNER, RUNNER)
        folder.chmod(0o755)
    _own(STORE / "cache")


def write(files: dict[str, str], head: dict[str, str], tip: dict[str, str], run: dict[str, Any]) -> None:
    """Write the repository afresh, and beside it what the event brings and what came since; nothing of an earlier run stays but its caches."""
    clean(REPOSITORY, HEAD, TIP, PROBE, ARTIFACTS)
    _own(ARTIFACTS)
    for folder, texts in ((REPOSITORY, files), (HEAD, head), (TIP, tip)):
        for place, text in texts.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    pull = run["pulls"][-1] if run["pulls"] else None
    PULL.write_text(json.dumps({"number": pull["number"], **pull["head"]} if pull else {}), "utf-8")
    PULL.chmod(0o644)


def begin(
    stage: dict[str, Any], payload: dict[str, Any], opened: dict[str, Any] | None, engine_takes: dict[str, str]
) -> None:
    """Write a stage's event and the workflows that it starts; what an earlier stage left at home is gone.

    `opened` is a pull request that the run has opened, which can be checked out from then on. `engine_takes` has, by a workflow's
    text, the one that the engine is given in its place; the repository keeps the workflow as it was written.
    """
    if opened is not None:
        PULL.write_text(json.dumps({"number": opened["number"], **opened["head"]}), "utf-8")
    clean(WORKFLOWS, REPOSITORY / ".git")
    WORKFLOWS.mkdir()
    _git(stage)
    for file in stage["workflows"]:
        written = (REPOSITORY / file).read_bytes()
        told = engine_takes.get(written.decode("utf-8"))
        (WORKFLOWS / Path(file).name).write_bytes(written if told is None else told.encode())
    EVENT.write_text(json.dumps(payload), "utf-8")
    EVENT.chmod(0o644)


def smuggle(stage: dict[str, Any], files: dict[str, str]) -> None:
    """Put files beside what a run without rights uploaded: whoever wrote its code can add to its artifacts."""
    folder = ARTIFACTS / str(stage["number"])
    if stage["trusted"] or not folder.is_dir():
        return
    for artifact in folder.iterdir():
        for place, text in files.items():
            path = artifact / place
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")


def clean(*folders: Path) -> None:
    """Remove folders, and all that steps may have written outside of the stores."""
    # find and rm cope with numbers, names, depths and rights that would break a walk of our own.
    for command in (
        ["find", HOME, "/tmp", "/var/tmp", "-mindepth", "1", "-delete"],
        ["rm", "-rf", "--", *folders],
    ):
        subprocess.run(command, check=True, timeout=SECONDS)


def artifacts() -> dict[str, list[str]]:
    """Return the artifacts of the run, whichever stage left them: their files by name."""
    command = ["find", str(ARTIFACTS), "-mindepth", "3", "-maxdepth", "7", "-type", "f", "-printf", "%P\\n"]
    said = subprocess.run(command, stdout=subprocess.PIPE, timeout=SECONDS, check=False).stdout
    found: dict[str, list[str]] = {}
    for line in sorted(said.decode(errors="replace").splitlines())[:FILES]:
        name, _, file = line.partition("/")[2].partition("/")
        found.setdefault(name, []).append(file)
    return found


def _own(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, RUNNER, RUNNER)


def _git(stage: dict[str, Any]) -> None:
    """Write as much of a .git folder as the engine reads: branch, commit, remote."""
    folder = REPOSITORY / ".git"
    for part in ("objects", "refs/heads"):
        (folder / part).mkdir(parents=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{stage['branch']}\n")
    branch = folder / "refs" / "heads" / stage["branch"]
    branch.parent.mkdir(parents=True, exist_ok=True)
    branch.write_text(stage["sha"] + "\n")
    remote = f'[remote "origin"]\n\turl = https://github.com/{NAME}.git\n'
    (folder / "config").write_text(f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n{remote}")
