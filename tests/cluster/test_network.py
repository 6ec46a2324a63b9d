"""The pod network of the kit's cluster: what policies deny is denied, and all else passes."""

import time
from collections.abc import Iterator

import pytest

from harness.core.deadline import Deadline
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref
from harness.kube.status import is_ready
from harness.runs.run import PROBER_IMAGE
from harness.runs.session import Session
from tests.namespaces import fresh
from tests.waits import awaited

pytestmark = pytest.mark.cluster
# Tried in a pod: a look-up and a connection, each with a word for how it ended.
CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2).close()
    print("connected")
except socket.gaierror:
    print("no name")
except OSError:
    print("denied")
"""
RESOLVER = "timeout:1 attempts:1"


def policy(namespace: str, name: str, spec: Object) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def pod(namespace: str, name: str) -> Object:
    """Return a pod that listens on 8080 and is ready when the kubelet's probe has got through."""
    container = {
        "name": "main",
        "image": PROBER_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["python3", "-m", "prober", "sentinel"],
        "env": [{"name": "RES_OPTIONS", "value": RESOLVER}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1},
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
    }
    metadata = {"name": name, "namespace": namespace, "labels": {"app": name}}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


class Net:
    """Two namespaces: one with a server behind a Service, one with a client."""

    def __init__(self, kube: Kube, server: str, client: str) -> None:
        self.kube, self.server, self.client = kube, server, client

    def set_up(self) -> None:
        self.kube.create(pod(self.server, "server"))
        self.kube.create(pod(self.client, "client"))
        spec = {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]}
        metadata = {"name": "server", "namespace": self.server}
        self.kube.create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
        awaited(lambda: self.ready(self.server, "server") and self.ready(self.client, "client"), "the pods to be ready")

    def ready(self, namespace: str, name: str) -> bool:
        found = self.kube.get(Ref("v1", "Pod", namespace, name))
        return found is not None and is_ready(found["status"])

    def restarts(self) -> int:
        found = self.kube.get(Ref("v1", "Pod", self.server, "server"))
        assert found is not None
        return sum(one["restartCount"] for one in found["status"]["containerStatuses"])

    def connect(self, host: str, port: int = 80) -> str:
        """Return how a connection from the client's pod ended."""
        argv = ["python3", "-c", CONNECT, host, str(port)]
        return self.kube.execute(self.client, "client", "main", argv).strip()

    def comes_to(self, wanted: str, host: str, port: int = 80, seconds: float = 20) -> None:
        """Wait until connections end as wanted: a policy takes a moment to be in force."""
        deadline = Deadline(seconds, f"{host}:{port} to be {wanted}")
        while (seen := self.connect(host, port)) != wanted:
            deadline.check(seen)
            deadline.pause(0.2)

    @property
    def service(self) -> str:
        return f"server.{self.server}.svc"


@pytest.fixture
def net(session: Session) -> Iterator[Net]:
    """Two fresh namespaces with a server and a client."""
    with fresh(session.admin, "network-test", "net-server", "net-client") as (server, client):
        made = Net(session.admin, server, client)
        made.set_up()
        yield made


def test_pods_reach_pods_of_other_namespaces_by_name(net: Net) -> None:
    """Without a policy, Service DNS and cross-namespace connections work."""
    net.comes_to("connected", net.service)


def test_denied_ingress_is_denied_and_the_kubelet_still_gets_through(net: Net) -> None:
    net.comes_to("connected", net.service)
    net.kube.create(policy(net.server, "deny", {"podSelector": {}, "policyTypes": ["Ingress"]}))
    net.comes_to("denied", net.service)
    time.sleep(4)  # four probes of the kubelet's, of which one failure would unset readiness
    assert net.connect(net.service) == "denied"
    assert net.ready(net.server, "server")
    assert net.restarts() == 0
    allowed = {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": net.client}}}]}
    net.kube.create(policy(net.server, "allow", {"podSelector": {}, "ingress": [allowed]}))
    net.comes_to("connected", net.service)


def test_default_deny_takes_egress_with_the_names(net: Net) -> None:
    """First no name can be looked up; with DNS allowed, the connection is denied; with the server allowed, it is made."""
    net.comes_to("connected", net.service)
    net.kube.create(policy(net.client, "deny", {"podSelector": {}, "policyTypes": ["Egress"]}))
    net.comes_to("no name", net.service)
    dns = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    net.kube.create(policy(net.client, "dns", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [dns]}))
    net.comes_to("denied", net.service)
    server = {
        "to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "server"}}}],
        "ports": [{"port": 8080}],
    }
    net.kube.create(policy(net.client, "server", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [server]}))
    net.comes_to("connected", net.service)


@pytest.mark.parametrize("permitted", [False, True], ids=["no policy", "a policy that allows everything"])
def test_nothing_leaves_the_cluster(net: Net, *, permitted: bool) -> None:
    """A policy that allows all egress opens no way out of the cluster, and the refusal comes at once."""
    if permitted:
        everything = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}
        net.kube.create(policy(net.client, "all", everything))
        time.sleep(2)
    net.comes_to("connected", net.service)
    began = time.monotonic()
    assert [net.connect("192.0.2.1") for _ in range(5)] == ["denied"] * 5
    assert time.monotonic() - began < 5, "each connection waited for its timeout of 2 s"


def test_pods_look_up_names_in_the_cluster_only(net: Net) -> None:
    """The machine's own search domains would send every look-up out of the cluster, where it is refused or lost."""
    found = net.kube.execute(net.client, "client", "main", ["cat", "/etc/resolv.conf"])
    search = next(line.split()[1:] for line in found.splitlines() if line.startswith("search"))
    assert search == [f"{net.client}.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    began = time.monotonic()
    for _ in range(10):
        net.comes_to("connected", f"{net.service}.cluster.local")
    assert time.monotonic() - began < 10


def test_a_program_that_the_image_has_not_is_told(net: Net) -> None:
    """There is no exit code to read then."""
    with pytest.raises(ApiRefusedError, match="no-such-program cannot be started in client"):
        net.kube.execute(net.client, "client", "main", ["no-such-program"])
