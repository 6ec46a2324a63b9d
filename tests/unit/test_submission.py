"""A candidate's folder is data: what is taken, what is left, what is told."""

import os
import shutil
from pathlib import Path

import pytest

from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.files.yamlfile import Problem
from harness.intake.folders import MAX_FILES
from harness.intake.submission import collect

PIPELINE = exercises.load("green-but-wrong")


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return exercises.load("serving-never-ready")


@pytest.fixture
def folder(exercise: Exercise, tmp_path: Path) -> Path:
    for path in (exercise.workspace / "manifests").iterdir():
        (tmp_path / "manifests").mkdir(exist_ok=True)
        (tmp_path / "manifests" / path.name).write_bytes(path.read_bytes())
    return tmp_path


def told(exercise: Exercise, folder: Path) -> list[str]:
    return [f"{problem.file}:{problem.line} {problem.message}" for problem in collect(exercise, folder).problems]


def test_the_pristine_rest_comes_from_the_exercise(exercise: Exercise, folder: Path) -> None:
    """A protected file that was changed or left out is graded as the exercise ships it."""
    (folder / "platform").mkdir()
    (folder / "platform" / "secret.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: mine}\n")
    submission = collect(exercise, folder)
    assert not submission.problems
    assert [one.name for one in submission.manifests if one.kind == "Secret"] == ["scoring-credentials"]
    assert submission.notes == ("platform/secret.yaml is not yours to edit: the original is graded in its place",)


def test_lists_are_flattened(exercise: Exercise, folder: Path) -> None:
    """The items of a List are objects like any other, with their own lines."""
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n"
    (folder / "manifests" / "more.yaml").write_text(text)
    found = [one for one in collect(exercise, folder).manifests if one.kind == "ConfigMap"]
    assert [(one.name, one.line) for one in found] == [("a", 4), ("b", 5)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x01\x02", "binary file"),
        (b"# caf\xe9\n", "not UTF-8"),
        (b"\xff\xfea", "not UTF-8"),
        (b"\xff\xfe\x00\x00", "binary file"),
        (b"- a\n- b\n", "a list where a Kubernetes object"),
        (b"just words\n", "plain text where a Kubernetes object"),
        (b"a: 1\n", "without apiVersion and kind"),
        (b"apiVersion: v1\nkind: ConfigMap\n", "without metadata.name"),
        (b"apiVersion: v1\nkind: [a]\n", "without kind"),
        (b"apiVersion: v1\nkind: ConfigMap\nmetadata: [a]\n", "without metadata.name"),
        (b"apiVersion: v1\nkind: List\nitems: {a: 1}\n", "whose items are no list"),
        (b"x" * 2_000_000, "at most 1 MB"),
    ],
)
def test_a_bad_file_is_named(exercise: Exercise, folder: Path, content: bytes, words: str) -> None:
    """Whatever an editable file holds, the finding names the file and what is wrong with it."""
    (folder / "manifests" / "extra.yaml").write_bytes(content)
    assert [words in one and one.startswith("manifests/extra.yaml:") for one in told(exercise, folder)] == [True]


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"---\n---\n"])
def test_a_file_without_an_object_is_a_note(exercise: Exercise, folder: Path, content: bytes) -> None:
    """It does no harm, as `kubectl apply` goes on past it, too; where no other file holds one, nothing is left to grade."""
    (folder / "manifests" / "extra.yaml").write_bytes(content)
    submission = collect(exercise, folder)
    assert (submission.problems, len(submission.notes)) == ((), 1)
    assert submission.notes[0].startswith("manifests/extra.yaml holds nothing but comments")
    for path in (folder / "manifests").iterdir():
        path.write_bytes(content)
    assert ["no object is left" in one for one in told(exercise, folder)] == [True]


def test_a_file_that_holds_nothing_says_what_to_do(exercise: Exercise, folder: Path) -> None:
    (folder / "manifests" / "extra.yaml").write_bytes(b"")
    assert collect(exercise, folder).notes[0].endswith("; remove the file")


