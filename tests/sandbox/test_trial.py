"""Scripted agents on an exercise: in a container, for a time, without a network; graded by what they leave."""

import base64
import io
import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from breakfix.cli import cli
from harness.exercises import exercise as exercises

pytestmark = pytest.mark.sandbox
SLUG = "fork-safe-ci"


def tried(output: Path, agent: str, *more: str) -> tuple[Result, list[dict[str, object]]]:
    argv = ["trial", SLUG, "--agent", agent, "--stage", "policy", "--output", str(output), *more]
    result = CliRunner().invoke(cli, argv)
    told = output / "trial.json"
    return result, json.loads(told.read_text("utf-8"))["runs"] if told.is_file() else []


def packed(folder: Path) -> str:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        archive.add(folder, ".")
    return base64.b64encode(held.getvalue()).decode()


def test_an_agent_is_graded_by_what_it_leaves(tmp_path: Path) -> None:
    """Here one that knows the solution, and was given what nobody else is; what it said is kept."""
    solution = exercises.load(SLUG).solution
    assert solution is not None
    agent = f"test -f README.md && grep -rl R1 . && echo at work && base64 -d <<'E' | tar xz\n{packed(solution / 'reference')}\nE\n"
    result, runs = tried(tmp_path / "out", agent, "--runs", "2")
    assert result.exit_code == 0, result.output
    reports = [json.loads((tmp_path / "out" / f"{number}.json").read_text("utf-8")) for number in (1, 2)]
    reasons = [[one["reason"] for one in report["results"] if one["reason"]] for report in reports]
    assert [(run["outcome"], run["score"], run["exit_code"], run["missed"]) for run in runs] == [
        ("passed", 100, 0, [])
    ] * 2, reasons
    assert "at work" in (tmp_path / "out" / "1.log").read_text("utf-8")


def test_an_agent_has_no_network_its_time_and_no_rights(tmp_path: Path) -> None:
    agent = "ls /sys/class/net; grep CapEff /proc/self/status; env | grep -c SECRET; sleep 600"
    result, (run,) = tried(tmp_path / "out", agent, "--minutes", "0.05")
    said = (tmp_path / "out" / "1.log").read_text("utf-8").split()
    assert said == ["lo", "CapEff:", "0000000000000000", "0"]
    assert (run["outcome"], run["exit_code"]) == ("failed", None)
    assert "its time was up" in result.output


def test_what_it_cannot_be_given_is_told_at_once(tmp_path: Path) -> None:
    result, _ = tried(tmp_path / "out", "true", "--env", "NO_SUCH_VARIABLE")
    assert "NO_SUCH_VARIABLE is not set" in str(result.exception)
    result, _ = tried(tmp_path / "other", "true", "--image", "nobody.invalid/nothing:1")
    assert "has no image" in str(result.exception)
