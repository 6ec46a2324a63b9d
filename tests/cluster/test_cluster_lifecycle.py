"""The life of a cluster on the real engine: made, confined, reused, remade, and gone without a trace."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from docker.models.containers import Container

from harness import nodeimage
from harness.cluster import cluster, egress
from harness.cluster.cluster import Cluster
from harness.core import paths
from harness.core.errors import EnvironmentBrokenError
from harness.engine import clusternode, clusterrecord, engine
from harness.engine.engine import Engine

pytestmark = pytest.mark.cluster

VARIANT = "lifecycle"
# The network of the first CoreDNS pod, entered from the node, is a pod's view of the network.
IN_A_POD = """
set -e
pid=$(pgrep -o coredns)
exec nsenter --target "$pid" --net -- "$@"
"""


def agree(_: str) -> bool:
    return True


def ensured(on: Engine, lines: list[str], variant: str = VARIANT) -> Cluster:
    return cluster.ensure(on, lines.append, consent=agree, variant=variant)


@pytest.fixture(scope="module")
def on() -> Iterator[Engine]:
    with engine.connect() as found:
        yield found


@pytest.fixture(scope="module")
def own(on: Engine) -> Iterator[Cluster]:
    """Give a cluster of this test's own, so that the shared one is not disturbed."""
    made = ensured(on, [])
    yield made
    cluster.delete(on, made.name)
    assert traces(on, made.name) == []


def identity(on: Engine, node: str) -> str:
    with closing(on.client()) as client:
        return str(client.containers.get(node).id)


def gone(process: int, seconds: float) -> bool:
    """Whether a process ends in time, and with it all others of its namespace."""
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def traces(on: Engine, name: str) -> list[str]:
    """Return what is left of a cluster: containers, volumes, records, running processes of kind."""
    label: dict[str, str | list[str] | bool] = {"label": f"{clusternode.LABEL}={name}"}
    with closing(on.client()) as client:
        left = [str(container.name) for container in client.containers.list(all=True, filters=label)]
        left += [str(volume.attrs) for volume in client.volumes.list() if name in str(volume.attrs["Labels"])]
    if clusterrecord.folder(name).exists():
        left.append(str(clusterrecord.folder(name)))
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True)  # noqa: S607
    left += [line for line in listed.stdout.splitlines() if f"--name {name} " in line]
    return left


def test_two_engines_of_one_process_do_not_meet(on: Engine) -> None:
    """The end of one connection is not the end of the other."""
    with engine.connect(on.kind) as other, closing(other.client()) as client:
        assert client.ping()
    with closing(on.client()) as client:
        assert client.ping()


def test_a_second_ensure_reuses_within_a_second(on: Engine, own: Cluster) -> None:
    before = identity(on, own.node)
    started = time.monotonic()
    assert ensured(on, []) == own
    assert time.monotonic() - started < 1
    assert identity(on, own.node) == before


def test_the_kubeconfig_is_the_kits_own(own: Cluster) -> None:
    assert own.kubeconfig.is_relative_to(paths.state())
    assert own.kubeconfig.stat().st_mode & 0o077 == 0


def test_pods_reach_pods_and_services_and_nothing_else(on: Engine, own: Cluster) -> None:
    """The API server's Service answers from a pod's network; an address outside is refused at once."""
    inside = ["sh", "-c", IN_A_POD, "sh", "curl", "-sk", "--max-time", "5"]
    deadline = time.monotonic() + 60
    while "ready" not in cluster.exec_node(on, own, ["sh", "-c", "pgrep -o coredns && echo ready || true"], 10):
        assert time.monotonic() < deadline, "CoreDNS never started"
        time.sleep(0.5)
    assert "v1." in cluster.exec_node(on, own, [*inside, "https://10.96.0.1/version"], 30)
    with pytest.raises(EnvironmentBrokenError, match="exited with"):
        cluster.exec_node(on, own, [*inside, "http://192.0.2.1/"], 30)
    rules = cluster.exec_node(on, own, ["nft", "list", "chain", "ip", egress.TABLE, "forward"], 30)
    refused = re.search(r"counter packets (\d+) .* reject", rules)
    assert refused is not None and int(refused[1]) > 0, f"the rule saw no packet: {rules}"


