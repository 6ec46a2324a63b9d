"""What is stripped from a root file system, and what making one demands."""

import os
from pathlib import Path

import pytest

from harness.build import rootfs
from harness.core.errors import EnvironmentBrokenError


def test_strip_deletes_caches_and_keeps_programs(tmp_path: Path) -> None:
    for name in (
        "var/cache/apt/pkgcache.bin",
        "usr/share/doc/bash/README",
        "etc/resolv.conf",
        "usr/bin/bash",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    rootfs.strip(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == ["usr/bin/bash"]
    assert (tmp_path / "usr/share/doc").is_dir()


def test_strip_does_not_follow_links(tmp_path: Path) -> None:
    """A link in the file system that points out of it loses itself, not its target."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").write_text("x")
    (tmp_path / "root/usr/share/doc").mkdir(parents=True)
    (tmp_path / "root/usr/share/doc/link").symlink_to(tmp_path / "precious")
    rootfs.strip(tmp_path / "root")
    assert (tmp_path / "precious/file").exists()
    assert list((tmp_path / "root/usr/share/doc").iterdir()) == []


def test_without_root_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(EnvironmentBrokenError, match="sudo"):
        rootfs.bootstrap(["bash"], lambda _: None)
