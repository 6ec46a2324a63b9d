"""Two people rate, apart and name-blind; then a person decides, and says why."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from grader.render import renderer
from harness.exercises import exercise as exercises
from harness.hiring import rounds
from tests.unit import comparisons

from .conftest import Breakfix
from .rounds import SLUG, write_round

DIMENSIONS = ("diagnosis", "probes", "security", "least-change", "operability", "communication")
WHY = "Both raters saw a sound repair with reasons for every probe."
VERSION = exercises.load(SLUG).version
TALKED = "probes=solid: the second reader had not seen the startup probe's reason"


@pytest.fixture
def forms(breakfix: Breakfix, tmp_path: Path) -> tuple[Path, Path, Path]:
    """A round, and the forms of two raters on its one candidate, filled in: far apart on probes, one level on security."""
    path = write_round(tmp_path / "team")
    entry = rounds.load(path).ledger.add("Ada Lovelace")
    made = []
    for rater, levels in (("Grace", {"probes": "strong", "security": "solid"}), ("Alan", {"probes": "partial"})):
        ran = breakfix("scorecard", "new", "--round", path, "--candidate", entry.id, "--rater", rater)
        assert ran.code == 0, ran.err
        form = tmp_path / f"scorecard-{entry.id}-{rater.lower()}.yaml"
        fill(form, {**dict.fromkeys(DIMENSIONS, "partial"), **levels}, rater)
        made.append(form)
    return path, made[0], made[1]


def fill(form: Path, levels: Mapping[str, str], rater: str) -> None:
    """Fill a form in as a person would: the level after its key, the evidence on the empty line."""
    text = form.read_text("utf-8")
    for name, level in levels.items():
        text = re.sub(
            rf"(?m)^(  {name}:\n    level:)(.*\n    evidence: \|-\n)\s*$",
            rf"\1 {level}\2      {rater} read of {name} in NOTES.md: line 3,\n      and # in the manifests\n",
            text, count=1,
        )  # fmt: skip
    form.write_text(text, "utf-8")


def change(form: Path, old: str, new: str) -> None:
    text = form.read_text("utf-8")
    assert old in text
    form.write_text(text.replace(old, new, 1), "utf-8")


def test_a_form_holds_the_rubric_and_nothing_of_who_it_is(breakfix: Breakfix, tmp_path: Path) -> None:
    """Nor of the other rater, whose form is there already; and no form is ever written over."""
    path = write_round(tmp_path / "team")
    entry = rounds.load(path).ledger.add("Ada Lovelace")
    new = ("scorecard", "new", "--round", path, "--candidate", entry.id)
    assert breakfix(*new, "--rater", "Grace Hopper", "--output", "one.yaml").code == 0
    assert breakfix(*new, "--rater", 'Alan: "Mathison" #1', "--output", "two.yaml").code == 0
    text = (tmp_path / "two.yaml").read_text("utf-8")
    for word in ("Ada", "Lovelace", "Grace", "Hopper"):
        assert word not in text
    data = yaml.safe_load(text)
    assert (data["candidate"], data["rater"]) == (entry.id, 'Alan: "Mathison" #1')
    assert tuple(data["ratings"]) == DIMENSIONS
    for words in ("Method of diagnosis", "missing: Probes removed", "strong: Also adds up the times"):
        assert words in text
    before = (tmp_path / "one.yaml").read_bytes()
    ran = breakfix(*new, "--rater", "Grace Hopper", "--output", "one.yaml")
    assert (ran.code, "exists and is left as it is" in ran.err) == (2, True)
    assert (tmp_path / "one.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("candidate", "rater", "words"),
    [
        ("Ada Lovelace", "Grace", "give the opaque id"),
        ("zzzz", "Grace", "no candidate of round spring has the id 'zzzz'"),
        ("", "\u202eGrace", "is no name that can be shown"),
        ("", " ", "is no name that can be shown"),
    ],
)
def test_a_form_for_nobody_is_refused(
    breakfix: Breakfix, tmp_path: Path, candidate: str, rater: str, words: str
) -> None:
    path = write_round(tmp_path / "team")
    known = rounds.load(path).ledger.add("Ada Lovelace").id
    ran = breakfix("scorecard", "new", "--round", path, "--candidate", candidate or known, "--rater", rater)
    assert (ran.code, words in ran.err, list(tmp_path.glob("*.yaml"))) == (2, True, [])


def test_a_decision_is_recorded_with_ratings_talk_and_reasons(
    breakfix: Breakfix, tmp_path: Path, forms: tuple[Path, Path, Path]
) -> None:
    path, one, two = forms
    ran = breakfix("scorecard", "join", one, two, "--round", path)
    assert (ran.code, "Nothing is decided yet" in ran.out) == (0, True), ran.err
    assert "2 levels apart: talk it over" in ran.out and "one level apart" in ran.out
    assert "agree on 4 of 6" in ran.out
    assert "Grace read of probes" in ran.out and "Grace read of diagnosis" not in ran.out, "where they differ"
    decide = ("--decision", "advance", "--by", "Nina", "--reasons", WHY)
    ran = breakfix("scorecard", "join", one, two, *decide)
    assert (ran.code, "--talked probes=RESULT" in ran.err, "security:" in ran.err) == (2, True, False)
    ran = breakfix("scorecard", "join", one, two, *decide, "--talked", TALKED)
    assert ran.code == 0, ran.err
    (file,) = tmp_path.glob("decision-*.yaml")
    kept = yaml.safe_load(file.read_text("utf-8"))
    assert (kept["decision"], kept["by"], kept["reasons"]) == ("advance", "Nina", WHY)
    probes = kept["dimensions"]["probes"]
    assert (probes["levels_apart"], probes["talked_over"]) == (2, TALKED.partition("=")[2])
    assert probes["ratings"]["Alan"]["level"] == "partial" and "NOTES.md" in probes["ratings"]["Alan"]["evidence"]
    assert set(kept["forms"]) == {one.name, two.name}
    assert "Lovelace" not in file.read_text("utf-8")
    ran = breakfix("scorecard", "join", one, two, *decide, "--talked", TALKED)
    assert (ran.code, "exists and is left as it is" in ran.err) == (2, True)


def test_the_score_is_shown_as_advice(breakfix: Breakfix, tmp_path: Path, forms: tuple[Path, Path, Path]) -> None:
    """And only beside the ratings of the same submission."""
    path, one, two = forms
    entry = rounds.load(path).ledger.entries()[0]
    for candidate, name in ((entry.id, "right.json"), ("zzzz", "wrong.json")):
        report = comparisons.of("cheat", candidate, round=rounds.load(path).label)
        report = replace(report, version=VERSION)
        (tmp_path / name).write_text(renderer("json")(report), "utf-8")
    ran = breakfix("scorecard", "join", one, two, "--report", "wrong.json")
    assert (ran.code, "wrong.json is on another submission" in ran.err) == (2, True)
    ran = breakfix(
        "scorecard", "join", one, two, "--report", "right.json", "--decision", "hold", "--by", "Nina", "--reasons", WHY,
        "--talked", TALKED,
    )  # fmt: skip
    assert (ran.code, "score 73 of 100" in ran.out, "The score is advice" in ran.out) == (0, True, True)
    kept = yaml.safe_load((tmp_path / f"decision-{entry.id}.yaml").read_text("utf-8"))
    assert kept["advice"]["score"] == 73 and "advice" in kept["advice"]["note"]


BAD = {
    "a level that is none": ("level: strong", "level: superb", "ratings.probes.level: 'superb' is not one of"),
    "no level": ("level: strong", "level:", ": probes has no level: write missing, partial, solid or strong"),
    "no evidence": (
        "Grace read of probes in NOTES.md: line 3,\n      and # in the manifests", "seen", ": probes has no evidence",
    ),
    "an unknown dimension": ("  probes:\n", "  charm:\n", ": charm is no dimension of the rubric; it has diagnosis,"),
    "another version": ("\nversion: ", "\nversion: 4", f": it is on version 4{VERSION} of serving-never-ready, and this kit has"),
    "an unknown exercise": ('"serving-never-ready"', '"nothing-like-it"', "no exercise is called 'nothing-like-it'"),
    "no rater": ('rater: "Grace"', 'rater: "  "', ": rater is no name that can be shown"),
    "broken YAML": ("ratings:\n", "ratings: [\n", "is not valid YAML"),
    "no key": ("scorecard: 1\n", "", "'scorecard' is a required property"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_form_that_is_not_filled_in_is_told_with_its_line(
    breakfix: Breakfix, forms: tuple[Path, Path, Path], name: str
) -> None:
    old, new, words = BAD[name]
    change(forms[1], old, new)
    ran = breakfix("scorecard", "join", *forms[1:])
    assert (ran.code, ran.out, words in ran.err) == (2, "", True), ran.err
    assert re.search(rf"{forms[1].name}:\d+: ", ran.err) or "nothing-like-it" in ran.err


def test_empty_forms_are_told_of_at_once(breakfix: Breakfix, forms: tuple[Path, Path, Path]) -> None:
    """Both, every dimension; and a file that is not there."""
    path, one, _ = forms
    known = rounds.load(path).ledger.entries()[0].id
    breakfix("scorecard", "new", "--round", path, "--candidate", known, "--rater", "Cy", "--output", "cy.yaml")
    ran = breakfix("scorecard", "join", "cy.yaml", "gone.yaml")
    assert (ran.code, "gone.yaml cannot be read" in ran.err) == (2, True)
    for name in DIMENSIONS:
        assert re.search(rf"cy\.yaml:\d+: {name} has no level", ran.err)
        assert re.search(rf"cy\.yaml:\d+: {name} has no evidence", ran.err)
    assert one.name not in ran.err


PAIRS = {
    "one rater": ('rater: "Alan"', 'rater: " grace "', "both forms are grace's"),
    "another round": ('round: "spring', 'round: "autumn', "round is 'autumn"),
    "another candidate": ('candidate: "', 'candidate: "z', "candidate is 'z"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_forms_that_are_no_pair_are_refused(breakfix: Breakfix, forms: tuple[Path, Path, Path], name: str) -> None:
    """With the line of the second form that says so."""
    _, one, two = forms
    old, new, words = PAIRS[name]
    change(two, old, new)
    ran = breakfix("scorecard", "join", one, two)
    assert (ran.code, ran.out) == (2, "")
    assert re.search(rf"{two.name}:\d+: {words}", ran.err), ran.err


def test_ratings_that_are_not_independent_or_not_blind_are_refused(
    breakfix: Breakfix, forms: tuple[Path, Path, Path]
) -> None:
    """One form twice, evidence that was copied, and, by the ledger, the candidate's name."""
    path, one, two = forms
    assert "is named twice" in breakfix("scorecard", "join", one, one).err
    text = two.read_text("utf-8")
    change(two, "Alan read of diagnosis", "Grace read of diagnosis")
    ran = breakfix("scorecard", "join", one, two)
    assert (ran.code, "diagnosis has the same evidence as" in ran.err) == (2, True)
    two.write_text(text, "utf-8")
    change(two, "Alan read of diagnosis", "ada lovelace wrote of diagnosis")
    ran = breakfix("scorecard", "join", one, two, "--round", path)
    assert (ran.code, "diagnosis names the candidate" in ran.err) == (2, True)
    other = write_round(path.parent / "other", seed=4)
    assert "is of round 'spring" in breakfix("scorecard", "join", one, two, "--round", other).err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--by", "Nina"], "--by and --reasons need --decision"),
        (["--decision", "advance", "--reasons", WHY], "name who with --by"),
        (["--decision", "advance", "--by", "Nina", "--reasons", "good"], "a decision has reasons"),
        (["--decision", "advance", "--by", "Nina", "--talked", "charm=nice"], "--talked charm: is no dimension"),
        (["--decision", "advance", "--by", "Nina", "--talked", "probes=ok"], "--talked probes=RESULT"),
        (["--decision", "hire"], "Invalid value for '--decision'"),
    ],
)
def test_a_decision_without_what_it_needs_is_refused(
    breakfix: Breakfix, tmp_path: Path, forms: tuple[Path, Path, Path], args: list[str], words: str
) -> None:
    ran = breakfix("scorecard", "join", *forms[1:], *args)
    assert (ran.code, words in ran.err, list(tmp_path.glob("decision-*"))) == (2, True, []), ran.err


def test_a_person_at_a_terminal_is_asked(tmp_path: Path, forms: tuple[Path, Path, Path]) -> None:
    """For each far difference, the decision, who, and why."""
    typed = "\n".join(["y", TALKED.partition("=")[2], "decline", "Nina", WHY, ""])
    answering, asking = pty.openpty()
    os.write(answering, typed.encode())
    done = subprocess.run(
        [sys.executable, "-m", "breakfix", "scorecard", "join", *map(str, forms[1:])],
        stdin=asking, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("decision-*.yaml")
    kept = yaml.safe_load(file.read_text("utf-8"))
    assert (kept["decision"], kept["by"], kept["reasons"]) == ("decline", "Nina", WHY)
    assert json.dumps(kept["dimensions"]["probes"]["talked_over"]) in json.dumps(TALKED.replace("probes=", ""))
