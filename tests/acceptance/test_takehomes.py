"""A take-home of several parts, from the bundle to the decision: each part as its exercise alone, one rule over all."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.render.data import as_data
from harness import toys
from harness.core.errors import InputError
from harness.hiring import rounds
from harness.intake.submission import collect
from tests import bundles

from .conftest import Breakfix
from .rounds import entries
from .takehomes import NAMES, SEED, part, repair, write_takehome

PARTS = ("secrets", "serving", "pipeline")


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round, and a bundle of which two parts are repaired as the reference is; tests take a copy."""
    folder = tmp_path_factory.mktemp("takehome")
    path = write_takehome(folder / "team")
    words = ("bundle", "--round", path, "--candidate", "Ada", "--output", "ada")
    subprocess.run((sys.executable, "-m", "breakfix", *words), cwd=folder, check=True, capture_output=True)
    repair(rounds.load(path), folder / "ada", "secrets", "serving")
    return folder


@pytest.fixture
def place(handed_out: Path, tmp_path: Path) -> Path:
    shutil.copytree(handed_out, tmp_path, dirs_exist_ok=True)
    return tmp_path


def graded(breakfix: Breakfix, place: Path, what: str | Path) -> Any:
    ran = breakfix("grade", what, "--round", place / "team" / "round.yaml", "--stage", "policy", "--format", "json")
    assert ran.code in {0, 1}, ran.err
    return json.loads(ran.out)


def verdicts(report: Any) -> list[tuple[str, str, Any]]:
    return [(one["check"]["id"], one["verdict"], one["reason"]) for one in report["results"]]


def test_a_bundle_has_a_folder_for_each_part_and_reads_as_one(place: Path) -> None:
    """The story at the top, one README and RULES, one repository; what the parts share has one word in all of them."""
    folder = place / "ada"
    story = (folder / "STORY.md").read_text("utf-8")
    word = re.findall(r"take over (\w+),", story)[0]
    assert word in NAMES["platform"]["to"]
    assert f"namespace: {word}-risk" in "".join(
        one.read_text("utf-8") for one in (folder / "secrets/manifests").iterdir()
    )
    assert f"{word}-fraud" in (folder / "serving" / "README.md").read_text("utf-8")
    texts = ["".join(path.read_text("utf-8") for path in (folder / name).rglob("*.yaml")) for name in PARTS[:2]]
    tokens = [set(re.findall(r"entry-token|gate-token", text)) for text in texts]
    assert tokens[0] == tokens[1] and len(tokens[0]) == 1
    readme, rules = ((folder / name).read_text("utf-8") for name in ("README.md", "RULES.md"))
    for name in PARTS:
        assert f"]({name}/README.md)" in readme and f"breakfix check {name}" in readme
        assert (folder / "checks" / name).is_dir()
        assert (
            json.loads((folder / name / ".breakfix.json").read_text("utf-8"))["candidate"]
            == entries(place / "team" / "round.yaml")[0]["id"]
        )
    assert "breakfix submit . " in readme and "$" not in rules
    assert (
        "Plan two to five hours for all parts together" in rules
        and "30 to 45 minutes, whatever the ticket says" in readme
    )
    assert "`pipeline/.github/workflows/*.yml`" in rules and "secrets 2, serving 1, pipeline 1" in rules
    workflow = (folder / ".github" / "workflows" / "self-check.yml").read_text("utf-8")
    assert "check . --stage" in workflow and "timeout-minutes: 135" in workflow
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".whl")
    assert str(SEED).encode() not in everything and b"weight" not in (folder / ".breakfix-parts.json").read_bytes()


def test_parts_are_graded_as_their_exercises_alone(breakfix: Breakfix, place: Path) -> None:
    """The same results, check by check, from the archive, the folder and a repository's copy one folder down."""
    assert breakfix("submit", "ada", "--output", "ada.tar.gz").code == 0
    whole = graded(breakfix, place, "ada.tar.gz")
    one = rounds.load(place / "team" / "round.yaml")
    entry = one.ledger.entries()[0]
    for told in whole["parts"]:
        exercise = one.exercise_of(entry, one.task(told["part"]))
        alone = grade(
            collect(exercise, place / "ada" / told["part"]), "policy", Grading(lambda: Place(None, {})), hidden=True
        )
        assert verdicts(told["report"]) == verdicts(as_data(alone))
        assert told["report"]["score"] == alone.score
    assert [one["report"]["score"] for one in whole["parts"][:2]] == [100, 100]
    assert (whole["outcome"], whole["pass_mark"]) == ("failed", 70)
    assert whole["score"] == (2 * 100 + 100 + whole["parts"][2]["report"]["score"]) // 4
    (place / "zip").mkdir()
    shutil.copytree(place / "ada", place / "zip" / "ada-main")
    for other in ("ada", "zip"):
        again = graded(breakfix, place, other)
        assert [verdicts(one["report"]) for one in again["parts"]] == [
            verdicts(one["report"]) for one in whole["parts"]
        ]


