"""The programs on a node, each compiled from its Go module."""

from pathlib import Path

from harness.build import gobuild
from harness.build.gobuild import Program
from harness.core import artifacts, versions
from harness.core.progress import Progress

HERE = Path(__file__).parent
CONTAINERD = "github.com/containerd/containerd/v2"
COREDNS = "github.com/coredns/coredns"
CRICTL = "sigs.k8s.io/cri-tools/cmd/crictl"
ETCD = "go.etcd.io/etcd/server/v3"
LOCAL_PATH = "github.com/rancher/local-path-provisioner"
KUBE_ROUTER = "github.com/cloudnativelabs/kube-router/v2"
VERSION_PACKAGE = "k8s.io/component-base/version"

containerd = Program(
    CONTAINERD,
    versions.CONTAINERD,
    {name: f"{CONTAINERD}/cmd/{name}" for name in ("containerd", "ctr", "containerd-shim-runc-v2")},
)
coredns = Program(COREDNS, versions.COREDNS, {"coredns": COREDNS})
crictl = Program("sigs.k8s.io/cri-tools", versions.CRICTL, {"crictl": CRICTL})
etcd = Program(ETCD, versions.ETCD, {"etcd": ETCD})
kube_router = Program(KUBE_ROUTER, versions.KUBE_ROUTER, {"kube-router": f"{KUBE_ROUTER}/cmd/kube-router"})
local_path = Program(LOCAL_PATH, versions.LOCAL_PATH, {"local-path-provisioner": LOCAL_PATH})


def kubernetes(progress: Progress) -> Path:
    """Return the one binary that is every Kubernetes component, picked by the name it is called by.

    About 6-11 minutes on two cores the first time.
    """
    source = HERE / "kubernetes"
    major, minor, _ = versions.KUBERNETES.split(".")
    variables = {
        f"{VERSION_PACKAGE}.gitVersion": f"v{versions.KUBERNETES}",
        f"{VERSION_PACKAGE}.gitMajor": major,
        f"{VERSION_PACKAGE}.gitMinor": minor,
        f"{VERSION_PACKAGE}.gitTreeState": "clean",
    }

    def build(output: Path) -> None:
        progress(f"compiling Kubernetes {versions.KUBERNETES}: this takes several minutes")
        gobuild.compile_here(source, output, ".", progress, variables=variables)

    return artifacts.made("kubernetes", [*gobuild.contents(source), *map(str, variables.items())], build)


def pause(progress: Progress) -> Path:
    """Return the program that holds a pod's namespaces."""
    source = HERE / "pause"
    return artifacts.made(
        "pause", gobuild.contents(source), lambda output: gobuild.compile_here(source, output, ".", progress)
    )
