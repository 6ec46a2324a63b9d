"""A candidate's bundle, set up as its own README says: its commands, in an environment that holds nothing else."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.rounds import write_round

SECONDS = 1200
SETUP = re.compile(r"^## Set up$.*?^```sh$\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Installed:
    """A bundle in `folder`, and the environment that its wheel was installed into by pip."""

    folder: Path
    environment: Path
    live: bool = False  # then on the machine's own cluster, which stands in its state

    @property
    def variables(self) -> dict[str, str]:
        """What its commands find in the environment: the machine's own, and nothing of a checkout."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("BREAKFIX_", "PYTHON", "PIP_"))}
        path = os.pathsep.join([str(self.environment / "bin"), os.environ["PATH"]])
        state = {} if self.live else {"XDG_STATE_HOME": str(self.environment.parent / "state")}
        return kept | {"PATH": path, "PIP_NO_INDEX": "1", "COLUMNS": "100"} | state

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line as somebody would who types it into a shell, in the bundle."""
        return subprocess.run(
            ["bash", "-ec", line],  # noqa: S607 - the one on PATH
            cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run breakfix as it was installed."""
        return subprocess.run(
            [self.environment / "bin" / "breakfix", *args],
            cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip


def handed_out(folder: Path, slug: str, candidate: str = "Ada") -> Path:
    """Make the bundle of one candidate of a round below a folder, and return where it is."""
    path = write_round(folder / "team", slug)
    command: list[str | Path] = [sys.executable, "-m", "breakfix", "bundle", "--round", path, "--candidate", candidate]
    subprocess.run([*command, "--output", folder / "handed"], cwd=folder, check=True, capture_output=True)
    return folder / "handed"


def environment(folder: Path) -> Path:
    """Make an empty environment with a `pip` of its own, in which the pinned dependencies are there already."""
    fresh = folder / "fresh"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", fresh], check=True)
    # The dependencies of the environment that tests; its own editable kit is not reached this way.
    [site] = fresh.glob("lib/*/site-packages")
    places = [path for path in sys.path if (Path(path) / "pip").is_dir()]
    (site / "dependencies.pth").write_text(
        "".join(f"{path}\n" for path in dict.fromkeys([sysconfig.get_path("purelib"), *places]))
    )
    pip = fresh / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\nexec "{fresh}/bin/python" -m pip --disable-pip-version-check "$@"\n')
    pip.chmod(0o755)
    return fresh


def installed(folder: Path, slug: str, *, live: bool = False) -> Installed:
    """Hand out a bundle of an exercise and set it up by the commands of its README."""
    bundle = Installed(handed_out(folder, slug), environment(folder), live)
    found = SETUP.search((bundle.folder / "README.md").read_text("utf-8"))
    assert found is not None
    first, *others = found[1].splitlines()
    assert "venv" in first  # that is `environment`
    for line in others:
        if "doctor" not in line:
            done = bundle.shell(line)
            assert done.returncode == 0, (line, done.stdout, done.stderr)
    return bundle


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the modules of the kit that a statement imports, by their full names."""
    if isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    elif isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        return
    yield from (name for name in names if name.partition(".")[0] in {"breakfix", "grader", "harness"})


def is_there(site: Path, name: str) -> bool:
    """Tell whether an import finds a module, or a name inside one."""
    path, _, last = name.rpartition(".")
    above = site.joinpath(*path.split("."))
    if (above / last).is_dir() or (above / f"{last}.py").is_file():
        return True
    module = above.with_suffix(".py") if above.with_suffix(".py").is_file() else above / "__init__.py"
    return module.is_file() and re.search(rf"\b{last}\b", module.read_text("utf-8")) is not None


def check_comes_to_a_verdict(tmp_path: Path, slug: str) -> None:
    """Set a bundle up and check it as it was handed out: it is played and fails, and it is said that its public checks are not all."""
    bundle = installed(tmp_path, slug, live=True)
    checked = bundle.run("--plain", "check", "workspace", "--yes")
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "of 100 points are judged later" in checked.stdout
    report = json.loads((bundle.folder / "workspace" / ".breakfix-report.json").read_text("utf-8"))
    played = [one for one in report["results"] if one["check"]["stage"] == "live"]
    assert played and {one["verdict"] for one in played} <= {"PASS", "FAIL", "BLOCKED"}
    assert report["outcome"] == "failed"
