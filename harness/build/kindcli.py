"""The kind command: the machine's own where it is the pinned version, else compiled from its module."""

import shutil
from pathlib import Path

from harness.build import gobuild
from harness.core import process, versions
from harness.core.progress import Progress

MODULE = "sigs.k8s.io/kind"
PROGRAM = gobuild.Program(MODULE, versions.KIND, {"kind": MODULE})


def present() -> Path | None:
    """Return the kind command on PATH if it is exactly the pinned version, else None."""
    found = shutil.which("kind")
    if found is None:
        return None
    try:
        said = process.run([found, "version", "--quiet"], timeout=20)
    except process.ProcessError:
        return None
    return Path(found) if said.strip() == versions.KIND else None


def compiled() -> Path | None:
    """Return the kind command that the kit compiled before, if it did."""
    folder = gobuild.kept(PROGRAM)
    return folder / "kind" if folder else None


def binary(progress: Progress) -> Path:
    """Return the kind command at the pinned version; compiling it takes seconds and happens once.

    Raises: EnvironmentBrokenError where it is not installed and cannot be compiled.
    """
    return present() or gobuild.compiled(PROGRAM, progress) / "kind"
