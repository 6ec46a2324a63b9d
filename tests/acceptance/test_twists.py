"""A fresh fault in a candidate's own workspace: proven, in a new folder, and told to the interviewer alone."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from harness.exercises import exercise as exercises
from harness.exercises import faults, marker, variants
from harness.hiring import rounds
from harness.runs import practice

from .conftest import Breakfix
from .rounds import SLUG, write_round

POLICY = ("--stage", "policy")
DEBRIEF = faults.solution_of(exercises.load(SLUG)) / "DEBRIEF.md"


@pytest.fixture
def fixed(tmp_path: Path) -> tuple[Path, Path]:
    """A round, and its one candidate's workspace, repaired as the reference is."""
    path = write_round(tmp_path / "team")
    one = rounds.load(path)
    entry = one.ledger.add("Ada Lovelace")
    folder = tmp_path / "ada"
    repaired(folder, one.exercise_of(entry), entry.id)
    return path, folder


def repaired(folder: Path, exercise: exercises.Exercise, candidate: str = "", source: str = "reference") -> None:
    practice.fill(exercise, folder)
    marker.write(exercise, folder, candidate)
    for file, text in faults.texts(exercise, faults.solution_of(exercise) / source).items():
        if exercise.may_edit(file):
            (folder / file).write_text(text, "utf-8")


def prints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def failing(breakfix: Breakfix, folder: Path, *args: str | Path) -> set[str]:
    report = json.loads(breakfix("grade", folder, *POLICY, *args, "--format", "json").out)
    return {one["check"]["id"] for one in report["results"] if one["verdict"] == "FAIL"}


def test_an_unseen_fault_goes_into_a_copy(breakfix: Breakfix, tmp_path: Path, fixed: tuple[Path, Path]) -> None:
    """The submission stays as it was; what fails is declared; the candidate's folder tells nothing."""
    path, folder = fixed
    one = rounds.load(path)
    exercise = one.exercise_of(one.ledger.entries()[0])
    had = {fault.id for fault in variants.faults_of(exercise, exercise.seed)}
    before = prints(folder)
    ran = breakfix("twist", folder, "--round", path, *POLICY)
    assert ran.code == 0, ran.err
    (new,) = tmp_path.glob("twist-*")
    assert prints(folder) == before
    broken = next(
        fault for fault in faults.load(exercise) if f"Broken now: {fault.id}, not in their variant" in ran.out
    )
    assert broken.id not in had
    failed = failing(breakfix, new, "--round", path)
    assert failed and failed <= set(broken.caught_by)
    for words in ("For the interviewer only", *failed, "when stuck, where to look", "Ask: "):
        assert words in ran.out
    written = prints(new)
    assert set(written) == {name for name in before if name != "NOTES.md"}
    assert {name for name in written if written[name] != before[name]} == {edit.file for edit in broken.edits}
    texts = "".join(file.read_text("utf-8") for file in new.rglob("*") if file.is_file())
    for secret in (broken.id, broken.claim, "twist", "Lovelace", str(one.tasks[0].seed)):
        assert secret not in texts, secret


def test_a_seed_fixes_the_choice(breakfix: Breakfix, fixed: tuple[Path, Path]) -> None:
    """The same number, the same fault for all of a round; other numbers, others."""
    path, folder = fixed
    told = {}
    for seed in range(6):
        args = ("twist", folder, "--round", path, *POLICY, "--seed", str(seed))
        first, second = (breakfix(*args, "--output", f"{name}-{seed}") for name in ("a", "b"))
        assert first.code == 0
        assert first.out.replace(f"a-{seed}", "") == second.out.replace(f"b-{seed}", "")
        told[seed] = first.out.partition("Broken now: ")[2].partition(",")[0]
    assert len(set(told.values())) > 1


