"""The kit's cluster's default StorageClass: what any user's pod may write to a claim, and that it goes with the claim."""

from collections.abc import Iterator

import pytest

from harness.kube.kube import Kube, Object, Ref
from harness.runs import run as runs
from harness.runs.run import PROBER_IMAGE
from harness.runs.session import Session
from tests.namespaces import fresh
from tests.waits import awaited

pytestmark = pytest.mark.cluster


class Claimed:
    """A namespace with a claim that names no class."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        self.kube, self.namespace = kube, namespace
        self.claim = Ref("v1", "PersistentVolumeClaim", namespace, "work")
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
        metadata = {"name": "work", "namespace": namespace}
        self.kube.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})

    def run(self, name: str, program: str, user: int, folder: str = "") -> str:
        """Run a program of Python's beside the claim, at /work, and return how its pod ended."""
        mount = {"name": "work", "mountPath": "/work"} | ({"subPath": folder} if folder else {})
        container = {
            "name": "main",
            "image": PROBER_IMAGE,
            "imagePullPolicy": "Never",
            "command": ["python3", "-c", program],
            "securityContext": {"runAsUser": user, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}},
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
            "volumeMounts": [mount],
        }
        spec = {
            "containers": [container],
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "volumes": [{"name": "work", "persistentVolumeClaim": {"claimName": "work"}}],
        }
        metadata = {"name": name, "namespace": self.namespace}
        self.kube.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        ref = Ref("v1", "Pod", self.namespace, name)
        found = awaited(lambda: ended(self.kube.get(ref)), f"{name} to end")
        return str(found["status"]["phase"])


def ended(pod: Object | None) -> Object | None:
    return pod if pod is not None and pod["status"]["phase"] in ("Succeeded", "Failed") else None


@pytest.fixture
def claimed(session: Session) -> Iterator[Claimed]:
    """A fresh namespace with its claim."""
    with fresh(session.admin, "storage-test", "storage") as (name,):
        yield Claimed(session.admin, name)


def test_any_user_writes_to_a_claim_and_finds_it_again(claimed: Claimed) -> None:
    """As on kind's published node image; a folder within belongs to everybody, too."""
    assert claimed.run("writes", "open('/work/a', 'w').write('kept')", 1000) == "Succeeded"
    assert claimed.run("reads", "assert open('/work/a').read() == 'kept'", 1001) == "Succeeded"
    assert claimed.run("within", "open('/work/b', 'w').write('kept')", 1000, folder="run") == "Succeeded"
    assert claimed.run("sees", "assert open('/work/run/b').read() == 'kept'", 1001) == "Succeeded"


def test_a_volume_goes_with_its_claim(claimed: Claimed) -> None:
    assert claimed.run("writes", "open('/work/a', 'w').write('kept')", 1000) == "Succeeded"
    bound = claimed.kube.get(claimed.claim)
    assert bound is not None
    volume = Ref("v1", "PersistentVolume", "", bound["spec"]["volumeName"])
    assert claimed.kube.get(volume) is not None
    runs.remove(claimed.kube, [claimed.namespace])
    awaited(lambda: claimed.kube.get(volume) is None, "the volume to go")