def test_an_object_in_two_files_is_named_with_both(exercise: Exercise, folder: Path) -> None:
    """A browser's copy, or a repair beside what it repairs: the check that fails names only the first place."""
    (folder / "manifests" / "deployment (1).yaml").write_bytes((folder / "manifests" / "deployment.yaml").read_bytes())
    submission = collect(exercise, folder)
    assert submission.problems == ()
    assert submission.notes == (
        "Deployment/fraud-scorer is declared more than once, in manifests/deployment (1).yaml:1, manifests/deployment.yaml:1; keep one",
    )
    (folder / "manifests" / "deployment (1).yaml").unlink()
    assert collect(exercise, folder).notes == ()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "1 is a pointer of git-lfs"),
        (b"a: 1\nb: 2\n" + bytes(512), "3 holds U+0000 (NUL)"),
        (b"# caf\xc3\xa9\n# \x0c\n", "2 is not valid YAML: it holds U+000C (form feed)"),
        ("# a\na: 1\n\u00a0\u00a0b: 2\n  c: 3\n".encode(), "3 is not valid YAML: it holds U+00A0 (no-break space)"),
    ],
)
def test_what_befell_a_file_is_told_with_its_line(exercise: Exercise, folder: Path, content: bytes, told: str) -> None:
    (folder / "manifests" / "extra.yaml").write_bytes(content)
    found = [f"{problem.line} {problem.message}" for problem in collect(exercise, folder).problems]
    assert [one.startswith(told) for one in found] == [True], found


def test_a_workspace_too_deep_is_told_with_the_limit(exercise: Exercise, folder: Path, tmp_path: Path) -> None:
    deep = tmp_path / "all"
    (deep / "a/b/c/d/e").mkdir(parents=True)
    (folder / "manifests").rename(deep / "a/b/c/d/e/manifests")
    found = [f"{problem.file} {problem.message}" for problem in collect(exercise, deep).problems]
    told = "was not read: its workspace is looked for at most 4 folders down; hand in a/b/c/d/e/ itself; manifests/"
    assert found[0].startswith(f"a/b/c/d/e/manifests/deployment.yaml {told}"), found


def test_a_file_where_a_folder_belongs_is_told(exercise: Exercise, tmp_path: Path) -> None:
    """As a finding where objects are missing that stood in that folder."""
    (tmp_path / "manifests").write_text("apiVersion: v1\n")
    first = collect(exercise, tmp_path).problems[0]
    assert (first.file, first.line) == ("manifests", 1)
    assert first.message.startswith("is a file where the folder manifests/ belongs; put what it holds into files")


def test_what_was_wrong_with_the_archive_comes_first_and_alone(exercise: Exercise, tmp_path: Path) -> None:
    """That no file is there is no news where none could be unpacked."""
    broken = Problem("a.zip", 1, "is encrypted")
    assert collect(exercise, tmp_path, unpacking=[broken]).problems == (broken,)


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """The workspace of an exercise that needs .github/workflows/train.yml."""
    shutil.copytree(PIPELINE.workspace, tmp_path / "pipeline")
    return tmp_path / "pipeline"


def test_a_needed_file_that_differs_by_case_is_named(pipeline: Path) -> None:
    workflows = pipeline / ".github" / "workflows"
    (workflows / "train.yml").rename(workflows / "Train.yml")
    submission = collect(PIPELINE, pipeline)
    assert submission.problems == ()
    assert [note for note in submission.notes if note.startswith(".github/workflows/Train.yml differs only by case")]


@pytest.mark.parametrize("content", [b"", b"# on hold\n", b"---\nnull\n"])
def test_a_workflow_that_holds_nothing_is_a_finding_where_it_is_needed(pipeline: Path, content: bytes) -> None:
    """Another one is a note, as a manifest is."""
    workflows = pipeline / ".github" / "workflows"
    (workflows / "spare.yml").write_bytes(content)
    submission = collect(PIPELINE, pipeline)
    assert submission.problems == ()
    assert submission.notes == (".github/workflows/spare.yml holds nothing but comments, if anything; remove the file",)
    (workflows / "train.yml").write_bytes(content)
    told = "holds nothing but comments, if anything; the exercise needs .github/workflows/train.yml"
    assert collect(PIPELINE, pipeline).problems == (Problem(".github/workflows/train.yml", 1, told),)