def test_all_parts_repaired_pass(breakfix: Breakfix, place: Path) -> None:
    repair(rounds.load(place / "team" / "round.yaml"), place / "ada", "pipeline")
    whole = graded(breakfix, place, "ada")
    assert (whole["outcome"], whole["score"]) == ("passed", 100)


def test_a_part_that_is_missing_fails_and_disturbs_no_other(breakfix: Breakfix, place: Path) -> None:
    """Nor is what lies in another part, or at the top, taken for it."""
    before = graded(breakfix, place, "ada")
    shutil.rmtree(place / "ada" / "pipeline")
    shutil.copytree(place / "ada" / "serving", place / "ada" / "secrets" / "pipeline")
    breakfix("submit", "ada", "--output", "less.tar.gz")
    whole = graded(breakfix, place, "ada")
    assert [one["report"]["score"] for one in whole["parts"][:2]] == [
        one["report"]["score"] for one in before["parts"][:2]
    ]
    failed = {name: told for name, verdict, told in verdicts(whole["parts"][2]["report"]) if verdict == "FAIL"}
    assert "is missing" in failed["files-readable"]["message"]


def test_an_archive_without_the_parts_marker_is_read_by_its_folders(breakfix: Breakfix, place: Path) -> None:
    with tarfile.open(place / "mine.tar.gz", "w:gz") as archive:
        for name in PARTS:
            archive.add(place / "ada" / name, f"home/work/{name}")
    assert [one["report"]["score"] for one in graded(breakfix, place, "mine.tar.gz")["parts"][:2]] == [100, 100]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            ["grade", "ada", "--stage", "policy"],
            "is a take-home of 3 parts; its round says how they count: give --round",
        ),
        (["submit", "ada/secrets"], "is one part of a take-home; hand in all of it at once: breakfix submit"),
        (["twist", "ada", "--round", "team/round.yaml"], "say with --part which: secrets, serving, pipeline"),
        (["twist", "ada", "--round", "team/round.yaml", "--part", "no"], "round takeover has no part 'no'"),
        (["twist", "ada/secrets", "--part", "secrets"], "give its --round"),
        (["grade", "team", "--round", "team/round.yaml"], "holds no part of round takeover"),
    ],
)
def test_what_is_not_said_is_asked_for(breakfix: Breakfix, place: Path, command: list[str], words: str) -> None:
    assert place.is_dir()
    ran = breakfix(*command)
    assert (ran.code, words in ran.err) == (2, True), ran.err


def test_parts_of_two_candidates_are_refused(breakfix: Breakfix, place: Path) -> None:
    assert breakfix("bundle", "--round", "team/round.yaml", "--candidate", "Bo", "--output", "bo").code == 0
    shutil.rmtree(place / "ada" / "secrets")
    shutil.copytree(place / "bo" / "secrets", place / "ada" / "secrets")
    ran = breakfix("grade", "ada", "--round", "team/round.yaml", "--stage", "policy")
    assert (ran.code, "holds parts of 2 candidates" in ran.err) == (2, True), ran.err


def test_check_judges_one_part_or_all(breakfix: Breakfix, place: Path) -> None:
    """Each part keeps its local report, which goes with what is handed in."""
    ran = breakfix("check", "ada/secrets", "--stage", "policy")
    assert (ran.code, "of 100 points are judged later" in ran.out) == (0, True), ran.err
    assert not (place / "ada" / "serving" / ".breakfix-report.json").exists()
    ran = breakfix("check", "--stage", "policy", cwd=place / "ada")
    assert ran.code in {0, 1} and "weight" not in ran.out
    for name in PARTS:
        assert json.loads((place / "ada" / name / ".breakfix-report.json").read_text("utf-8"))["scope"] == "public"
        assert name in ran.out
    breakfix("submit", "ada", "--output", "one.tar.gz")
    breakfix("submit", "ada", "--output", "two.tar.gz")
    assert (place / "one.tar.gz").read_bytes() == (place / "two.tar.gz").read_bytes()
    whole = graded(breakfix, place, "one.tar.gz")
    assert not [
        note for one in whole["parts"] for note in one["report"]["notes"] if "changed after it was packed" in note
    ]