def test_a_fault_can_be_named_and_one_that_they_repaired_is_said_to_be(
    breakfix: Breakfix, fixed: tuple[Path, Path]
) -> None:
    path, folder = fixed
    ran = breakfix("twist", folder, "--round", path, *POLICY, "--fault", "selector")
    assert (ran.code, "Broken now: selector, one that was in their variant and that they" in ran.out) == (0, True)
    ran = breakfix("twist", folder, "--round", path, *POLICY, "--fault", "no-such", "--output", "other")
    assert (ran.code, "has no fault 'no-such'; it has secret-key" in ran.err) == (2, True)


def test_where_all_faults_were_there_one_that_was_repaired_comes_back(breakfix: Breakfix, tmp_path: Path) -> None:
    """The shipped workspace has all of them; practice workspaces need no round, and archives are taken too."""
    repaired(tmp_path / "mine", exercises.load(SLUG))
    ran = breakfix("submit", "mine")
    assert ran.code == 0
    ran = breakfix("twist", "submission.tar.gz", *POLICY)
    assert (ran.code, "one that was in their variant" in ran.out) == (0, True), ran.err
    assert (tmp_path / "twist-submission" / "manifests" / "deployment.yaml").is_file()


def test_what_cannot_be_put_in_is_said_and_the_next_is_tried(breakfix: Breakfix, fixed: tuple[Path, Path]) -> None:
    """A text that stands elsewhere, twice or not at all, and a file that is gone."""
    path, folder = fixed
    one = rounds.load(path)
    exercise = one.exercise_of(one.ledger.entries()[0])
    had = variants.faults_of(exercise, exercise.seed)
    first = next(fault for fault in faults.load(exercise) if fault not in had)
    changed = folder / first.edits[0].file
    line = exercise.renaming.text(first.edits[0].find).strip().splitlines()[0]
    before = changed.read_text("utf-8")
    changed.write_text(before.replace(line, f"{line}  # mine"), "utf-8")
    ran = breakfix("twist", folder, "--round", path, *POLICY)
    assert ran.code == 0
    assert f"not {first.id}: the text that it changes stands 0 times in {first.edits[0].file}, not once" in ran.out
    assert f"Broken now: {first.id}" not in ran.out
    changed.write_text(before, "utf-8")
    deployment = folder / "manifests" / "deployment.yaml"
    text = deployment.read_text("utf-8")
    deployment.write_text(text.replace("            - --host=0.0.0.0\n", 2 * "            - --host=0.0.0.0\n"), "utf-8")
    ran = breakfix("twist", folder, "--round", path, *POLICY, "--fault", "loopback", "--output", "other")
    assert (ran.code, "stands 2 times" in ran.out) == (1, True), ran.out + ran.err


def test_a_fault_that_is_there_already_is_no_twist(breakfix: Breakfix, fixed: tuple[Path, Path]) -> None:
    """A submission that still has it has no place for it; nor has one whose checks fail for another reason."""
    path, folder = fixed
    services = folder / "manifests" / "services.yaml"
    services.write_text(services.read_text("utf-8").replace("targetPort: http", "targetPort: htpp"), "utf-8")
    ran = breakfix("twist", folder, "--round", path, *POLICY, "--fault", "selector")
    assert (ran.code, "not selector: no check that passed before sees it; the live stage might" in ran.out) == (1, True)


def test_where_no_fault_applies_nothing_is_written_and_the_debrief_helps(
    breakfix: Breakfix, tmp_path: Path, fixed: tuple[Path, Path]
) -> None:
    """A sound repair in words of its own: exit 1, every reason, and a question in place of the twist."""
    path, folder = fixed
    for file in (folder / "manifests").iterdir():
        file.write_text("\n".join(f"{line}  # mine" if line else "" for line in file.read_text("utf-8").splitlines()))
    before = prints(folder)
    ran = breakfix("twist", folder, "--round", path, *POLICY)
    assert (ran.code, "No fault can be put into this submission; nothing was written" in ran.out) == (1, True), ran.err
    for fault in faults.load(exercises.load(SLUG)):
        assert f"not {fault.id}: " in ran.out
    assert "Talk in its place" in ran.out
    _, _, question = ran.out.partition("Ask: ")
    assert " ".join(question.split()[:6]) in " ".join(DEBRIEF.read_text("utf-8").split())
    assert prints(folder) == before
    assert not list(tmp_path.glob("twist-*")) and not list(tmp_path.glob(".twist-*"))


