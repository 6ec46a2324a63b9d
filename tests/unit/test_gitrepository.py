"""A bare git repository is read as an archive of its last commit: no git, no hooks, no more than an archive may hold."""

import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.exercises import exercise as exercises
from harness.intake import archives

Git = Callable[..., str]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Give a repository of a candidate, with one commit."""
    folder = tmp_path / "work"
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests/a.yaml").write_text("kind: A\n")
    (folder / ".breakfix.json").write_text("{}")
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def git(folder: Path, *words: str) -> str:
    """Run git as a candidate does, without the machine's own settings."""
    who = ("-c", "user.name=c", "-c", "user.email=c@example.org", "-c", "protocol.file.allow=always")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *who, *words]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "work")


def bare(work: Path) -> Path:
    target = work.parent / "handed-in.git"
    git(work, "clone", "-q", "--bare", str(work), str(target))
    return target


def taken(repository: Path) -> tuple[dict[str, str], list[str]]:
    """Return the files, and what is wrong with them."""
    with archives.opened(repository) as unpacked:
        files = {
            path.relative_to(unpacked.folder).as_posix(): path.read_text()
            for path in unpacked.folder.rglob("*")
            if path.is_file()
        }
        return files, [f"{one.file} {one.message}" for one in unpacked.problems]


def test_the_last_commit_is_taken(work: Path) -> None:
    """Packed as a push leaves it; what is not committed does not count."""
    (work / "manifests/b.yaml").write_text("kind: B\n")
    commit(work)
    (work / "manifests/b.yaml").write_text("kind: C\n")
    repository = bare(work)
    git(repository, "gc", "-q")
    assert taken(repository) == (
        {"manifests/a.yaml": "kind: A\n", "manifests/b.yaml": "kind: B\n", ".breakfix.json": "{}"},
        [],
    )


def test_the_only_branch_is_taken_where_head_names_another(work: Path) -> None:
    """As after a push of main to a repository that was made with another default; with two branches nobody can say."""
    repository = bare(work)
    git(repository, "symbolic-ref", "HEAD", "refs/heads/trunk")
    assert "manifests/a.yaml" in taken(repository)[0]
    (work / "manifests/b.yaml").write_text("kind: B\n")
    commit(work)
    git(work, "push", "-q", str(repository), "main:other")
    files, problems = taken(repository)
    assert not files
    assert "no commit at HEAD" in problems[0]


def test_links_are_told_and_other_repositories_left_out(work: Path) -> None:
    (work / "manifests/link.yaml").symlink_to("/etc/hostname")
    other = work.parent / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "secret").write_text("x")
    commit(other)
    git(work, "submodule", "--quiet", "add", str(other), "module")
    commit(work)
    files, problems = taken(bare(work))
    assert "manifests/a.yaml" in files
    assert not [name for name in files if name.startswith(("module/", "manifests/link"))]
    assert len(problems) == 1
    assert "is a link" in problems[0]


def test_what_lies_beside_is_no_limit(work: Path) -> None:
    """Tools' folders are not taken, and many or large files beside the manifests do not keep them from being read."""
    for number in range(2_500):
        (work / f"a{number % 50}").mkdir(exist_ok=True)
        (work / f"a{number % 50}" / f"f{number}.csv").write_text("1")
    (work / "node_modules").mkdir()
    (work / "node_modules" / "x.yaml").write_text("x")
    (work / "a0" / "model.bin").write_bytes(bytes(40_000_000))
    commit(work)
    with archives.opened(bare(work), lambda _: exercises.load("serving-never-ready")) as unpacked:
        assert (unpacked.folder / "manifests" / "a.yaml").is_file()
        assert not unpacked.problems
        assert "a0/model.bin" in unpacked.beside
        assert not [name for name in unpacked.beside if "node_modules" in name]


def test_nothing_of_a_repository_is_run(work: Path) -> None:
    """Its hooks, its filters and its file monitor would each leave a file."""
    canary = work.parent / "canary"
    (work / ".gitattributes").write_text("*.yaml filter=bad\n")
    commit(work)
    repository = bare(work)
    for name in ("post-checkout", "pre-receive", "post-index-change"):
        hook = repository / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {canary}\n")
        hook.chmod(0o755)
    for key in ("core.fsmonitor", "filter.bad.smudge", "tar.tar.gz.command", "core.sshCommand"):
        git(repository, "config", key, f"touch {canary}")
    assert "manifests/a.yaml" in taken(repository)[0]
    assert not canary.exists()


def test_an_object_that_unpacks_to_more_than_the_bounds_is_a_problem(work: Path) -> None:
    """700 MB in 3 MB; the process that reads it may use 512."""
    repository = bare(work)
    (blob,) = (line.split()[2] for line in git(work, "ls-tree", "-r", "HEAD").splitlines() if line.endswith("a.yaml"))
    loose = repository / "objects" / blob[:2] / blob[2:]
    size, zeros = 700 * 1024 * 1024, bytes(1024 * 1024)
    loose.unlink()
    packer = zlib.compressobj(1)
    with loose.open("wb") as file:
        file.write(packer.compress(b"blob %d\0" % size))
        for _ in range(size // len(zeros)):
            file.write(packer.compress(zeros))
        file.write(packer.flush())
    files, problems = taken(repository)
    assert not files
    assert "no commit can be taken" in problems[0]


@pytest.mark.parametrize("broken", ["objects", "HEAD", "config"])
def test_a_damaged_repository_is_a_problem(work: Path, broken: str) -> None:
    """Nothing of a file that a link in it leads to is told."""
    repository = bare(work)
    secret = work.parent / "secret"
    secret.write_text("hunter2 [[[\n")
    if broken == "objects":
        for path in repository.rglob("objects/??/*"):
            path.chmod(0o644)
            path.write_bytes(b"damaged")
    else:
        (repository / broken).unlink()
        (repository / broken).symlink_to(secret)
    files, problems = taken(repository)
    assert not files
    assert "no commit can be taken" in problems[0]
    assert "hunter2" not in problems[0]