def test_time_is_of_the_whole_and_codes_are_of_parts(breakfix: Breakfix, place: Path) -> None:
    """More minutes are told once; what is noted in any part counts from the first command to the last submit."""
    path = place / "team" / "round.yaml"
    one = rounds.load(path)
    [entry] = one.ledger.entries()
    for name in PARTS:
        ran = breakfix("rehearsed", toys.code(entry.id, one.shipped(one.task(name))), "--round", path)
        assert (ran.code, f"{entry.id}, Ada, part {name}" in ran.out) == (0, True), ran.err
    ran = breakfix("bundle", "--round", path, "--candidate", "Ada", "--extra-minutes", "90", "--output", "again")
    assert "their time: two to five hours, and 1 h 30 min more" in ran.out, ran.err
    readme, rules = ((place / "again" / name).read_text("utf-8") for name in ("README.md", "RULES.md"))
    assert "for all parts together. 1 h 30 min more are yours" in rules
    assert "breakfix doctor --rehearse . " in readme and "a code for each part is printed" in readme
    breakfix("check", "ada/serving", "--stage", "policy")
    breakfix("submit", "ada", "--output", "one.tar.gz")
    whole = graded(breakfix, place, "one.tar.gz")
    hours = whole["hours"]
    assert (hours["planned"], hours["extra_minutes"], hours["command"]) == ("two to five hours", 90, "check")
    assert hours["first"] <= hours["submitted"]
    noted = [told["report"]["hours"] for told in whole["parts"]]
    assert [one["command"] for one in noted] == ["", "check", ""] and not any(one["extra_minutes"] for one in noted)
    (place / "one.json").write_text(json.dumps(whole), "utf-8")
    assert breakfix("bundle", "--round", path, "--candidate", "Ada", "--extra-minutes", "30", "--output", "b").code == 0
    assert "0 min (+30 min)" in breakfix("compare", "one.json", "--round", path).out
    for form in ("terminal", "markdown", "html"):
        assert "1 h 30 min more for this candidate" in breakfix("report", "one.json", "--format", form).out
    assert "1 h 30 min more" not in breakfix("report", "one.json", "--audience", "candidate", "--format", "json").out


def test_a_round_is_graded_compared_and_voided(breakfix: Breakfix, place: Path) -> None:
    """A batch keeps a report on the whole for each, goes on where it was stopped, and a void check of a part re-scores everybody."""
    path = place / "team" / "round.yaml"
    assert breakfix("bundle", "--round", path, "--candidate", "Bo", "--output", "bo").code == 0
    (place / "handed").mkdir()
    for name in ("ada", "bo"):
        breakfix("submit", name, "--output", place / "handed" / f"{name}.tar.gz")
    ran = breakfix("batch", "handed", "--round", path, "--stage", "policy")
    assert ran.code == 0, ran.err
    assert "alike: ada.secrets and the reference share" in ran.err
    reports = place / "handed-reports"
    assert sorted(one.name for one in reports.iterdir()) == [".parts", "ada.html", "ada.json", "bo.html", "bo.json"]
    assert "6 of 6 have their report" in breakfix("batch", "handed", "--round", path, "--stage", "policy").err
    table = json.loads(breakfix("compare", reports, "--round", path, "--format", "json").out)
    assert [row["outcome"] for row in table["rows"]] == ["failed", "failed"]
    assert [one["name"] for one in table["rows"][0]["requirements"]] == list(PARTS)
    ada = entries(path)[0]["id"]
    assert f"{ada}.secrets" in [one["one"] for one in table["alike"]]
    must = next(name for name in table["rows"][0]["unmet"] if name.startswith("pipeline."))
    declared = yaml.safe_load(path.read_text("utf-8"))
    declared["parts"][2]["voided"] = {must.partition(".")[2]: "The ticket of this round did not say so."}
    path.write_text(yaml.safe_dump(declared, sort_keys=False), "utf-8")
    after = json.loads(breakfix("compare", reports, "--round", path, "--format", "json").out)
    assert after["rows"][0]["outcome"] == "passed" and after["rows"][0]["verdicts"][must] == "VOID"
    for form in ("terminal", "csv", "html"):
        assert must in breakfix("compare", reports, "--round", path, "--format", form).out
    declared["parts"][2]["voided"] = {"no-such-check": "There is no such check at all."}
    path.write_text(yaml.safe_dump(declared, sort_keys=False), "utf-8")
    ran = breakfix("compare", reports, "--round", path)
    assert (ran.code, "no check of fork-safe-ci that is installed here is called 'no-such-check'" in ran.err) == (
        2,
        True,
    )


