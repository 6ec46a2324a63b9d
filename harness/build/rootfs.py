"""A small Debian root file system, made from the Debian archive alone."""

import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.core import artifacts, paths, process
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress

SUITE = "bookworm"
BOOTSTRAP_SECONDS = 2700  # a busy machine unpacks perl, which git asks for, in a quarter of an hour
LAYOUT = "1"  # raise it when what is stripped changes, so that cached ones are made again
STRIPPED = (
    "var/cache/apt/*",
    "var/cache/debconf/*-old",
    "var/lib/apt/lists/*",
    "var/log/*",
    "usr/share/doc/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/man/*",
    "usr/lib/python3*/test",
    "etc/hostname",
    "etc/resolv.conf",
    "dev/*",
    "tmp/*",
)


def bootstrap(packages: Sequence[str], progress: Progress) -> Path:
    """Return a tar of a Debian bookworm minbase system with these packages, cached by its inputs.

    Paths in the tar start with `./`. Needs root and debootstrap. About 90 s and 200-400 MB the first time.

    Raises: EnvironmentBrokenError when debootstrap is missing, fails or this is not root.
    """
    inputs = [LAYOUT, SUITE, platform.machine(), *sorted(set(packages))]
    return artifacts.made("rootfs.tar", inputs, lambda path: _build(inputs[3:], path, progress))


def _build(packages: Sequence[str], tar: Path, progress: Progress) -> None:
    _require_tools()
    progress(f"installing Debian {SUITE} with {len(packages)} packages")
    debs = paths.cache() / "debs"
    debs.mkdir(exist_ok=True)
    with artifacts.scratch(tar.with_name(f"{tar.name}.work")) as folder:
        root = folder / "root"
        process.run(_debootstrap(packages, root, debs), timeout=BOOTSTRAP_SECONDS)
        strip(root)
        process.run(["tar", "--sort=name", "--numeric-owner", "-C", root, "-cf", tar, "."], timeout=300)


def _debootstrap(packages: Sequence[str], root: Path, debs: Path) -> list[str | Path]:
    """Return the command; in a mount namespace of its own, so that killing it leaves no /proc mounted."""
    include = [f"--include={','.join(packages)}"] if packages else []
    return [
        *("unshare", "--mount", "debootstrap", "--variant=minbase", f"--cache-dir={debs}"),
        *include,
        SUITE,
        root,
    ]


def _require_tools() -> None:
    if os.geteuid() != 0:
        raise EnvironmentBrokenError("making a root file system needs root; run the command again with sudo")
    for tool in ("debootstrap", "unshare", "tar"):
        if shutil.which(tool) is None:
            raise EnvironmentBrokenError(f"{tool} is missing; run: apt-get install {tool}")


def strip(root: Path) -> None:
    """Delete from a root file system what no container reads: caches, logs, manuals, translations."""
    for pattern in STRIPPED:
        for path in root.glob(pattern):
            artifacts.remove(path)
