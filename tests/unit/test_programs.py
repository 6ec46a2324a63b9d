"""What programs read of list, show and doctor, by its published schemas."""

import json
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from breakfix import programs
from breakfix.cli import cli
from harness.cluster import doctor
from harness.exercises import exercise as exercises
from harness.hiring import takehomes


def valid(name: str, told: dict[str, Any]) -> dict[str, Any]:
    schema = json.loads((programs.SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(told)
    return told


@pytest.fixture(autouse=True)
def nobodys_progress(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def test_list_names_every_exercise() -> None:
    ran = CliRunner().invoke(cli, ["list", "--format", "json"])
    told = valid("list", json.loads(ran.stdout))
    assert [one["slug"] for one in told["exercises"]] == list(exercises.slugs())
    assert [one["takehome"] for one in told["takehomes"]] == list(takehomes.names())
    assert ran.stdout.isascii()


@pytest.mark.parametrize("slug", exercises.slugs())
def test_show_tells_one_exercise(slug: str) -> None:
    told = valid("show", json.loads(CliRunner().invoke(cli, ["show", slug, "--format", "json"]).stdout))
    assert (told["slug"], told["ticket"]) == (slug, exercises.load(slug).ticket)
    assert told["scenarios"]


@pytest.mark.parametrize("name", takehomes.names())
def test_show_tells_one_takehome(name: str) -> None:
    told = valid("show", json.loads(CliRunner().invoke(cli, ["show", name, "--format", "json"]).stdout))
    known = takehomes.load(name)
    assert (told["takehome"], told["parts"], told["story"]) == (name, known.parts, known.told)
    assert not told["minutes"]["piloted"]


@pytest.mark.parametrize("ok", [True, False])
def test_doctor_says_whether_exercises_can_run(monkeypatch: pytest.MonkeyPatch, *, ok: bool) -> None:
    found = [doctor.Finding("engine", "none", ok=ok, required=True, remedy="" if ok else "install one")]
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: found)
    ran = CliRunner().invoke(cli, ["doctor", "--format", "json"])
    told = valid("doctor", json.loads(ran.stdout))
    assert (ran.exit_code, told["ready"], told["findings"][0]["remedy"]) == (
        (0, True, "") if ok else (3, False, "install one")
    )


def test_a_rehearsal_is_for_people() -> None:
    assert CliRunner().invoke(cli, ["doctor", "--format", "json", "--rehearse", "."]).exit_code == 2