def test_one_coredns_serves_all(on: Engine, own: Cluster) -> None:
    """The second one's room is left to runs."""
    asked = [*clusternode.KUBECTL, "-n", "kube-system", "get", "deployment/coredns", "-o", "jsonpath={.spec.replicas}"]
    assert cluster.exec_node(on, own, asked, 30) == "1"


def test_two_at_once_make_one_cluster(on: Engine, own: Cluster) -> None:
    """Commands that run side by side end up on the same cluster."""
    found: list[Cluster] = []
    threads = [threading.Thread(target=lambda: found.append(ensured(on, []))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [own, own]


def test_a_killed_node_is_noticed_and_remade(on: Engine, own: Cluster) -> None:
    before = identity(on, own.node)
    with closing(on.client()) as client:
        client.containers.get(own.node).kill()
    lines: list[str] = []
    again = ensured(on, lines)
    assert again.name == own.name
    assert identity(on, own.node) != before
    assert any("stale" in line for line in lines)


def killed_with_its_monitor(node: Container) -> None:
    """Kill a container's monitor and its first process, as a machine that runs out of memory may."""
    node.reload()
    first = int(node.attrs["State"]["Pid"])
    monitor = int(Path(f"/proc/{first}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[1])
    for process in (monitor, first):
        os.kill(process, signal.SIGKILL)
    assert gone(first, 30)


def test_a_node_that_died_behind_the_engines_back_is_remade(on: Engine, own: Cluster) -> None:
    """Podman calls a container running for ever when its monitor was killed before it."""
    before = identity(on, own.node)
    with closing(on.client()) as client:
        killed_with_its_monitor(client.containers.get(own.node))
    lines: list[str] = []
    ensured(on, lines)
    assert identity(on, own.node) != before
    assert any("stale" in line for line in lines)


def test_what_died_with_its_monitor_is_deleted(on: Engine) -> None:
    """Podman refuses the first time where nothing has asked about the container since."""
    name = "breakfix-" + VARIANT + "-dead"
    labels = {clusternode.LABEL: name}
    image = nodeimage.ensure(on, lambda _: None, consent=agree)
    with closing(on.client()) as client:
        node = client.containers.run(image, entrypoint=["sleep"], command=["600"], detach=True, labels=labels)
        killed_with_its_monitor(node)
    clusternode.remove(on, name)
    assert traces(on, name) == []


def test_a_silent_api_server_is_an_error_and_nothing_is_deleted(
    on: Engine, own: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node runs, so the cluster may hold someone's work: the user decides."""
    monkeypatch.setattr(cluster, "READY_SECONDS", 2)
    before = identity(on, own.node)
    cluster.exec_node(on, own, ["sh", "-c", "systemctl stop kubelet; pkill -KILL kube-apiserver"], 30)
    with pytest.raises(EnvironmentBrokenError, match="API server"):
        ensured(on, [])
    assert identity(on, own.node) == before
    cluster.exec_node(on, own, ["systemctl", "start", "kubelet"], 30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_creation_leaves_nothing(on: Engine, number: signal.Signals) -> None:
    variant = "interrupted"
    script = (
        "from harness.cluster import cluster\nfrom harness.engine import engine\n"
        "with engine.connect() as on:\n"
        f"  cluster.ensure(on, lambda l: print(l, flush=True), consent=lambda q: True, variant={variant!r})\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    name = ""
    with child.stdout:
        for line in child.stdout:
            if line.startswith("creating cluster"):
                name = line.split()[-1]
            if "Starting control-plane" in line:
                break
        child.send_signal(number)
    assert child.wait(timeout=60) != 0
    assert name
    assert traces(on, name) == []


def test_a_failed_creation_names_its_diagnostics_and_leaves_nothing(on: Engine) -> None:
    image = nodeimage.ensure(on, lambda _: None, consent=agree)
    config = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnetworking: {podSubnet: nonsense}\n"
    spec = cluster.Spec(image, config, VARIANT + "-failing", on.kind)
    with pytest.raises(EnvironmentBrokenError, match="diagnostics: ") as raised:
        cluster.create(on, spec, lambda _: None)
    folder = str(raised.value).rsplit("diagnostics: ", 1)[1].strip()
    assert os.listdir(folder)  # noqa: PTH208 - a name from a message
    assert traces(on, spec.name) == []