def test_a_workflow_in_a_folder_of_its_own_is_a_finding_where_it_is_needed(pipeline: Path) -> None:
    """GitHub reads none there; beside the needed one it is a note, which no longer says that it is empty."""
    workflows = pipeline / ".github" / "workflows"
    (workflows / "old").mkdir()
    shutil.copy(workflows / "train.yml", workflows / "old")
    submission = collect(PIPELINE, pipeline)
    words = (
        ".github/workflows/old/train.yml is no workflow, since GitHub reads only those directly in .github/workflows/"
    )
    assert submission.problems == ()
    assert submission.notes == (f"{words}; move it there if it is meant",)
    (workflows / "train.yml").unlink()
    (problem,) = collect(PIPELINE, pipeline).problems
    assert f"{problem.file} {problem.message}" == f"{words}; the exercise needs .github/workflows/train.yml"


@pytest.mark.parametrize("more", [(), ("ci",)])
def test_a_hidden_folder_that_was_left_out_is_named(pipeline: Path, more: tuple[str, ...]) -> None:
    """Whether or not other files that may be edited are there."""
    for name in {".github", "ci"} - {*more}:
        shutil.rmtree(pipeline / name)
    (problem,) = collect(PIPELINE, pipeline).problems
    assert problem.file.startswith(".github/workflows/")
    assert problem.message.startswith("is missing")
    assert "nothing of .github/ was handed in: what packs files often leaves out folders whose names" in problem.message


def test_a_script_that_is_not_utf_8_is_a_finding(pipeline: Path) -> None:
    """As Python itself refuses it; what the checks would read is not what would run."""
    script = pipeline / "ci" / "quality_gate.py"
    script.write_bytes(b"import os\n" + "# Prüfung\n".encode("latin-1") + script.read_bytes())
    told = Problem("ci/quality_gate.py", 2, "is not UTF-8 text; save it as UTF-8")
    assert collect(PIPELINE, pipeline).problems == (told,)


def test_a_huge_file_is_not_read(exercise: Exercise, folder: Path) -> None:
    """50 MB are refused by their size."""
    with (folder / "manifests" / "huge.yaml").open("wb") as file:
        file.truncate(50_000_000)
    assert told(exercise, folder) == ["manifests/huge.yaml:1 is 50.0 MB large; at most 1 MB is read"]


def test_links_are_not_followed(exercise: Exercise, folder: Path) -> None:
    """A link to a file is a finding, a link to a folder is left alone, and neither is read."""
    secret = folder.parent / "outside.yaml"
    secret.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: outside}\n")
    (folder / "manifests" / "link.yaml").symlink_to(secret)
    (folder / "more").symlink_to("/etc")
    submission = collect(exercise, folder)
    assert ["symbolic link" in problem.message for problem in submission.problems] == [True]
    assert "outside" not in [one.name for one in submission.manifests]


def test_a_pipe_does_not_block(exercise: Exercise, folder: Path) -> None:
    """A named pipe is a finding; opening it does not wait for a writer."""
    os.mkfifo(folder / "manifests" / "pipe.yaml")
    assert told(exercise, folder) == ["manifests/pipe.yaml:1 is not a regular file; remove it"]


def test_missing_manifests_are_told(exercise: Exercise, tmp_path: Path) -> None:
    """An empty folder is a submission with a finding."""
    assert [problem.message.startswith("is missing") for problem in collect(exercise, tmp_path).problems] == [True]


def test_too_many_files_are_told(exercise: Exercise, folder: Path) -> None:
    """Reading ends at a bound."""
    for number in range(MAX_FILES + 5):
        (folder / "manifests" / f"f{number:04}.yaml").write_text(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
        )
    assert any("one too many" in one for one in told(exercise, folder))


def test_strange_names_are_shown_safely(exercise: Exercise, folder: Path) -> None:
    """A name with control characters is a finding that can be printed."""
    (folder / "manifests" / "a\nb\u202e.yaml").write_text("apiVersion: v1\n")
    assert told(exercise, folder) == [
        "manifests/a?b?.yaml:1 has a name with characters that cannot be shown; rename it"
    ]


def test_no_folder_is_an_input_error(exercise: Exercise, tmp_path: Path) -> None:
    """A path that is no folder cannot be graded."""
    with pytest.raises(InputError, match="is not a folder"):
        collect(exercise, tmp_path / "nowhere")


def test_digests_tell_edits_apart(exercise: Exercise, folder: Path) -> None:
    """The hash of the editable files changes with them; that of the protected files does not."""
    before = collect(exercise, folder)
    (folder / "manifests" / "services.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    after = collect(exercise, folder)
    assert before.digest(editable=True) != after.digest(editable=True)
    assert before.digest(editable=False) == after.digest(editable=False)
