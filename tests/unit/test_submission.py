"""A candidate's folder is data: what is taken, what is left, what is told."""

import os
from pathlib import Path

import pytest

from harness import exercise as exercises
from harness.errors import InputError
from harness.exercise import Exercise
from harness.folders import MAX_FILES
from harness.submission import collect


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
