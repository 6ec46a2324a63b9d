"""The settings podman gets on machines that allow little."""

import os
import sys
import time
import tomllib
from pathlib import Path

import pytest

from harness.engine import podman

FULL = "Name:\tsh\nCapEff:\t000001ffffffffff\n"
WITHOUT_RESOURCE = "CapEff:\t000001fffeffffff\nCapBnd:\t000001fffeffffff\n"


def test_the_capability_is_read_from_the_kernels_mask() -> None:
    assert podman.may_raise_limits(FULL)
    assert not podman.may_raise_limits(WITHOUT_RESOURCE)


def test_an_ordinary_machine_gets_no_settings() -> None:
    assert podman.settings(may_raise_limits=True, legacy_cgroups=False, open_files=1048576) == ""


def test_a_restricted_machine_gets_limits_it_can_hold() -> None:
    """The limits stay below the hard limit, as one may lower but not raise them."""
    found = tomllib.loads(podman.settings(may_raise_limits=False, legacy_cgroups=True, open_files=20000))
    assert found["containers"]["default_ulimits"] == ["nofile=20000:20000", "nproc=32768:32768"]
    assert found["engine"] == {"cgroup_manager": "cgroupfs", "runtime": "runc"}


def test_a_users_own_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINERS_CONF", "/mine.conf")
    assert podman.environment() == {}


def test_only_leftovers_of_dead_processes_are_swept(tmp_path: Path) -> None:
    mine, dead = tmp_path / f"{os.getpid()}-2.sock", tmp_path / "99999999-1.sock"
    mine.touch()
    dead.touch()
    podman.sweep(tmp_path)
    assert mine.exists()
    assert not dead.exists()


@pytest.mark.parametrize("folder", ["s", "long" * 30], ids=["short", "longer-than-a-socket's-path-may-be"])
def test_a_service_is_used_only_once_it_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """A socket's file is there a moment before anything listens; a busy machine makes the moment long."""
    command = tmp_path / "podman"
    command.write_text(
        f"#!{sys.executable} -I\n"
        "import socket, sys, time\n"
        "made = socket.socket(socket.AF_UNIX)\n"
        "made.bind(sys.argv[-1].removeprefix('unix://'))\n"
        "time.sleep(0.5)\n"
        "made.listen()\n"
        "open('oom', 'w')\n"  # as conmon does where a container's memory ran out
        "time.sleep(60)\n"
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / folder))
    with podman.service() as url:
        place = Path(url.removeprefix("unix://"))
        assert podman.listens(place)
        left = tmp_path / folder / "breakfix" / "podman" / "oom"
        deadline = time.monotonic() + 20
        while not left.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert left.exists()
    assert list(here.iterdir()) == []
    assert not place.exists()
