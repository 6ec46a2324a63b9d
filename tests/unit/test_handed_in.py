"""What people hand in by accident: read where it is harmless and meant, named with what to do where it is not."""

import bz2
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from breakfix.receiving import received
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults, marker
from harness.exercises.exercise import Exercise
from harness.intake import archives, members, workplace

Files = dict[str, bytes]
DEPLOYMENT, SERVICES = "manifests/deployment.yaml", "manifests/services.yaml"
TWIN = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(140)
HEADER = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n"


@dataclass(frozen=True)
class Read:
    """What was read of a submission."""

    editable: Files
    problems: list[str]
    notes: list[str]


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return exercises.load("serving-never-ready")


@pytest.fixture(scope="module")
def good(exercise: Exercise, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The reference as a candidate has it: its files, the ticket, the notes and the marker."""
    folder = tmp_path_factory.mktemp("marker")
    marker.write(exercise, folder)
    files = {path: text.encode() for path, text in faults.reference_files(exercise).items()}
    return files | {
        "README.md": b"# Ticket\n",
        "NOTES.md": b"mine\n",
        ".breakfix.json": (folder / ".breakfix.json").read_bytes(),
    }


def read(path: Path, *, slug: str | None = None) -> Read:
    with ExitStack() as stack:
        found = stack.enter_context(received(path, slug=slug)).submission
        problems = [f"{one.file}:{one.line} {one.message}" for one in found.problems]
        return Read({one.path: one.data for one in found.files if one.editable}, problems, list(found.notes))


def below(folder: str, files: Mapping[str, bytes]) -> Files:
    return {f"{folder}/{path}": data for path, data in files.items()}


def unpacked(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def tarred(files: Mapping[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return plain.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def as_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    return unpacked(path, files)


def as_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    path.with_suffix(".tar").write_bytes(tarred(files))
    return path.with_suffix(".tar")


def as_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    path.with_suffix(".zip").write_bytes(zipped(files))
    return path.with_suffix(".zip")


Way = Callable[[Path, Mapping[str, bytes]], Path]
WAYS: list[Way] = [as_folder, as_tar, as_zip]


def is_good(found: Read, good: Files) -> None:
    assert found.problems == []
    assert found.editable == {path: good[path] for path in (DEPLOYMENT, SERVICES)}


# What was done to the right files, and what a note says of it, if one does.
HARMLESS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "one folder down": (lambda good: below("fraud-main", good), ""),
    "two folders down": (lambda good: below("fraud-main/workspace", good) | {"fraud-main/checks/test_a.py": b""}, ""),
    "three folders down": (lambda good: below("a/b/c", good), ""),
    "Finder": (
        lambda good: below("s", good) | {"s/.DS_Store": b"\0\0", "s/manifests/.DS_Store": b"\0"}
        | {f"__MACOSX/s/{path}": TWIN for path in ("manifests/._deployment.yaml", "._NOTES.md")},
        "",
    ),
    "AppleDouble twins": (lambda good: good | {"manifests/._deployment.yaml": TWIN, "._NOTES.md": TWIN}, ""),
    "Explorer's and editors' leftovers": (
        lambda good: good | {"Thumbs.db": b"\0", "manifests/desktop.ini": b"[x]", "manifests/.deployment.yaml.swp": b"\0",
                             "manifests/deployment.yaml~": HEADER, "manifests/.ipynb_checkpoints/services.yaml": HEADER},
        "",
    ),
    "moved aside by reset": (
        lambda good: below("workspace", good) | below("workspace.before-reset-1", good | {DEPLOYMENT: b"old"}), ""),
    "node_modules": (lambda good: {f"node_modules/p{n}/package.json": b"{}" for n in range(3_000)} | good, ""),
    "an environment": (lambda good: {f".venv/lib/f{n}.py": b"" for n in range(3_000)} | good, ""),
    "many others first": (lambda good: {f"data/f{n}.csv": b"1" for n in range(3_000)} | good, "data/ (3000 files) is not"),
    "large others first": (
        lambda good: {f"data/f{n}.csv": bytes(2_000_000) for n in range(18)} | good, "data/ (18 files) is not part"),
    "a file of comments": (lambda good: good | {"manifests/old.yaml": b"# moved to deployment.yaml\n"}, ""),
    "CRLF": (lambda good: {path: data.replace(b"\n", b"\r\n") for path, data in good.items()}, ""),
    "UTF-8 with a mark": (lambda good: good | {SERVICES: b"\xef\xbb\xbf" + good[SERVICES]}, ""),
    "UTF-16": (lambda good: good | {SERVICES: good[SERVICES].decode().encode("utf-16")}, ""),
    "UTF-16, big end first": (
        lambda good: good | {SERVICES: b"\xfe\xff" + good[SERVICES].decode().encode("utf-16-be")}, ""),
    "a kustomization that lists": (
        lambda good: good | {"manifests/kustomization.yaml": b"resources: [deployment.yaml, services.yaml]\n"},
        "manifests/kustomization.yaml is a kustomization that only lists files"),
    "a kustomization outside": (
        lambda good: good | {"kustomization.yaml": b"namePrefix: x-\n"}, "kustomization.yaml is a kustomization, which"),
    "a chart outside": (
        lambda good: good | {"chart/Chart.yaml": b"name: x\n", "chart/templates/d.yaml": b"{{ x }}"},
        "chart/templates/d.yaml is of a Helm chart, which is not rendered"),
    "a backup by another name": (
        lambda good: good | {"manifests/deployment.yaml.txt": HEADER}, "manifests/deployment.yaml.txt was not read, for its"),
    "JSON beside": (lambda good: good | {"manifests/more.json": b"{}"}, "manifests/more.json is JSON, which was not read"),
    "an older copy elsewhere": (
        lambda good: good | {"old/deployment.yaml": HEADER}, "old/deployment.yaml was not read: it is not where you may"),
    "other files like the workspace's": (
        lambda good: below("x/workspace", good) | {"x/manifests/deployment.yaml": HEADER},
        "x/ holds files like the workspace's and was not read: what is graded is x/workspace/"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_is_read(tmp_path: Path, good: Files, way: Way, name: str) -> None:
    """The right files are read as ever, whatever lies beside or around them."""
    change, words = HARMLESS[name]
    found = read(way(tmp_path / "handed", change(good)))
    for path in [one for one in found.editable if not one.startswith(("manifests/deployment", "manifests/services"))]:
        assert path in {"manifests/old.yaml", "manifests/kustomization.yaml"}
        del found.editable[path]
    is_good(found, good)
    assert any(note.startswith(words) for note in [*found.notes, ""])
    assert not any("._" in note or "platform/" in note for note in found.notes)


# What stands in place of a right file, and the finding.
MEANT: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a name of Notepad's": (
        lambda good: moved(good, DEPLOYMENT, "manifests/deployment.yaml.txt"),
        "manifests/deployment.yaml.txt:1 was not read, for its ending; if it is meant, rename it"),
    "JSON": (
        lambda good: moved(good, DEPLOYMENT, "manifests/deployment.json"),
        "manifests/deployment.json:1 is JSON, which was not read; write it as YAML"),
    "capital letters": (
        lambda good: moved(good, DEPLOYMENT, "manifests/Deployment.YAML"),
        "manifests/Deployment.YAML:1 was not read, for its capital letters"),
    "a wrong folder": (
        lambda good: moved(good, DEPLOYMENT, "k8s/deployment.yaml"),
        "k8s/deployment.yaml:1 was not read: it is not where you may edit"),
    "the top": (
        lambda good: moved(good, DEPLOYMENT, "deployment.yaml"), "deployment.yaml:1 was not read: it is not where"),
    "nothing where it belongs": (
        lambda good: moved(moved(good, DEPLOYMENT, "k8s/deployment.yaml"), SERVICES, "k8s/services.yaml"),
        "matches what you may edit; k8s/deployment.yaml, k8s/services.yaml was not read"),
    "a kustomization": (
        lambda good: good | {"manifests/kustomization.yaml": b"resources: [deployment.yaml]\npatches: [{path: p.yaml}]\n"},
        "manifests/kustomization.yaml:1 is a kustomization, which is not built here"),
    "an overlay": (
        lambda good: good | {"manifests/o/kustomization.yml": b"resources: [../base]\n"},
        "manifests/o/kustomization.yml:1 is a kustomization, which is not built here"),
    "a chart": (
        lambda good: good | {"manifests/Chart.yaml": b"apiVersion: v2\nname: x\n"},
        "manifests/Chart.yaml:1 is of a Helm chart, which is not rendered here"),
    "a template": (
        lambda good: good | {DEPLOYMENT: good[DEPLOYMENT].replace(b"replicas: 2", b"replicas: {{ .Values.replicas }}")},
        "holds a template ({{ … }}), which is not rendered here"),
    "two of them": (
        lambda good: below("mine", good) | below("mine copy", good),
        "holds 2 places that look like the workspace: mine/, mine copy/; hand in one of them"),
    "UTF-16 without its mark": (
        lambda good: good | {SERVICES: good[SERVICES].decode().encode("utf-16-le")}, "manifests/services.yaml:1 is "),
}  # fmt: skip


def moved(files: Files, old: str, new: str) -> Files:
    return {new if path == old else path: data for path, data in files.items()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MEANT)
def test_what_was_meant_and_not_read_is_a_finding(tmp_path: Path, good: Files, way: Way, name: str) -> None:
    change, words = MEANT[name]
    found = read(way(tmp_path / "handed", change(good)))
    assert any(words in one for one in found.problems), found
    assert len(found.problems) <= 3


@pytest.mark.parametrize("pack", [
    bz2.compress, lzma.compress,
    lambda data: bz2.compress(data[:5_000]) + bz2.compress(data[5_000:]),
    lambda data: zipped({"artifact/submission.tar.gz": lzma.compress(data)}),
])  # fmt: skip
def test_other_packings_are_read(tmp_path: Path, good: Files, pack: Callable[[bytes], bytes]) -> None:
    """bzip2 and xz, streams behind each other, and an archive that was packed once more."""
    (tmp_path / "handed").write_bytes(pack(tarred(good)))
    is_good(read(tmp_path / "handed"), good)


@pytest.mark.parametrize("way", WAYS)
def test_a_workspace_without_marker_is_read_where_the_exercise_is_named(tmp_path: Path, good: Files, way: Way) -> None:
    """As after `tar czf x.tar.gz fraud/*`; where it is not named, nobody can say of what it is."""
    path = way(
        tmp_path / "handed", below("fraud", {path: data for path, data in good.items() if path != ".breakfix.json"})
    )
    is_good(read(path, slug="serving-never-ready"), good)
    with pytest.raises(InputError, match=r"no \.breakfix\.json is in it or in its folders"):
        read(path)


@pytest.mark.parametrize("way", WAYS)
def test_workspaces_of_several_people_are_no_submission(tmp_path: Path, good: Files, way: Way) -> None:
    other = good | {".breakfix.json": good[".breakfix.json"].replace(b"serving-never-ready", b"credentials-rotated")}
    path = way(tmp_path / "handed", below("ada", good) | below("bob", other))
    with pytest.raises(InputError, match="holds 2 workspaces of different exercises or people"):
        read(path)


def test_other_archives_are_named(tmp_path: Path) -> None:
    (tmp_path / "handed.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(50))
    with pytest.raises(InputError, match=r"handed\.7z is a \.7z, which is not read; hand in a \.tar\.gz or \.zip"):
        read(tmp_path / "handed.7z")


def test_a_plain_tar_that_was_cut_is_told(tmp_path: Path, good: Files) -> None:
    (tmp_path / "handed.tar").write_bytes(tarred(good)[:4_000])
    assert any(
        "is damaged, cut off" in one for one in read(tmp_path / "handed.tar", slug="serving-never-ready").problems
    )


@pytest.mark.parametrize("hostile", [
    {"manifests\\..\\..\\outside.yaml": HEADER}, {"C:\\outside.yaml": HEADER}, {"\\outside.yaml": HEADER},
    {"node_modules/../../outside.yaml": HEADER}, {"manifests\\deployment.yaml": HEADER},
    {"Manifests/x.yaml": HEADER, "manifests/X.yaml": HEADER, "manifests/x.yaml": HEADER},
])  # fmt: skip
@pytest.mark.parametrize("way", [as_tar, as_zip])
def test_names_that_mean_harm_are_refused(tmp_path: Path, good: Files, way: Way, hostile: Files) -> None:
    """By backslashes as by slashes, and where others are passed over; two names for one file are one too many."""
    found = read(way(tmp_path / "handed", good | hostile))
    assert len(found.problems) == 1
    assert "leads out of the archive" in found.problems[0] or "has the same name" in found.problems[0]
    assert not list(tmp_path.rglob("outside*"))


def test_links_are_never_followed(tmp_path: Path, good: Files) -> None:
    """One that may be edited is a finding, another a note, and one in a tool's folder nothing."""
    path = unpacked(tmp_path / "handed", good)
    (path / "node_modules/.bin").mkdir(parents=True)
    for name in ("node_modules/.bin/x", "more", "manifests/link.yaml"):
        (path / name).symlink_to("/etc/passwd")
    packed = tmp_path / "handed.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(path, "handed")
    for place in (path, packed):
        found = read(place)
        assert ["link.yaml" in one and "link" in one for one in found.problems] == [True]
        assert [note for note in found.notes if "more is a link, which is not followed" in note]
        assert not [note for note in found.notes if "node_modules" in note]


def test_what_is_passed_over_has_a_bound(tmp_path: Path, good: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither endless entries nor endless bytes are gone through, and a verdict comes of it."""
    path = as_tar(tmp_path / "handed", good | {f"data/f{n}": bytes(1_000) for n in range(200)})
    for where, name, value in ((archives, "MAX_ENTRIES", 100), (members, "MAX_STREAM", 100_000)):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, value)
            found = read(path)
        is_good(Read(found.editable, [], []), good)
        assert ["more than" in one for one in found.problems] == [True]


def test_a_header_cannot_fill_the_memory(tmp_path: Path) -> None:
    """A name of 100 MB, a map of a file with holes, and a list of entries without end are refused as they begin."""
    long = tarfile.TarInfo("x" * 50)
    long.type, long.size = tarfile.GNUTYPE_LONGNAME, 100_000_000
    holes = tarfile.TarInfo("x")
    holes.type = tarfile.GNUTYPE_SPARSE
    newer = tarfile.TarInfo("x")
    newer.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x"}
    for entry in (long, holes, newer):
        (tmp_path / "s.tar").write_bytes(entry.tobuf(tarfile.PAX_FORMAT) + bytes(2048))
        with archives.opened(tmp_path / "s.tar") as found:
            assert ["damaged" in one.message or "more than" in one.message for one in found.problems] == [True]
    whole = zipped({"a": b""})
    ending = whole.rindex(b"PK\x05\x06")
    size = (members.MAX_LIST + 1).to_bytes(4, "little")
    (tmp_path / "s.zip").write_bytes(
        whole[:ending] + bytes(members.MAX_LIST) + whole[ending : ending + 12] + size + whole[ending + 16 :]
    )
    with archives.opened(tmp_path / "s.zip") as found:
        assert len(found.problems) == 1


def test_a_zip_entry_that_lies_cannot_fill_the_memory(tmp_path: Path) -> None:
    """100 MB of zeros behind a size of 10; and packings without a bound are not unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.yaml", bytes(100_000_000))
    whole = out.getvalue()
    central = whole.rindex(b"PK\x01\x02")
    (tmp_path / "s.zip").write_bytes(whole[: central + 24] + (10).to_bytes(4, "little") + whole[central + 28 :])
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.yaml", b"x")
    for name in ("s.zip", "t.zip"):
        with archives.opened(tmp_path / name) as found:
            assert ["is damaged" in one.message for one in found.problems] == [True]


def test_folders_that_cannot_be_read_beside_are_left_alone(tmp_path: Path, good: Files) -> None:
    path = unpacked(tmp_path / "handed", good)
    os.mkfifo(path / "pipe")
    assert stat.S_ISFIFO((path / "pipe").stat().st_mode)
    is_good(read(path), good)


def test_folders_of_the_workspace_that_look_like_it_are_no_second_one() -> None:
    """What terraform-rebuild hands out has, beside the files that are edited, the like of them as they were applied."""
    exercise = exercises.load("terraform-rebuild")
    for above in ("", "handed/workspace/"):
        found = workplace.find([f"{above}{path}" for path in exercise.shipped_files], exercise)
        assert found == workplace.Found(PurePosixPath(above))
