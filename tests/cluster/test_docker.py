"""The kit on a real Docker engine, compiled here: cluster up, confined, reused, gone."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import cluster, dockerengine, egress
from harness.engine import Engine

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
