"""The kit on a real Docker engine, compiled here: cluster up, confined, reused, gone."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cluster import cluster, egress
from harness.containers import dockerengine
from harness.engine.engine import Engine
from harness.exercises import exercise as exercises

pytestmark = pytest.mark.docker


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Give the engine; what the kit remembers goes to a folder of this test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with dockerengine.running(print) as found:
        yield found


def test_a_cluster_lives_on_docker(on: Engine) -> None:
    """Node image, cluster, rules on the node, reuse in a second, deletion."""
    assert on.kind == "docker"
    made = cluster.ensure(on, print, consent=lambda _: True)
    try:
        assert "Ready" in cluster.exec_node(
            on, made, ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", "nodes"], 30
        )
        assert "reject" in cluster.exec_node(on, made, ["nft", "list", "chain", "ip", egress.TABLE, "forward"], 30)
        started = time.monotonic()
        assert cluster.ensure(on, print, consent=lambda _: True) == made
        assert time.monotonic() - started < 1
    finally:
        cluster.delete(on, made.name)
    assert cluster.current() is None


@pytest.mark.parametrize("slug", ["serving-never-ready", "fork-safe-ci"])
def test_grades_on_docker(on: Engine, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command line, on a cluster and in a sandbox of Docker: the reference passes, the broken state does not."""
    monkeypatch.setenv("DOCKER_HOST", on.url)
    exercise = exercises.load(slug)
    assert exercise.solution is not None
    for folder, status in ((exercise.solution / "reference", 0), (exercise.workspace, 1)):
        words = ("--plain", "grade", str(folder), "--exercise", slug, "--engine", "docker", "--yes")
        told = subprocess.run([sys.executable, "-m", "breakfix", *words], check=False, timeout=1200)
        assert told.returncode == status, folder


def test_nothing_of_the_engine_stays() -> None:
    """After it ended: no process, mount, bridge or rule of it."""
    with dockerengine.running(print) as found:
        folder = Path(found.url.removeprefix("unix://")).parent
    assert not folder.exists()
    mounts = Path("/proc/self/mounts").read_text("utf-8")
    assert str(folder) not in mounts
    assert not Path("/sys/class/net/docker0").exists()
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in commands if str(folder).encode() in command]