def test_one_scorecard_holds_the_rubrics_of_all_parts(breakfix: Breakfix, place: Path) -> None:
    path = place / "team" / "round.yaml"
    id_ = entries(path)[0]["id"]
    for rater in ("Grace", "Alan"):
        ran = breakfix(
            "scorecard", "new", "--round", path, "--candidate", id_, "--rater", rater, "--output", f"{rater}.yaml"
        )
        assert ran.code == 0, ran.err
        text = (place / f"{rater}.yaml").read_text("utf-8")
        text = re.sub(r"level:  #.*", "level: solid", text)
        text = re.sub(r"evidence: \|-\n      ", f"evidence: {rater} read it in the notes of that part", text)
        (place / f"{rater}.yaml").write_text(text, "utf-8")
    names = list(yaml.safe_load((place / "Alan.yaml").read_text("utf-8"))["ratings"])
    assert list(dict.fromkeys(name.partition(".")[0] for name in names)) == list(PARTS)
    (place / "report.json").write_text(json.dumps(graded(breakfix, place, "ada")), "utf-8")
    ran = breakfix(
        "scorecard", "join", "Grace.yaml", "Alan.yaml", "--round", path, "--report", "report.json", "--decision", "hold",
        "--by", "Nina", "--reasons", "One part of three is still as it was handed out.",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    kept = yaml.safe_load((place / f"decision-{id_}.yaml").read_text("utf-8"))
    assert list(kept["parts"]) == list(PARTS) and list(kept["dimensions"]) == names
    assert kept["advice"]["pass_mark"] == 70


def test_a_twist_is_of_one_part(breakfix: Breakfix, place: Path) -> None:
    ran = breakfix("twist", "ada", "--round", "team/round.yaml", "--part", "serving", "--stage", "policy")
    assert ran.code == 0, ran.err
    (folder,) = place.glob("twist-*-serving")
    assert "For the interviewer only" in ran.out
    assert breakfix("check", folder, "--stage", "policy").code in {0, 1}


def test_a_bundle_checks_all_its_parts_as_its_readme_says(tmp_path: Path, handed_out: Path) -> None:
    """In an empty environment, by the wheel alone; the shared names are known there."""
    shutil.copytree(handed_out / "ada", tmp_path / "ada")
    bundle = bundles.Installed(tmp_path / "ada", bundles.environment(tmp_path))
    done = bundle.shell("pip install --no-deps kit/*.whl")
    assert done.returncode == 0, done.stderr
    checked = bundle.run("--plain", "check", ".", "--stage", "policy")
    assert checked.returncode in {0, 1}, checked.stderr
    for name in PARTS:
        report = json.loads((bundle.folder / name / ".breakfix-report.json").read_text("utf-8"))
        assert {one["check"]["visibility"] for one in report["results"]} == {"public"}
    submitted = bundle.run("submit", ".", "--output", "mine.tar.gz")
    assert submitted.returncode == 0, submitted.stderr


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "one part": ({"parts": [part("a", "fork-safe-ci")]}, "parts: "),
    "one exercise twice": ({"parts": [part("a", "fork-safe-ci"), part("b", "fork-safe-ci")], "names": {}}, "is in two parts"),
    "one folder twice": ({"parts": [part("a", "fork-safe-ci"), part("a", "green-but-wrong")], "names": {}}, "two parts are called 'a'"),
    "another version": ({"parts": [part("a", "fork-safe-ci", version=99), part("b", "green-but-wrong")], "names": {}}, "pinned to version 99"),
    "a name of nothing": ({"names": {"platform": {"to": ["a", "b"], "parts": {"secrets": {"no-such": "{}-x"}}}, "token": NAMES["token"]}}, "has no name 'no-such'"),
    "no part": ({"names": {"platform": {"to": ["a", "b"], "parts": {"nowhere": {"x": "{}"}}}, "token": NAMES["token"]}}, "no part is called 'nowhere'"),
    "a word that is there": ({"names": {**NAMES, "token": {"to": ["manifests", "gate-token"], "parts": {"secrets": {"api-token": "{}"}}}}}, "manifests stands in credentials-rotated already"),
    "one namespace for two": (
        {"names": {**NAMES, "platform": {"to": ["harbour", "juniper"], "parts": {"secrets": {"risk-scoring": "{}-one"}, "serving": {"fraud-serving": "{}-one"}}}}},
        "at once",
    ),
    "a word of the story": ({"names": {}}, "story.md has words that are none of the round's names: platform, token"),
    "an exercise beside parts": ({"exercise": "fork-safe-ci"}, "exercise belongs into a part"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_round_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    other, words = BAD[name]
    with pytest.raises(InputError) as caught:
        rounds.load(write_takehome(tmp_path, **other))
    assert words in str(caught.value) and "round.yaml:" in str(caught.value)


def test_a_story_is_asked_for(tmp_path: Path) -> None:
    path = write_takehome(tmp_path)
    (tmp_path / "story.md").unlink()
    with pytest.raises(InputError, match=r"story\.md is missing"):
        rounds.load(path)
