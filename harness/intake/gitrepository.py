"""Turn the last commit of a bare git repository into a .tar.gz, without git: `python gitrepository.py REPOSITORY ARCHIVE`.

It runs as a process of its own with bounds on memory and processor time, since a repository can hold objects that
unpack to more than the machine has. Of the repository's configuration, hooks and filters nothing is run.
"""

import io
import resource
import stat
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from dulwich.errors import NotGitRepository
from dulwich.object_store import iter_tree_contents
from dulwich.objects import S_ISGITLINK, Blob, Commit, ObjectID
from dulwich.repo import Repo

from harness.intake.clutter import is_clutter

MEMORY = 512 * 1024 * 1024  # bytes
SECONDS = 20  # of processor time
LARGEST = 1024 * 1024  # bytes of a file; of a larger one only the first are taken, which its reader tells of
MOST_BYTES = 128 * 1024 * 1024
MOST_FILES = 20_000
UNUSABLE = 3  # exit code; the reason stands on stdout


def main(repository: str, archive: str) -> int:
    """Write the archive; return UNUSABLE for a repository without a commit to take."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if sys.platform == "linux":  # elsewhere the address space has no such bound
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        with Repo(repository) as repo:
            commit = _last(repo)
            if commit is None:
                sys.stdout.write("it has no commit at HEAD, and not one branch alone\n")
                return UNUSABLE
            if not _write(_files(repo, commit), Path(archive)):
                sys.stdout.write(f"it holds more than {MOST_FILES} files or {MOST_BYTES // 1024**2} MiB\n")
                return UNUSABLE
    except NotGitRepository:
        sys.stdout.write("it is not complete\n")
        return UNUSABLE
    except Exception as problem:  # noqa: BLE001 - its words may be of a file that a link leads to
        sys.stdout.write(f"its objects cannot be read ({type(problem).__name__})\n")
        return UNUSABLE
    return 0


def _last(repo: Repo) -> Commit | None:
    """Return HEAD's commit; where HEAD names a branch that is not there, that of the only one there is."""
    branches = repo.refs.as_dict(b"refs/heads")  # type: ignore[arg-type] # a prefix is no full name of a ref
    ids = [repo.refs[b"HEAD"]] if b"HEAD" in repo.refs.as_dict() else sorted(set(branches.values()))  # type: ignore[index] # as before
    found = repo[ids[0]] if len(ids) == 1 else None
    return found if isinstance(found, Commit) else None


def _files(repo: Repo, commit: Commit) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Yield the files of a commit, links as links; other repositories inside it are no files."""
    for entry in iter_tree_contents(repo.object_store, ObjectID(commit.tree)):
        if entry.mode is None or entry.path is None or entry.sha is None or S_ISGITLINK(entry.mode):
            continue
        if is_clutter(PurePosixPath(entry.path.decode("utf-8", "surrogateescape")).parts):
            continue
        blob = repo[entry.sha]
        data = blob.as_raw_string() if isinstance(blob, Blob) else b""
        told = tarfile.TarInfo(entry.path.decode("utf-8", "surrogateescape"))
        if stat.S_ISLNK(entry.mode):
            told.type, told.linkname = tarfile.SYMTYPE, "elsewhere"
            yield told, b""
        else:
            told.size = min(len(data), LARGEST + 1)
            yield told, data[: LARGEST + 1]


def _write(files: Iterator[tuple[tarfile.TarInfo, bytes]], target: Path) -> bool:
    """Write the files; return False where there are too many."""
    total = 0
    with tarfile.open(target, "w:gz", format=tarfile.PAX_FORMAT, compresslevel=1) as archive:
        for number, (entry, data) in enumerate(files):
            archive.addfile(entry, io.BytesIO(data))
            total += len(data)
            if total > MOST_BYTES or number > MOST_FILES:
                return False
    return True


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
