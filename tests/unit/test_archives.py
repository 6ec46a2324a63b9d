"""Archives of strangers: a clear finding each, nothing outside the scratch folder, bounds on what is read."""

import gzip
import io
import stat
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import InputError
from harness.intake import archives, members

GOOD = ("manifests/a.yaml", b"kind: A\n")
Builder = Callable[[tarfile.TarFile], None]


def file(name: str, data: bytes = b"kind: B\n") -> Builder:
    def add(archive: tarfile.TarFile) -> None:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))

    return add


def special(name: str, kind: bytes, target: str = "") -> Builder:
    def add(archive: tarfile.TarFile) -> None:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)

    return add


def both(*builders: Builder) -> Builder:
    def add(archive: tarfile.TarFile) -> None:
        for builder in builders:
            builder(archive)

    return add


def build(path: Path, *builders: Builder) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for builder in builders:
            builder(archive)
    return path


CASES = {
    "zip slip": (file("../../outside.yaml"), "leads out of the archive"),
    "absolute": (file("/outside.yaml"), "leads out of the archive"),
    "backslashes": (file("..\\outside.yaml"), "leads out of the archive"),
    "symlink": (special("manifests/l.yaml", tarfile.SYMTYPE, "/etc/passwd"), "is a link"),
    "hard link": (special("manifests/l.yaml", tarfile.LNKTYPE, "/etc/passwd"), "is a link"),
    "write through a link": (
        both(special("d", tarfile.SYMTYPE, "/tmp"), file("d/outside.yaml")),  # noqa: S108 - a target, never written
        "is a link",
    ),
    "device": (special("manifests/zero.yaml", tarfile.CHRTYPE), "is not a regular file"),
    "block device": (special("manifests/sda.yaml", tarfile.BLKTYPE), "is not a regular file"),
    "pipe": (special("manifests/p.yaml", tarfile.FIFOTYPE), "is not a regular file"),
    "newline": (file("manifests/a\nb.yaml"), "cannot be shown"),
    "right to left": (file("manifests/\u202elmay.a"), "cannot be shown"),
    "not UTF-8": (file("manifests/\udcff.yaml"), "cannot be shown"),
    "case": (both(file("manifests/B.yaml"), file("manifests/b.yaml")), "where case does not count"),
    "composed": (both(file("manifests/\u00e9.yaml"), file("manifests/e\u0301.yaml")), "where case does not count"),
    "twice": (both(file("manifests/b.yaml"), file("manifests/b.yaml")), "has the same name"),
    "file as folder": (both(file("x"), file("x/y.yaml")), "cannot be written beside"),
    "deep": (file("d/" * 20 + "a.yaml"), "too deep"),
    "large": (file("manifests/b.yaml", b" " * 2_000_000), "2.0 MB large"),
    "many": (both(*(file(f"f{number}") for number in range(2_100))), "more than 2000 entries"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_member_is_one_finding(tmp_path: Path, name: str) -> None:
    """The rest is still read, nothing but plain files is written, and nothing is left."""
    builder, words = CASES[name]
    path = build(tmp_path / "s.tar.gz", file(*GOOD), builder)
    before = sorted(tmp_path.rglob("*"))
    with archives.opened(path) as found:
        assert [words in one.message for one in found.problems] == [True] * len(found.problems) != []
        assert (found.folder / GOOD[0]).read_bytes() == GOOD[1]
        assert not [one for one in found.folder.rglob("*") if one.is_symlink() or not (one.is_file() or one.is_dir())]
        assert all(one.file.isprintable() for one in found.problems)
        kept = found.folder
    assert not kept.exists()
    assert sorted(tmp_path.rglob("*")) == before


def test_git_folders_and_nested_archives_are_not_opened(tmp_path: Path) -> None:
    """Hooks and submodules are never written; an archive in the archive is a note."""
    inner = build(tmp_path / "inner.tar.gz", file("../x"))
    hooks = [file(".git/hooks/post-checkout"), file("sub/.GIT/config"), file("more.tar.gz", inner.read_bytes())]
    with archives.opened(build(tmp_path / "s.tar.gz", file(*GOOD), *hooks)) as found:
        assert sorted(one.name for one in found.folder.rglob("*") if one.is_file()) == ["a.yaml"]
        assert (found.problems, len(found.notes)) == ((), 1)
        assert "was not opened" in found.notes[0]


def test_ten_gigabytes_of_zeros_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb that claims 10 GB ends at the bound, in little memory."""
    monkeypatch.setattr(members, "MAX_STREAM", 32 * 1024 * 1024)
    path = tmp_path / "bomb.tar.gz"
    header = tarfile.TarInfo("manifests/zeros.yaml")
    header.size = 10 * 1024**3
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(80):  # 80 MiB are enough to pass the bound; the reader cannot know that no more follow
            out.write(bytes(1024 * 1024))
    tracemalloc.start()
    with archives.opened(path) as found:
        told = [one.message for one in found.problems]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "10737.4 MB large" in told[0]
    assert "unpacks to more than 32 MiB" in told[1]
    assert peak < 20_000_000


@pytest.mark.parametrize("keep", [0, 1, 10, 60, 150])
def test_a_truncated_archive_is_told(tmp_path: Path, keep: int) -> None:
    path = build(tmp_path / "s.tar.gz", file(*GOOD), file("manifests/b.yaml", bytes(range(32, 127)) * 50))
    path.write_bytes(path.read_bytes()[:keep])
    with archives.opened(path) as found:
        assert ["cut off" in one.message for one in found.problems] == [True]


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "essay.tar.gz").write_text("I fixed it")
    with archives.opened(tmp_path / "essay.tar.gz") as found:
        assert "no .tar.gz" in found.problems[0].message
    with pytest.raises(InputError, match="neither a folder nor an archive"), archives.opened(tmp_path / "nowhere"):
        pass


def zipped(path: Path, *entries: tuple[str, bytes, int]) -> Path:
    """Write a zip of names, bytes and kinds (stat.S_IF…), as a Unix machine would."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, kind in entries:
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, (kind | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("hostile", "words"),
    [
        ([("../../outside.yaml", b"x", stat.S_IFREG)], "leads out of the archive"),
        ([("/outside.yaml", b"x", stat.S_IFREG)], "leads out of the archive"),
        ([("l.yaml", b"/etc/passwd", stat.S_IFLNK)], "is a link"),
        ([("null.yaml", b"", stat.S_IFCHR)], "is not a regular file"),
        ([("a\nb.yaml", b"", stat.S_IFREG)], "cannot be shown"),
        ([("B.yaml", b"", stat.S_IFREG), ("b.yaml", b"", stat.S_IFREG)], "where case does not count"),
        ([("b.yaml", bytes(2_000_000), stat.S_IFREG)], "2.0 MB large"),
        ([(f"f{number}", b"", stat.S_IFREG) for number in range(2_100)], "more than 2000 entries"),
        ([(f"f{number}", bytes(1_000_000), stat.S_IFREG) for number in range(40)], "unpacks to more than 32 MiB"),
    ],
)
def test_a_zip_is_as_hostile_as_a_tar(tmp_path: Path, hostile: list[tuple[str, bytes, int]], words: str) -> None:
    path = zipped(tmp_path / "s.zip", (*GOOD, stat.S_IFREG), *hostile)
    with archives.opened(path) as found:
        assert [words in one.message for one in found.problems] == [True]
        assert (found.folder / GOOD[0]).read_bytes() == GOOD[1]
        assert not [one for one in found.folder.rglob("*") if one.is_symlink()]
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_zip_that_lies_or_is_damaged_is_told(tmp_path: Path) -> None:
    """A size that is too small, a cut, a damaged byte, a patch: one finding each; a password is told as one."""
    whole = zipped(tmp_path / "s.zip", (*GOOD, stat.S_IFREG), ("b.yaml", b"kind: B\n" * 500, stat.S_IFREG)).read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        start = archive.infolist()[1].header_offset
    central = whole.rindex(b"PK\x01\x02")
    lies = whole[: central + 24] + (7).to_bytes(4, "little") + whole[central + 28 :]
    locked = whole[: central + 8] + b"\x01\x00" + whole[central + 10 :]
    patched = whole[: central + 8] + b"\x20\x00" + whole[central + 10 :]
    damaged = whole[: start + 45] + b"\xff\xff" + whole[start + 47 :]
    for data in (lies, patched, damaged, whole[:-30], whole[:60]):
        (tmp_path / "s.zip").write_bytes(data)
        with archives.opened(tmp_path / "s.zip") as found:
            assert ["is damaged, cut off, or no" in one.message for one in found.problems] == [True], data[-40:]
    (tmp_path / "s.zip").write_bytes(locked)
    with archives.opened(tmp_path / "s.zip") as found:
        assert ["is encrypted" in one.message for one in found.problems] == [True]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("work.bundle", b"# v2 git bundle\n0123 refs/heads/main\n\nPACK", "is a git bundle"),
        ("work.tar.gz", b"# v3 git bundle\n@object-format=sha1\n", "is a git bundle"),
        ("ci.yml", b"on: push\n", "is a single file and no archive; hand in the folder that it belongs to"),
        ("screen.png", b"\x89PNG\r\n\x1a\n" + bytes(600), "is a single file and no archive"),
        ("cut", b"\x1f\x8b\x08", "is damaged, cut off"),
    ],
)
def test_what_is_handed_in_for_an_archive_is_named(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    """By what it begins with; what begins as an archive does is a damaged one, whatever its name."""
    (tmp_path / name).write_bytes(data)
    with archives.opened(tmp_path / name) as found:
        assert [words in one.message for one in found.problems] == [True], found.problems
