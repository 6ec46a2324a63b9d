"""The Python packages inside the workload images: downloaded here, checked against their hashes."""

import fnmatch
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.core import artifacts, process

PYTHON = "3.11"  # Debian bookworm's
GLIBC = range(17, 37)  # minor versions of manylinux_2_* that bookworm's 2.36 runs
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
# What nothing uses at run time, in any image.
COMMON = ("*/tests/*", "*.pyi", "*.a", "*/include/*")


def download(architecture: str, lock: Path) -> Path:
    """Return a folder with the locked wheels for "amd64" or "arm64", cached by the lock.

    Raises: ProcessError when the package index does not answer or a hash differs.
    """
    machine = MACHINES[architecture]
    return artifacts.made("wheels", [machine, lock.read_text()], lambda path: _download(machine, lock, path))


def _download(machine: str, lock: Path, folder: Path) -> None:
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC] + [f"manylinux2014_{machine}"]
    target = [word for platform in platforms for word in ("--platform", platform)]
    command: list[str | Path] = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
        *("--implementation", "cp", "--python-version", PYTHON, *target),
        *("--dest", folder, "--requirement", lock),
    ]
    process.run(command, timeout=600)


def files(folder: Path, excluded: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Give the installed path and the content of each file in a folder of wheels that an image needs."""
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith("/") and not is_excluded(name, excluded):
                    yield name, archive.read(name)


def is_excluded(name: str, excluded: Sequence[str]) -> bool:
    """Tell whether an image does without a wheel's file."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in excluded)