def test_a_submission_that_cannot_be_read_is_told(breakfix: Breakfix, fixed: tuple[Path, Path]) -> None:
    path, folder = fixed
    (folder / "manifests" / "services.yaml").write_text("a: [", "utf-8")
    ran = breakfix("twist", folder, "--round", path, *POLICY)
    assert (ran.code, "nothing can be put into this submission, as files-readable fails" in ran.err) == (2, True)
    assert "services.yaml:1 is not valid YAML" in ran.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["twist", "ada", *POLICY], "stands in the round's ledger; give --round"),
        (["twist", "ada", *POLICY, "--candidate", "x"], "--candidate needs --round"),
        (["twist", "ada", *POLICY, "--round", "team/round.yaml", "--candidate", "zzzz"], "has the id 'zzzz'"),
        (["twist", "ada", *POLICY, "--round", "team/round.yaml", "--exercise", SLUG], "leave out --exercise"),
        (["twist", "nowhere", *POLICY], "is neither a folder nor an archive"),
        (["twist", "team", *POLICY], "is not a workspace"),
        (["twist", "ada", *POLICY, "--round", "team/round.yaml", "--output", "team"], "is left as it is; name a new"),
        (["twist", "ada", *POLICY, "--round", "team/round.yaml", "--output", "ada/new"], "is inside the submission"),
        (["twist", "ada", *POLICY, "--round", "team/round.yaml", "--output", "no/new"], "there is no folder"),
        (["twist", "ada", "--stage", "live"], "Invalid value for '--stage'"),
    ],
)
def test_wrong_use_is_told(
    breakfix: Breakfix, tmp_path: Path, fixed: tuple[Path, Path], args: list[str], words: str
) -> None:
    ran = breakfix(*args)
    assert (ran.code, ran.out, words in ran.err) == (2, "", True), ran.err
    assert not list(tmp_path.glob("twist-*"))
    assert fixed[1].is_dir()


def test_a_seed_in_the_marker_counts_for_nothing(breakfix: Breakfix, fixed: tuple[Path, Path]) -> None:
    """Whose it is may be said; what the submission says of itself does not choose the fault."""
    path, folder = fixed
    honest = breakfix("twist", folder, "--round", path, *POLICY, "--output", "a").out
    told = json.loads((folder / ".breakfix.json").read_text("utf-8"))
    (folder / ".breakfix.json").write_text(json.dumps(told | {"seed": 3, "names": {}}), "utf-8")
    assert breakfix("twist", folder, "--round", path, *POLICY, "--output", "b").out.replace(" b,", " a,") == honest


def test_without_the_solution_there_is_no_fault(breakfix: Breakfix, tmp_path: Path, fixed: tuple[Path, Path]) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(exercises.load(SLUG).folder, pack / "exercises" / SLUG)
    ran = breakfix("twist", fixed[1], "--exercise", SLUG, *POLICY, "--pack", pack)
    assert (ran.code, "the solution of serving-never-ready is not on this machine" in ran.err) == (2, True)


def test_without_an_engine_nothing_is_proven_and_nothing_written(
    breakfix: Breakfix, tmp_path: Path, fixed: tuple[Path, Path]
) -> None:
    """The machine's failure is exit 3, not a fault that cannot be put in."""
    path, folder = fixed
    ran = breakfix(
        "twist", folder, "--round", path, env={"PATH": "/nowhere", "DOCKER_HOST": "unix:///nowhere/engine.sock"}
    )
    assert (ran.code, "DOCKER_HOST" in ran.err) == (3, True), ran.err
    assert not list(tmp_path.glob("*twist-*"))
