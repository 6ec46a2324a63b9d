"""What the doctor tells of a machine."""

from pathlib import Path

import pytest

from harness.build import kindcli
from harness.cluster import doctor
from harness.core import artifacts

NAMES = {
    "kind",
    "memory",
    "disk",
    "inotify limits",
    "cgroups",
    "capabilities",
    "architecture",
    "python",
    "kubectl",
}


def test_without_an_engine_everything_else_is_still_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One broken thing does not hide the others."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    findings = {finding.name: finding for finding in doctor.examine(None)}
    assert set(findings) == {"engine", *NAMES}
    assert not findings["engine"].ok
    assert findings["engine"].required
    assert "DOCKER_HOST" in findings["engine"].remedy


def test_whatever_is_not_ok_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MEMORY_GIB", 10**6)
    monkeypatch.setattr(doctor, "DISK_GIB", 10**9)
    monkeypatch.setattr(doctor, "INOTIFY", {"max_user_watches": 10**12, "max_user_instances": 10**12})
    monkeypatch.setattr(doctor, "MACHINES", ())
    monkeypatch.setenv("PATH", "/nowhere")
    failed = [finding for finding in (check() for check in doctor.CHECKS) if not finding.ok]
    assert {finding.name for finding in failed} >= {"memory", "disk", "architecture", "kubectl"}
    assert all(finding.remedy for finding in failed)


def test_missing_capabilities_are_named() -> None:
    assert doctor.missing_capabilities("CapEff:\t000001ffffffffff\n") == []
    assert doctor.missing_capabilities("CapEff:\t0000000000000000\n") == list(doctor.NEEDED_CAPABILITIES)
    assert doctor.missing_capabilities("") == list(doctor.NEEDED_CAPABILITIES)


def test_a_pipeline_asks_for_nothing_that_only_a_cluster_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert {one.name for one in doctor.examine(None, clusters=False)} == {
        "engine", "cgroups", "capabilities", "architecture", "python",
    }  # fmt: skip


def test_kind_is_found_where_the_kit_compiled_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    [before] = [one for one in (check() for check in doctor.CHECKS) if one.name == "kind"]
    assert "the kit compiles" in before.found
    folder = artifacts.place("kind", kindcli.PROGRAM.inputs)
    folder.mkdir(parents=True)
    [after] = [one for one in (check() for check in doctor.CHECKS) if one.name == "kind"]
    assert after.found == str(folder / "kind")
